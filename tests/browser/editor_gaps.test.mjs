// Gaps from the journal on the editor's desk, what closing one changed, and the
// wordings people used for an entry; the short list on the managers' page.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { Desk, ENTRIES, giveReason } from "./editor_desk.mjs";
import { OFFICE, PHONE, ROOT, overflow, seriousFindings, until, visit } from "./world.mjs";

const run = promisify(execFile);
const plant = (...given) => run("python3", [join(ROOT, "tests/browser/gaps_calls.py"), desk.world.corpus, ...given]);
const FLEXIBLE = "灵活就业断缴能补吗";

let desk;
before(async () => {
  desk = await Desk.start(ENTRIES);
  // One call, so that there is a journal.
  await call("first", "A1", "暖气不热", { outcome: "answered", entry_id: "heat" });
  await plant("calls");
});
after(() => desk?.end());

/** A call with one question and what became of it. */
async function call(name, seat, question, told) {
  const { search_id } = await desk.api(`/v1/search?q=${encodeURIComponent(question)}&call=${name}&seat=${seat}&line=12345`, { key: desk.agent });
  await desk.api("/v1/feedback", { key: desk.agent, method: "POST", json: { search_id, call: name, seat, ...told } });
}

test("lost calls become gaps: size, reasons, department, wordings, the largest first", async () => {
  const page = await desk.open("#/gaps", { key: desk.reviewer });
  await page.getByRole("button", { name: "现在看一遍日志" }).click();
  await page.locator(".gap").first().waitFor();
  const { gaps } = await desk.api("/v1/gaps?status=open");
  assert.ok(gaps.length >= 4, JSON.stringify(gaps.map(({ questions }) => questions[0])));
  const shown = page.locator(".gap");
  for (const [at, gap] of gaps.entries()) assert.equal(await shown.nth(at).getAttribute("data-key"), gap.id);
  const [first] = gaps;
  const text = await shown.first().innerText();
  assert.match(text, /网约车/);
  assert.match(text, new RegExp(`转派 ${first.reasons.dispatched}`));
  assert.match(text, /多半归 交通运输局（转派的 100%）/);
  assert.match(text, /也这样问：.*×\d/s);
  assert.match(await page.locator(".gap", { hasText: "露营" }).innerText(), /没查到 \d/);
  assert.match(await page.locator(".gap", { hasText: "狗丢了" }).innerText(), /没点开 \d/);
  await page.locator("select[name=sort]").selectOption("newest");
  await until("the address keeps the order", async () => page.url().includes("sort=newest"));
  await page.context().close();
});

test("a wording that does not belong is taken out with one click, stays out, and can be put back", async () => {
  const page = await desk.open("#/gaps", { key: desk.reviewer });
  const gap = page.locator(".gap", { hasText: "充电桩" });
  const { gaps } = await desk.api("/v1/gaps?status=open");
  const { id, questions } = gaps.find((one) => one.questions.some(({ text }) => text.includes("充电桩")));
  const stray = questions.at(-1).text;
  await gap.getByRole("button", { name: `不属于这个缺口，移出：${stray}` }).click();
  await gap.getByText("移出的：").waitFor();
  const texts = async () => (await desk.api(`/v1/gaps/${id}`)).questions.map(({ text }) => text);
  assert.ok(!(await texts()).includes(stray));
  await page.getByRole("button", { name: "现在看一遍日志" }).click();
  await page.locator(".toast", { hasText: "看了" }).waitFor();
  assert.ok(!(await texts()).includes(stray));
  await gap.filter({ hasText: "移出的" }).getByRole("button", { name: `放回：${stray}` }).click();
  await until("it is put back", async () => !(await desk.api(`/v1/gaps/${id}`)).taken_out.length);
  await desk.api("/v1/gaps/gather", { key: desk.reviewer, method: "POST" });
  assert.ok((await texts()).includes(stray));
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

test("a closed gap shows what closing it changed, and all of them together", async () => {
  const { gaps } = await desk.api("/v1/gaps?status=open");
  const gap = gaps.find(({ questions }) => questions.some(({ text }) => text === FLEXIBLE));
  const similar_questions = gap.questions.map(({ text }) => text).filter((text) => text !== FLEXIBLE);
  const json = { id: "flexible", kind: "faq", title: FLEXIBLE, similar_questions, body: "按当地社保经办机构的规定办。", status: "published", reason: "补缺口" };
  await desk.api("/v1/entries/flexible", { method: "PUT", json, headers: { "If-None-Match": "*" } });
  await desk.untilFound(FLEXIBLE, "flexible");
  const close = { status: "closed", entry_id: "flexible", reason: "写好了" };
  await until("it closes", () => desk.api(`/v1/gaps/${gap.id}`, { method: "POST", json: close }).catch(() => null));
  await plant("closed", gap.id, "14");
  await desk.api("/v1/gaps/gather", { key: desk.reviewer, method: "POST" });
  const page = await desk.open("#/gaps?status=closed");
  const effect = page.locator(`[data-key="${gap.id}"] .effect`);
  const { effect: { before, since } } = await desk.api(`/v1/gaps/${gap.id}`);
  assert.ok(before.rate < 0.5 && since.rate === 1, JSON.stringify({ before, since }));
  assert.match(await effect.innerText(), new RegExp(`补上以前.*当场答复 ${Math.round(before.rate * 100)}%.*补上以后.*当场答复 100%`, "s"));
  assert.match(await page.getByRole("region", { name: "补上以后怎样了" }).innerText(), /补上的 1 个缺口/);
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

for (const [size, screen, scheme] of [["office", OFFICE, "light"], ["phone", PHONE, "dark"]]) {
  test(`the gap list on the ${size} screen, ${scheme}`, async () => {
    for (const hash of ["#/gaps", "#/gaps?status=closed"]) {
      const page = await desk.open(hash, { screen, scheme, key: desk.reviewer });
      await page.locator(".gap").first().waitFor();
      assert.deepEqual(await seriousFindings(page), []);
      assert.equal(await overflow(page), 0);
      await page.context().close();
    }
  });
}

test("real wordings are taken as similar questions with one click, or turned down for good", async () => {
  for (const seat of ["B1", "B2"]) {
    await call(`card-${seat}`, seat, "那张看病的卡掉了咋整", { outcome: "copied", entry_id: "card" });
    await call(`lost-${seat}`, seat, "社保的卡没了去哪弄", { outcome: "answered", entry_id: "card" });
  }
  const page = await desk.open("#/entry/card");
  const offered = page.getByRole("region", { name: "来电的人这样问过" });
  await offered.getByRole("button", { name: "不采用：社保的卡没了去哪弄" }).click();
  await until("it is gone", async () => (await offered.locator("li").count()) === 1);
  await offered.getByRole("button", { name: "加入相似问：那张看病的卡掉了咋整" }).click();
  assert.match(await page.locator("textarea[name=similar_questions]").inputValue(), /那张看病的卡掉了咋整$/);
  await page.getByRole("button", { name: "发布", exact: true }).click();
  await giveReason(page, "发布", "补充相似问");
  await until("it is there", async () => (await desk.api("/v1/entries/card")).similar_questions.includes("那张看病的卡掉了咋整"));
  assert.deepEqual((await desk.api("/v1/suggested-questions/card")).questions, []);
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

test("the managers' page shows the largest gaps to those who may read questions", async () => {
  const page = await visit(desk.browser, `${desk.server.address}/managers`, { key: desk.editor });
  const short = page.getByRole("region", { name: "丢电话最多的缺口" });
  assert.match(await short.locator("li").first().innerText(), /网约车.*每周 .* 通/s);
  assert.match(await short.innerText(), /已补上的 1 个缺口/);
  assert.deepEqual(await seriousFindings(page), []);
  await page.context().close();
  const agents = await visit(desk.browser, `${desk.server.address}/managers`, { key: desk.agent });
  await agents.locator(".cards .large .value").waitFor();
  assert.equal(await agents.locator(".gaps-short").count(), 0);
  await agents.context().close();
});
