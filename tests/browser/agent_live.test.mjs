// The line to the server: notices as they come, a server that goes and comes
// back, logging in.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { ENTRIES } from "./hotline.mjs";
import { World, launch, until, visit } from "./world.mjs";

let browser;
const worlds = [];

before(async () => {
  browser = await launch();
});
after(async () => {
  await browser.close();
  for (const world of worlds) await world.end();
});

async function hotline(more = []) {
  const world = await World.of(ENTRIES);
  worlds.push(world);
  return { world, server: await world.serve({ more }) };
}

const first = (page) => page.evaluate(() => document.querySelector(".line.hit .name")?.textContent);

test("a notice shows on every open desk of its region and goes again", async () => {
  const { world, server } = await hotline();
  const editor = await world.key("editor");
  const desks = [await visit(browser, server.address), await visit(browser, server.address)];
  const elsewhere = await visit(browser, server.address);
  await elsewhere.evaluate(() => localStorage.setItem("jida.desk", '{"region":{"code":"110000","name":"北京市","above":[]}}'));
  await elsewhere.reload();
  const ends_at = new Date(Date.now() + 3_600_000).toISOString();
  const json = { title: "大东区停水", text: "今晚修复<b>。</b>", region: "210100", entries: ["faq-heating"], ends_at, reason: "停水" };
  await Promise.all(desks.map((page) => page.waitForFunction(() => document.querySelector(".notices"))));
  await server.api("/v1/notices/water", { key: editor, method: "PUT", headers: { "If-None-Match": "*" }, json });
  // A desk without a region is told of all places.
  for (const page of desks) await until("the notice", async () => /大东区停水 今晚修复<b>。<\/b>/.test(await page.locator(".notices").innerText()));
  assert.equal(await elsewhere.locator(".urgent").count(), 0);
  await desks[0].locator(".urgent button").click();
  await until("what it names is open", async () => (await desks[0].locator(".reading .title").innerText().catch(() => "")) === "供暖温度不达标怎么办");
  await server.api("/v1/notices/water?reason=" + encodeURIComponent("修好了"), { key: editor, method: "DELETE", headers: { "If-Match": '"1"' } });
  for (const page of desks) await until("it goes", async () => (await page.locator(".urgent").count()) === 0);
  for (const page of [...desks, elsewhere]) await page.context().close();
});

test("the server goes and comes back: nothing typed is lost, what was missed is asked and told", async () => {
  const { world, server } = await hotline();
  const { port } = server;
  const page = await visit(browser, server.address);
  await page.keyboard.type("供暖");
  await until("hits", () => first(page));
  await server.stop();
  await until("it says so without being asked", async () => /连不上服务/.test(await page.locator("[role=alert]").innerText().catch(() => "")));
  await page.locator("#question").fill("居住证怎么办理");
  await page.keyboard.press("Alt+a");
  assert.equal(await page.locator("#question").inputValue(), "居住证怎么办理");
  const again = await world.serve({ port });
  await until("it is asked", async () => (await first(page)) === "居住证怎么办理");
  await until("the words go", async () => (await page.locator("[role=alert]").count()) === 0);
  const editor = await world.key("editor");
  await until("the outcome has come through", async () => (await again.api("/v1/stats/instant-answer", { key: editor })).answered === 1);
  assert.equal(await page.evaluate(() => document.activeElement.id), "question");
  // The news come again too.
  const ends_at = new Date(Date.now() + 3_600_000).toISOString();
  await again.api("/v1/notices/n", { key: editor, method: "PUT", headers: { "If-None-Match": "*" }, json: { title: "又通了", ends_at, reason: "试" } });
  await until("a notice", async () => /又通了/.test(await page.locator(".notices").innerText()));
  await page.context().close();
});

test("an entry that is changed while it is read changes on the desk", async () => {
  const { world, server } = await hotline();
  const editor = await world.key("editor");
  const page = await visit(browser, server.address);
  await page.keyboard.type("居住证怎么办理");
  await page.keyboard.press("Enter");
  await until("it is open", async () => /住满半年/.test(await page.locator(".part").innerText().catch(() => "")));
  const headers = { "If-Match": '"1"' };
  await server.api("/v1/entries/faq-residence", { key: editor, method: "PATCH", headers, json: { body: "在居住地住满一年可以申领。", reason: "改期限" } });
  await until("the new text", async () => /住满一年/.test(await page.locator(".part").innerText().catch(() => "")));
  await page.context().close();
});

test("where a key is needed the desk asks for it, and keeps what was typed", async () => {
  const { world, server } = await hotline(["--require-key"]);
  const agent = await world.key("agent");
  const page = await visit(browser, server.address);
  await page.locator("dialog input[name=key]").waitFor();
  await page.locator("dialog input[name=key]").fill("wrong");
  await page.keyboard.press("Enter");
  await page.locator("dialog [role=alert]").waitFor();
  await page.locator("dialog input[name=key]").fill(agent);
  await page.keyboard.press("Enter");
  await page.locator("dialog").waitFor({ state: "detached" });
  await page.locator("#question").fill("居住证怎么办理");
  await until("hits", async () => (await first(page)) === "居住证怎么办理");
  assert.match(await page.locator(".top").innerText(), /话务员/);
  assert.ok(!(await page.evaluate(() => document.cookie + JSON.stringify({ ...localStorage, ...sessionStorage }))).includes(agent));
  await page.context().close();
});
