// Warnings on the managers' page: what flared up with its course, what a rule
// names, seen with one click; callers' words for editors only.
import { execFile } from "node:child_process";
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { join } from "node:path";
import { promisify } from "node:util";
import { OFFICE, PHONE, ROOT, World, faq, launch, overflow, seriousFindings, until, visit } from "./world.mjs";

const ENTRIES = [
  faq("heat", "暖气不热找谁", "拨打供热单位的电话，两小时内上门测温。", { department: "城市管理局", category: "供热供水/供热" }),
  faq("card", "社保卡丢了怎么补", "带身份证到银行网点补办。", { department: "人力资源和社会保障局", category: "社会保障" }),
];
let world, server, browser;
const keys = {};

before(async () => {
  world = await World.of(ENTRIES);
  for (const role of ["agent", "editor", "chatbot"]) keys[role] = await world.key(role);
  const first = await world.serve();
  // Its answer says that the journal is written.
  await first.api("/v1/feedback", { key: keys.agent, method: "POST", json: { outcome: "abandoned", call: "first" } });
  await first.stop();
  await promisify(execFile)("python3", [join(ROOT, "tests/browser/warning_calls.py"), world.corpus]);
  server = await world.serve();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await world?.end();
});

const told = (state = "") => server.api(`/v1/warnings?${state}`, { key: keys.editor }).then(({ warnings }) => warnings);

async function open(role, more = {}) {
  const page = await visit(browser, `${server.address}/managers`, { key: keys[role], ...more });
  await page.locator(".cards .large .value").waitFor();
  await page.waitForLoadState("networkidle");
  return page;
}

const isDrawn = (page) => page.evaluate(() => [...document.querySelectorAll(".warning canvas")].map((canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return data.some((part, at) => at % 4 === 3 && part > 0);
}));

test("a flare is there once, with its course, its questions and places; a rule's calls beside it", async () => {
  const warnings = await until("flare and rules", async () => {
    const found = await told();
    return found.length >= 3 && found;
  });
  const flares = warnings.filter(({ kind }) => kind !== "rule");
  assert.equal(flares.length, 1, JSON.stringify(flares));
  for (const [size, screen, scheme] of [["office", OFFICE, "light"], ["phone", PHONE, "dark"]]) {
    const page = await open("editor", { screen, scheme });
    const card = page.locator(`.warning[data-id="${flares[0].id}"]`);
    await card.waitFor();
    assert.equal(await card.locator("h3").innerText(), flares[0].title);
    assert.match(await card.innerText(), /室温才十四度/);
    assert.match(await card.innerText(), /于洪区|和平区|铁西区/);
    assert.equal(await page.locator(".warning.rule").count(), 1, "two calls of one rule are one card");
    assert.match(await page.locator(".warning.rule").innerText(), /安全隐患[\s\S]*2 通电话[\s\S]*燃气泄漏/);
    assert.deepEqual(await isDrawn(page), [true], size);
    assert.deepEqual(await seriousFindings(page), []);
    assert.equal(await overflow(page), 0);
    assert.deepEqual(page.troubles, []);
    if (process.env.SCREENSHOTS) {
      await page.waitForTimeout(500);
      await page.screenshot({ path: join(process.env.SCREENSHOTS, `managers-warning-${size}-${scheme}.png`) });
    }
    await page.context().close();
  }
});

test("an agent sees that it flared up and not what callers said; nobody else does", async () => {
  const page = await open("agent");
  await page.locator(".warning h3").first().waitFor();
  assert.doesNotMatch(await page.locator(".warnings").innerText(), /室温才十四度|燃气泄漏，味道/);
  assert.equal(await page.locator(".warnings button").filter({ hasText: "已知悉" }).count(), 0);
  await page.context().close();
  await assert.rejects(server.api("/v1/warnings", { key: keys.chatbot }));
});

test("what an editor has seen goes below, with the note", async () => {
  const page = await open("editor");
  const flare = page.locator(".warning:not(.rule)");
  await flare.getByRole("button", { name: /已知悉/ }).click();
  await page.getByRole("textbox", { name: "说明（可不写）" }).fill("已请供热办抢修");
  await page.getByRole("dialog").getByRole("button", { name: "已知悉" }).click();
  await until("it is gone from above", async () => (await flare.count()) === 0);
  await page.locator(".past summary").click();
  assert.match(await page.locator(".past li").first().innerText(), /已知悉[\s\S]*已请供热办抢修/);
  const [seen] = (await told()).filter(({ kind }) => kind !== "rule");
  assert.equal(seen.state, "acknowledged");
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

test("the rules are written on the editors' desk and count without a new index", async () => {
  const page = await visit(browser, `${server.address}/editor#/lists/attention`, { key: keys.editor });
  const text = page.locator("textarea");
  await until("the shipped rules", async () => /安全隐患/.test(await text.inputValue().catch(() => "")));
  await text.fill(`${await text.inputValue()}\n水质 = 自来水*异味\n`);
  await page.getByRole("button", { name: "保存" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.locator("input, textarea").first().fill("试");
  await dialog.getByRole("button", { name: "保存" }).click();
  await page.getByText("几秒内生效").first().waitFor();
  await until("a warning of the new rule", async () => {
    await server.api(`/v1/search?q=${encodeURIComponent("家里自来水有异味")}&call=${Math.random()}`, { key: keys.agent });
    return (await told()).some(({ name }) => name === "水质");
  });
  await page.context().close();
});

test("holidays are written beside them; a day that is none is named and nothing is saved", async () => {
  const page = await visit(browser, `${server.address}/editor#/lists/attention`, { key: keys.editor });
  await page.getByRole("link", { name: "节假日" }).click();
  const text = page.locator("textarea");
  await until("the shipped list", async () => /补班/.test(await text.inputValue().catch(() => "")));
  const shipped = await text.inputValue();
  const dialog = page.getByRole("dialog");
  const save = async (line) => {
    await text.fill(`${shipped}\n${line}\n`);
    await page.getByRole("button", { name: "保存" }).first().click();
    await dialog.locator("input, textarea").first().fill("试");
    await dialog.getByRole("button", { name: "保存" }).click();
  };
  const kept = async () => (await server.api("/v1/lists/holidays", { key: keys.editor })).text;
  await save("元旦 = 2027-1-1");
  await dialog.getByText("“2027-1-1”不是日期").waitFor();
  assert.equal(await kept(), shipped);
  await dialog.getByRole("button", { name: "取消" }).click();
  await save("元旦 = 2027-01-01 至 2027-01-03");
  await page.getByText("已保存，一分钟内生效").waitFor();
  await until("the holiday is kept", async () => /元旦 = 2027-01-01 至 2027-01-03/.test(await kept()));
  if (process.env.SCREENSHOTS) await page.screenshot({ path: join(process.env.SCREENSHOTS, "editor-holidays.png") });
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});
