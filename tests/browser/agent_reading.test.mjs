// What is read: guides part by part, validity in words, and texts that try to
// be more than texts.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { ENTRIES, RAN } from "./hotline.mjs";
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

async function opened(question) {
  const page = await visit(browser, server.address);
  await page.keyboard.type(question);
  await page.keyboard.press("Enter");
  await page.locator(".reading .part").first().waitFor();
  return page;
}

test("a guide opens as a service guide and the next questions jump to its parts", async () => {
  const page = await opened("内地居民结婚登记");
  const card = await page.locator("#card").innerText();
  for (const part of ["居民身份证", "三张合影", "当场办结", "不收费", "市婚姻登记处", "人民路1号", "024-12345678", "https://example.gov.cn/marriage", "第一千零四十九条"]) assert.ok(card.includes(part), part);
  const asks = await page.locator(".next-questions button").allInnerTexts();
  assert.deepEqual(asks.map((text) => text.replace(/\s/g, "")), ["1要带什么？", "2怎么办？", "3多久？", "4多少钱？", "5在哪办？", "6网上能办吗？", "7谁能办？", "8依据什么？"]);
  await page.keyboard.press("5");
  assert.equal(await page.evaluate(() => document.activeElement.id), "part-places");
  await page.keyboard.press("1");
  assert.equal(await page.evaluate(() => document.activeElement.id), "part-materials");
  await page.locator(".next-questions button", { hasText: "多久" }).click();
  assert.equal(await page.evaluate(() => document.activeElement.id), "part-time_limit");
  await page.locator(".checklist input").first().check();
  assert.equal(await page.locator(".checklist input:checked").count(), 1);
  assert.equal(await page.locator(".places a.phone").getAttribute("href"), "tel:02412345678");
  await page.context().close();
});

test("validity is said in words, and an old document leads to the new one", async () => {
  const page = await opened("临时停车优惠到什么时候");
  assert.match(await page.locator(".badges").innerText(), /将于\d+年\d+月\d+日后失效/);
  await page.evaluate(async () => {
    const { openById } = await import("/web/agent/reading.js");
    await openById("policy-old");
  });
  assert.match(await page.locator(".badges").innerText(), /已废止/);
  await page.locator(".reading .notice button", { hasText: "停车场收费管理办法" }).click();
  await until("the new one is open", async () => (await page.locator(".reading .title").innerText()) === "停车场收费管理办法");
  assert.match(await page.locator(".badges").innerText(), /现行/);
  assert.equal(await page.locator(".part table td").first().innerText(), "白天");
  await page.context().close();
});

test("where one choice decides the desk says what to ask back, and each choice is a line and a button", async () => {
  const page = await visit(browser, server.address);
  await page.keyboard.type("居住证签注");
  await page.locator(".clarify button").first().waitFor();
  assert.deepEqual((await page.locator(".clarify button").allInnerTexts()).sort(), ["大连市", "沈阳市"]);
  assert.match(await page.locator(".doubt").innerText(), /相近的内容[\s\S]*您问的是哪个地方的/);
  await page.keyboard.press("ArrowUp");
  while (!/^大连市$/.test(await page.locator('[role=option][aria-selected="true"]').innerText())) await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Enter");
  await until("the region is taken over", async () => /大连市/.test(await page.locator(".top").innerText()));
  await until("its entry is read", async () => /210200 窗口/.test(await page.locator("#card").innerText()));
  await page.context().close();
});

test("a body is shown as Markdown", async () => {
  const page = await opened("身份证丢了怎么补办");
  assert.equal(await page.locator(".part strong").innerText(), "任一派出所");
  assert.equal(await page.locator(".part li").count(), 2);
  await page.context().close();
});

test("scripts, pictures and links of an entry never run", async () => {
  const page = await opened("脚本注入怎么办");
  await page.waitForTimeout(200);
  assert.equal(await page.evaluate(RAN), undefined);
  assert.equal(await page.locator("#card img, #card script, #lines img, #lines script").count(), 0);
  const card = await page.locator("#card").innerText();
  for (const shown of ["<script>globalThis.ran=1</script>", "话术<img src=x", "<b>部门</b>", "<i>来源</i>"]) assert.ok(card.includes(shown), shown);
  const addresses = await page.locator("#card a").evaluateAll((all) => all.map((one) => one.href));
  assert.deepEqual(addresses, ["https://example.gov.cn/a"]);
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

test("marks that turn the direction of writing stay within their text", async () => {
  const page = await opened("倒写文字怎么显示");
  const isolated = await page.evaluate(() => [".line.hit .name", ".reading .title", ".said p", ".part .prose"].map((one) => getComputedStyle(document.querySelector(one)).unicodeBidi));
  assert.deepEqual(isolated, ["isolate", "isolate", "isolate", "isolate"]);
  // What stands beside it reads from left to right: the label before the text.
  const [label, value] = await page.evaluate(() => {
    const row = [...document.querySelectorAll(".facts > div")].find((one) => one.innerText.includes("部门"));
    return [row.querySelector("dt").getBoundingClientRect().left, row.querySelector("dd").getBoundingClientRect().left];
  });
  assert.ok(label < value);
  await page.context().close();
});

test("an internal note is shown to agents who are logged in, to nobody else", async () => {
  const noted = await World.of([{ id: "faq-noted", kind: "faq", title: "内部备注看得见吗", body: "看得见。", internal_note: "只给坐席看" }]);
  const own = await noted.serve();
  const agent = await noted.key("agent");
  const seen = async (key) => {
    const page = await visit(browser, own.address, { key });
    await page.keyboard.type("内部备注看得见吗");
    await page.keyboard.press("Enter");
    await page.locator(".reading .part").first().waitFor();
    const text = await page.locator("#card").innerText();
    await page.context().close();
    return text.includes("只给坐席看");
  };
  assert.equal(await seen(undefined), false);
  assert.equal(await seen(agent), true);
  await noted.end();
});
