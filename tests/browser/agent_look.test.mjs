// Every view of the agent's desk on both screens: nothing wider than the window,
// nothing axe-core finds serious, and a small first load.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { ENTRIES } from "./hotline.mjs";
import { OFFICE, PHONE, World, launch, overflow, seriousFindings, until, visit } from "./world.mjs";

const MOST_FIRST_LOAD_BYTES = 300 * 1024;

let world, server, browser;

before(async () => {
  world = await World.of(ENTRIES);
  server = await world.serve();
  const key = await world.key("editor");
  const ends_at = new Date(Date.now() + 3_600_000).toISOString();
  await server.api("/v1/notices/n", { key, method: "PUT", headers: { "If-None-Match": "*" }, json: { title: "停水", text: "今晚修复。", entries: ["faq-lost"], ends_at, reason: "试" } });
  const json = { name: "证件", categories: ["证件"], frequent: [{ label: "补身份证", entry_id: "faq-lost" }], reason: "试" };
  await server.api("/v1/collections/cards", { key, method: "PUT", headers: { "If-None-Match": "*" }, json });
  browser = await launch();
});
after(async () => {
  await browser.close();
  await world.end();
});

async function asked(page, question) {
  await page.locator("#question").fill(question);
  await until("it is settled", () => page.evaluate(() => document.querySelector(".visually-hidden[role=status]").textContent));
}

async function openedAt(page, question) {
  await asked(page, question);
  await page.keyboard.press("Enter");
  await page.locator(".part").first().waitFor();
}

async function dialogBy(page, key) {
  await page.keyboard.press(key);
  await page.locator("dialog").waitFor();
}

const VIEWS = {
  welcome: async () => {},
  answer: (page) => asked(page, "身份证丢了怎么补办"),
  "near only": (page) => asked(page, "供暖"),
  nothing: (page) => asked(page, "qqqwwwzzz"),
  guide: (page) => openedAt(page, "内地居民结婚登记"),
  policy: (page) => openedAt(page, "停车场收费管理办法"),
  "hostile entry": (page) => openedAt(page, "脚本注入怎么办"),
  help: (page) => dialogBy(page, "F1"),
  regions: (page) => dialogBy(page, "Alt+r"),
  collections: (page) => dialogBy(page, "Alt+k"),
  seat: (page) => dialogBy(page, "Alt+s"),
  gap: (page) => dialogBy(page, "Alt+g"),
  dispatch: (page) => dialogBy(page, "Alt+d"),
};

// Each layout in one set of colours, so that both layouts and both sets are looked at.
for (const [size, screen, scheme] of [["office", OFFICE, "light"], ["phone", PHONE, "dark"]]) {
  test(`every view on the ${size} screen, ${scheme}`, async () => {
    for (const [name, view] of Object.entries(VIEWS)) {
      const page = await visit(browser, server.address, { screen, scheme });
      await page.locator(".urgent").waitFor();
      await view(page);
      assert.deepEqual(await seriousFindings(page), [], name);
      assert.equal(await overflow(page), 0, name);
      assert.deepEqual(page.troubles, [], name);
      await page.context().close();
    }
  });
}

test("on the office screen the field and the answer stay in sight whatever is opened", async () => {
  const page = await visit(browser, server.address);
  await openedAt(page, "内地居民结婚登记");
  const places = await page.evaluate(() => ["#question", "#card", "#lines", ".side"].map((one) => document.querySelector(one).getBoundingClientRect().toJSON()));
  for (const { top, bottom, right } of places) assert.ok(top >= 0 && bottom <= 768 && right <= 1366, JSON.stringify(places));
  await page.context().close();
});

test("the first load is small, and all of it comes from this server", async () => {
  const page = await browser.newPage();
  const loads = [];
  page.on("response", async (response) => loads.push([response.url(), await response.body().catch(() => "")]));
  await page.goto(server.address);
  await page.locator("#question:focus").waitFor();
  await page.waitForTimeout(500);
  const bytes = loads.reduce((sum, [, body]) => sum + body.length, 0);
  assert.ok(bytes > 10_000 && bytes <= MOST_FIRST_LOAD_BYTES, `${bytes} bytes`);
  assert.deepEqual(loads.map(([url]) => new URL(url).origin).filter((origin) => origin !== server.address), []);
  await page.close();
});
