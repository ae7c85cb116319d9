// Asking while typing: input methods, late replies, suggestions, what is
// written down and what is not.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { ENTRIES } from "./hotline.mjs";
import { World, launch, until, visit } from "./world.mjs";

let world, server, browser;

before(async () => {
  world = await World.of(ENTRIES);
  server = await world.serve();
  browser = await launch();
});
after(async () => {
  await browser.close();
  await world.end();
});

/** A desk, and every request it makes to the API. */
async function desk() {
  const page = await visit(browser, server.address);
  page.asked = [];
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.pathname.startsWith("/v1/")) page.asked.push({ path: url.pathname, query: url.searchParams, method: request.method() });
  });
  await page.locator("#question:focus").waitFor();
  return page;
}

const first = (page) => page.evaluate(() => document.querySelector(".line.hit .name")?.textContent);
const searches = (page) => page.asked.filter(({ path }) => path === "/v1/search");

test("results come while typing and the first can be read without opening", async () => {
  const page = await desk();
  await page.keyboard.type("身份证丢了");
  await until("the first hit", async () => (await first(page)) === "身份证丢了怎么补办");
  const read = await page.locator("#card").innerText();
  for (const part of ["问答", "现行", "本人带户口簿到任一派出所", "全国", "公安机关", "《中华人民共和国居民身份证法》第十一条（主席令第五十一号，2011年10月29日）", "命中"]) {
    assert.ok(read.includes(part), `${part} in ${read}`);
  }
  assert.ok((await page.locator(".reading .title mark").count()) > 0, "marked");
  await page.context().close();
});

test("nothing is asked while an input method composes", async () => {
  const page = await desk();
  const cdp = await page.context().newCDPSession(page);
  for (const text of ["g", "gong", "gong'nuan"]) await cdp.send("Input.imeSetComposition", { text, selectionStart: text.length, selectionEnd: text.length });
  await page.waitForTimeout(300);
  assert.equal(searches(page).length, 0);
  await cdp.send("Input.insertText", { text: "供暖" });
  await until("it is asked", () => searches(page).length > 0);
  assert.deepEqual([...new Set(searches(page).map(({ query }) => query.get("q")))], ["供暖"]);
  await until("hits", async () => (await first(page))?.includes("供暖"));
  await page.context().close();
});

test("the keys of an input method are not the desk's", async () => {
  const page = await desk();
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("Input.imeSetComposition", { text: "ju'zhu", selectionStart: 6, selectionEnd: 6 });
  // Enter and arrows choose among the input method's own candidates.
  for (const key of ["ArrowDown", "Enter"]) {
    await page.evaluate((key) => document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, isComposing: true })), key);
  }
  assert.equal(await page.evaluate(() => document.activeElement.id), "question");
  assert.equal(await page.locator(".part").count(), 0);
  await page.context().close();
});

test("a reply that comes late never takes the place of a newer one", async () => {
  const page = await desk();
  let isHeld = 0;
  await page.route(/\/v1\/search\?.*/, async (route) => {
    const question = new URL(route.request().url()).searchParams.get("q");
    if (question === "供暖") {
      isHeld += 1;
      await new Promise((done) => setTimeout(done, 700));
    }
    await route.continue().catch(() => {});
  });
  await page.keyboard.insertText("供暖");
  await until("the old question is on its way", () => isHeld > 0);
  await page.locator("#question").fill("居住证怎么办");
  await until("the newer answer", async () => (await first(page)) === "居住证怎么办理");
  await page.waitForTimeout(900);
  assert.equal(await first(page), "居住证怎么办理");
  await page.context().close();
});

test("while typing nothing is written down; the question that stands is, once", async () => {
  const page = await desk();
  await page.keyboard.type("身份证到期怎么换", { delay: 15 });
  await until("it is settled", () => page.asked.some(({ path }) => path === "/v1/answer"));
  assert.ok(searches(page).length > 1);
  assert.ok(searches(page).every(({ query }) => query.get("typing") === "true"));
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("a");
  await until("the outcome is told", () => page.asked.some(({ path }) => path === "/v1/feedback"));
  assert.equal(page.asked.filter(({ path }) => path === "/v1/answer").length, 1);
  await page.context().close();
});

test("an action before the question stands settles it with its search", async () => {
  const page = await desk();
  const told = page.waitForRequest((request) => request.url().endsWith("/v1/feedback"));
  await page.keyboard.type("居住证怎么办理");
  await page.keyboard.press("Enter");
  const feedback = (await told).postDataJSON();
  assert.equal(feedback.outcome, "opened");
  assert.equal(feedback.entry_id, "faq-residence");
  assert.match(feedback.search_id, /^[0-9a-f-]{36}$/);
  assert.match(feedback.call, /^[0-9a-f]{32}$/);
  await page.context().close();
});

test("suggestions by pinyin and initials stand in the list and are asked with Enter", async () => {
  const page = await desk();
  // What comes for the last letter comes last: until then the list may change under the arrows.
  const last = page.waitForResponse((response) => /\/v1\/suggest\?.*q=sfzdl&/.test(response.url()));
  await page.keyboard.type("sfzdl");
  await last;
  const suggestion = page.locator(".line.suggestion", { hasText: "身份证丢了怎么补办" });
  await suggestion.waitFor();
  const chosen = page.locator('.line.suggestion[aria-selected="true"]', { hasText: "身份证丢了怎么补办" });
  do await page.keyboard.press("ArrowUp");
  while ((await chosen.count()) === 0);
  await page.keyboard.press("Enter");
  await until("a question is asked", async () => (await page.locator("#question").inputValue()).startsWith("身份证"));
  await until("and answered", async () => (await first(page)) === "身份证丢了怎么补办");
  await page.context().close();
});

test("what was typed and the call survive a reload", async () => {
  const page = await desk();
  await page.keyboard.type("供暖温度不达标怎么办");
  await until("it is in the history", async () => (await page.locator(".history").innerText().catch(() => "")).includes("供暖温度不达标怎么办"));
  const call = () => page.evaluate(() => JSON.parse(sessionStorage.getItem("jida.call")).call.id);
  const before = await call();
  await page.reload();
  assert.equal(await page.locator("#question").inputValue(), "供暖温度不达标怎么办");
  assert.equal(await call(), before);
  await until("it is asked again", async () => (await first(page))?.includes("供暖"));
  await page.context().close();
});

test("two desks side by side are two calls", async () => {
  const pages = [await desk(), await desk()];
  const calls = await Promise.all(pages.map((page) => page.evaluate(() => JSON.parse(sessionStorage.getItem("jida.call") ?? "{}").call?.id)));
  for (const page of pages) await page.keyboard.type("供暖");
  await Promise.all(pages.map((page) => until("hits", () => first(page))));
  const later = await Promise.all(pages.map((page) => page.evaluate(() => JSON.parse(sessionStorage.getItem("jida.call")).call.id)));
  assert.notEqual(later[0], later[1], String(calls));
  for (const page of pages) await page.context().close();
});

test("nothing found is never blank", async () => {
  const page = await desk();
  await page.keyboard.type("qqqwwwzzz");
  await until("it says so", async () => /没有找到/.test(await page.locator("#card").innerText()));
  const card = await page.locator("#card").innerText();
  assert.match(card, /报知识缺口/);
  assert.match(card, /派单/);
  await page.context().close();
});

test("a question too long is refused in words and the desk goes on", async () => {
  const page = await desk();
  await page.locator("#question").evaluate((field) => {
    field.removeAttribute("maxlength");
  });
  await page.locator("#question").fill("问".repeat(3000));
  await page.locator("[role=alert]").waitFor();
  assert.match(await page.locator("[role=alert]").innerText(), /最多/);
  await page.locator("#question").fill("居住证怎么办");
  await until("hits again", async () => (await first(page)) === "居住证怎么办理");
  assert.equal(await page.locator("[role=alert]").count(), 0);
  await page.context().close();
});
