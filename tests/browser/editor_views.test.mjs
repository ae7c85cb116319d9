// Every view of the editor's desk on an office screen and on a phone, light and
// dark: nothing wider than the window, nothing serious for axe-core, no trouble
// with the page's own policy.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { Desk } from "./editor_desk.mjs";
import { OFFICE, PHONE, faq, overflow, seriousFindings } from "./world.mjs";

const LONG = "很长很长的标题".repeat(12);
const VIEWS = [
  "#/entries", "#/entries?q=暖气&where=text", "#/entry/heat", "#/entry/guide", "#/entry?new=1&kind=policy", "#/history/heat", "#/import", "#/due",
  "#/gaps", "#/corrections", "#/lists/synonyms", "#/lists/dictionary", "#/lists/question_words", "#/rules", "#/rules/r", "#/notices?new=1",
  "#/collections?new=1", "#/golden", "#/why?q=暖气不热怎么回事", "#/reindex",
];

let desk;
before(async () => {
  desk = await Desk.start();
  const guide = {
    id: "guide", kind: "guide", title: LONG, department: "x".repeat(60), category: "一/二/三/四/五", body: "| 甲 | 乙 |\n| --- | --- |\n| 1 | 2 |", reason: "新增",
    guide: { materials: ["身份证"], steps: ["填表", "交件"], time_limit: "20 日", places: [{ name: "窗口", address: "示例路", hours: "9 点到 17 点" }] },
    source: [{ title: "示例办法", number: "示例〔2026〕1号" }],
  };
  await desk.api("/v1/entries", { method: "POST", json: guide });
  await desk.api("/v1/entries", { method: "POST", json: { ...faq("draft", "写到一半的问题", ""), status: "draft", reason: "先存着" } });
  await desk.api("/v1/rules/r", { method: "PUT", json: { questions: ["停车"], pins: ["park"], hides: ["guide"], reason: "置顶" }, headers: { "If-None-Match": "*" } });
  await desk.api("/v1/gaps", { method: "POST", json: { question: LONG, note: "备注", department: "民航局" } });
  await desk.api("/v1/corrections", { method: "POST", json: { entry_id: "heat", text: "电话不对" } });
});
after(() => desk.end());

for (const [screen, size] of [[OFFICE, "1366 × 768"], [PHONE, "390 × 844"]]) {
  for (const scheme of ["light", "dark"]) {
    test(`every view is whole and usable: ${size}, ${scheme}`, async () => {
      const page = await desk.open("", { screen, scheme, key: desk.reviewer });
      for (const hash of VIEWS) {
        await page.goto("about:blank");
        await page.goto(`${desk.server.address}/editor${hash}`);
        await page.locator("main h1").waitFor();
        await page.waitForLoadState("networkidle");
        assert.equal(await page.locator("main > .error").count(), 0, `${hash}: ${await page.locator("main > .error").allTextContents()}`);
        assert.equal(await overflow(page), 0, `${hash} is wider than the window`);
        assert.deepEqual(await seriousFindings(page), [], hash);
      }
      assert.deepEqual(page.troubles, []);
      await page.context().close();
    });
  }
}

test("the desk is used with the keyboard alone", async () => {
  const page = await desk.open("#/entries");
  await page.locator("table tbody a").first().waitFor();
  await page.locator("body").press("Tab");
  await page.keyboard.press("Tab");
  for (let steps = 0; steps < 40; steps += 1) {
    if ((await page.evaluate(() => document.activeElement.textContent.trim())) === "新建条目") break;
    await page.keyboard.press("Tab");
  }
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "新建条目" }).waitFor();
  // The view's name has the focus, so that it is read out.
  assert.equal(await page.evaluate(() => document.activeElement.tagName), "H1");
  await page.getByLabel("标准问").fill("键盘写的");
  await page.keyboard.press("Control+s");
  await page.locator("dialog[open]").waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.name), "reason");
  await page.keyboard.type("试试");
  await page.keyboard.press("Enter");
  await page.getByText("第 1 版").first().waitFor();
  await page.context().close();
});
