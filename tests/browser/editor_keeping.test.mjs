// Keeping the library: imports, word lists, rules, reindexing and the way back,
// golden questions, gaps and corrections, what is due.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Desk, giveReason } from "./editor_desk.mjs";
import { until } from "./world.mjs";

let desk;
before(async () => {
  desk = await Desk.start();
});
after(() => desk.end());

const FILE = `编号,标准问,相似问,答案,部门,失效日期
heat,暖气不热找谁,供热温度不够怎么办|家里暖气不热|屋里冷,拨打供热单位的电话，一小时内上门测温。,住建局,
new-1,骆驼能坐地铁吗,,骆驼不能进站。,交通局,
new-2,海豚怎么登记,,到窗口登记。,农业局,
new-3,社保卡丢了怎么补,,带身份证补办。,人社局,
bad-1,,,没有标题。,农业局,
bad-2,羊驼怎么寄养,,提前三天申请。,农业局,开春以后
`;

test("a file is dropped, its dry run read, what is wanted chosen and loaded, the report kept", async () => {
  const page = await desk.open("#/import");
  await page.getByLabel("把文件拖到这里").setInputFiles({ name: "常见问题.csv", mimeType: "text/csv", buffer: Buffer.from(FILE) });
  const upload = page.getByRole("region", { name: "常见问题.csv" });
  const text = await until("the plan", async () => {
    const all = await upload.innerText();
    return /新增 3/.test(all) && all;
  });
  for (const said of ["修改 1", "拒收 2", "可能重复 1", "缺少标题", "日期“开春以后”读不出来", "一小时内上门测温", "标题相同"]) assert.match(text, new RegExp(said));
  assert.deepEqual((await desk.found("海豚怎么登记")).includes("new-2"), false);
  await upload.getByLabel("导入“社保卡丢了怎么补”").uncheck();
  await upload.getByRole("button", { name: "导入 3 条" }).click();
  await giveReason(page, "导入", "部门更新");
  await upload.getByText("已导入：新增 2，修改 1").waitFor();
  await desk.untilFound("海豚怎么登记", "new-2");
  assert.equal((await fetch(`${desk.server.address}/v1/entries/new-3`)).status, 404);
  const [saved] = await Promise.all([page.waitForEvent("download"), upload.getByRole("button", { name: "下载报告" }).click()]);
  const report = await readFile(await saved.path(), "utf8");
  assert.match(report, /拒收.*缺少标题/);
  assert.match(report, /没有选,new-3|没有选.*new-3/);
  await page.context().close();
});

test("a file that cannot be read says why", async () => {
  const page = await desk.open("#/import");
  await page.getByLabel("把文件拖到这里").setInputFiles({ name: "老文件.doc", mimeType: "application/msword", buffer: Buffer.from([0xd0, 0xcf, 0x11, 0xe0]) });
  await page.getByText("另存为").first().waitFor();
  await page.context().close();
});

test("a synonym is tried, saved, taken in by a reindex that is watched, and the generation rolled back", async () => {
  const page = await desk.open("#/lists/synonyms", { key: desk.reviewer });
  await page.getByPlaceholder("加一行").fill("热得快 => 暖气");
  await page.getByRole("button", { name: "加一行" }).click();
  await page.getByText("新增 1 行").waitFor();
  const changes = page.getByRole("region", { name: "会有什么变化" });
  await changes.getByRole("button", { name: "试算" }).click();
  await changes.getByText("没有问题的结果会变").waitFor();
  await page.getByRole("button", { name: "保存", exact: true }).click();
  await giveReason(page, "保存");
  await page.getByRole("link", { name: "去重建索引" }).click();
  await page.getByRole("button", { name: "重建索引" }).click();
  await giveReason(page, "开始", "词表更新");
  const job = page.getByRole("region", { name: "正在重建" });
  const done = page.getByRole("row", { name: /generation-000002/ }).getByText("在用");
  // A small library is rebuilt before anybody sees the bar: either is right.
  await job.or(done).first().waitFor();
  await done.waitFor();
  await until("the synonym counts", async () => (await desk.found("热得快"))[0] === "heat");
  await page.getByRole("button", { name: /看变化/ }).click();
  await page.getByRole("region", { name: "考题的变化" }).getByText("重问了").waitFor();
  const first = page.getByRole("row", { name: /generation-000001/ });
  await first.getByRole("button", { name: "换回这一代" }).click();
  await giveReason(page, "换回", "新索引有问题");
  await first.getByText("在用").waitFor();
  await until("the synonym counts no more", async () => (await desk.found("热得快"))[0] !== "heat");
  await page.context().close();
});

test("a reindex that is under way shows its stage and is cancelled", async () => {
  const page = await desk.open("#/reindex");
  // A job as the server tells it, stage by stage; what a small library does too fast to be seen.
  const job = (more) => ({ id: 99, kind: "reindex", state: "running", stage: "building", done: 500, total: 2000, rate: 250, remaining_s: 6, asked_at: new Date().toISOString(), asked_by: "甲", reason: "例行", result: null, generation: null, ...more });
  let cancelled = false;
  await page.route("**/v1/jobs", (route) => route.fulfill({ json: [job(cancelled ? { state: "cancelled" } : {})] }));
  await page.route("**/v1/jobs/99/events", (route) => route.fulfill({ contentType: "text/event-stream", body: `event: job\ndata: ${JSON.stringify(job({ done: 1000 }))}\n\n` }));
  await page.route("**/v1/jobs/99/cancel", (route) => { cancelled = true; return route.fulfill({ json: job({ state: "cancelled" }) }); });
  await page.reload();
  const shown = page.getByRole("region", { name: "正在重建" });
  await shown.getByText("1000 / 2000").waitFor();
  assert.match(await shown.innerText(), /每秒 250.*还要 6 秒/s);
  assert.equal(await shown.locator("[aria-current=step]").innerText(), "建立索引");
  assert.equal(await shown.getByRole("progressbar").getAttribute("value"), "0.5");
  await shown.getByRole("button", { name: "取消" }).click();
  await until("cancelled", () => cancelled);
  await page.context().close();
});

test("a dictionary word shows how it is cut, before and after", async () => {
  const page = await desk.open("#/lists/dictionary");
  await page.getByLabel("一句话").fill("夜间施工怎么管");
  await page.getByPlaceholder("加一个词").fill("夜间施工");
  await page.getByRole("button", { name: "加一行" }).click();
  const cut = page.getByRole("region", { name: "怎么切词" });
  await until("cut anew", async () => (await cut.locator("dd").nth(1).locator(".word").allTextContents()).includes("夜间施工"));
  assert.ok(!(await cut.locator("dd").nth(0).locator(".word").allTextContents()).includes("夜间施工"));
  const changes = page.getByRole("region", { name: "会有什么变化" });
  await changes.getByRole("button", { name: "试算" }).click();
  await changes.getByText("含这些词的条目").waitFor();
  await page.context().close();
});

test("a pin is tried with the questions named, and counts once it is saved", async () => {
  const page = await desk.open("#/rules?new=1");
  await page.getByLabel("问法").fill("停车");
  await page.getByRole("group", { name: "置顶的条目" }).getByRole("searchbox").fill("夜间施工");
  await page.getByRole("button", { name: /夜间施工扰民怎么投诉/ }).click();
  await page.getByLabel("怎么算问到").selectOption("contains");
  const changes = page.getByRole("region", { name: "会有什么变化" });
  await changes.getByRole("button", { name: "试算" }).click();
  await changes.getByText("停车费多少钱一小时").first().waitFor();
  assert.notEqual((await desk.found("停车费多少钱一小时"))[0], "night");
  await page.getByRole("button", { name: "保存", exact: true }).click();
  await giveReason(page, "保存");
  await until("pinned", async () => (await desk.found("停车费多少钱一小时"))[0] === "night");
  await page.getByRole("button", { name: "停用" }).click();
  await giveReason(page, "停用");
  await until("no more", async () => (await desk.found("停车费多少钱一小时"))[0] === "park");
  await page.context().close();
});

test("a notice and a collection are written and count at once", async () => {
  const page = await desk.open("#/notices?new=1");
  await page.locator("input[name=title]").fill("临时停水");
  const region = page.getByLabel("区域");
  await region.fill("沈阳市");
  await until("the region is offered", async () => (await page.locator("datalist option").count()) > 0);
  await region.fill("沈阳市");
  await region.blur();
  await page.getByRole("button", { name: "保存", exact: true }).click();
  await giveReason(page, "保存");
  const { notices } = await until("it is there", async () => {
    const found = await desk.api("/v1/notices?region=210102");
    return found.notices.length && found;
  });
  assert.deepEqual([notices[0].title, notices[0].region], ["临时停水", "210100"]);
  await page.goto(`${desk.server.address}/editor#/collections?new=1`);
  await page.reload();
  await page.getByLabel("名称").fill("住房");
  await page.getByLabel("包含哪些分类").fill("住房");
  await page.getByRole("button", { name: "保存", exact: true }).click();
  await page.locator("dialog[open]").getByLabel("编号").fill("housing");
  await giveReason(page, "保存");
  await until("it narrows", async () => (await desk.api("/v1/search?q=怎么&collection=housing")).hits.every(({ id }) => id === "heat"));
  await page.context().close();
});

test("golden questions are asked, failures shown, mended and saved", async () => {
  const page = await desk.open("#/golden");
  await page.getByRole("button", { name: "现在考一遍" }).click();
  await page.getByText("考题 1 / 2 对").waitFor();
  const failed = page.locator("table tr", { hasText: "不对" });
  assert.match(await failed.innerText(), /第一是 路边停车怎么收费/);
  await failed.getByLabel("条目编号").fill("park");
  await page.getByRole("button", { name: "现在考一遍" }).click();
  await page.getByText("考题 2 / 2 对").waitFor();
  assert.match(await readFile(join(desk.world.corpus, "cases.txt"), "utf8"), /路边停车怎么收费,第一,night/);
  await page.getByRole("button", { name: "保存", exact: true }).click();
  await giveReason(page, "保存");
  assert.match(await readFile(join(desk.world.corpus, "cases.txt"), "utf8"), /路边停车怎么收费,第一,park/);
  await page.context().close();
});

test("why a hit stands where it does is told in words", async () => {
  const page = await desk.open("#/why?q=暖气不热怎么回事");
  const first = page.locator(".why > li").first();
  await first.getByText("暖气不热找谁").waitFor();
  assert.match(await first.innerText(), /命中方式：/);
  assert.ok((await first.locator(".bars li").count()) > 2);
  await page.context().close();
});

test("a gap goes from open over an entry and its questions asked again to closed", async () => {
  const { id } = await desk.api("/v1/gaps", { key: desk.agent, method: "POST", json: { question: "鹦鹉上飞机要什么证", department: "民航局", note: "来电三次" } });
  const page = await desk.open("#/gaps");
  const gap = page.locator(`[data-key="${id}"]`);
  await gap.getByText("民航局").waitFor();
  await gap.getByRole("button", { name: "写条目" }).click();
  assert.equal(await page.getByLabel("标准问").inputValue(), "鹦鹉上飞机要什么证");
  assert.equal(await page.locator("input[name=department]").inputValue(), "民航局");
  await page.getByLabel("话术", { exact: true }).fill("要检疫证明，按托运办理。");
  await until("it may go out", async () => page.getByRole("button", { name: "发布", exact: true }).isEnabled());
  await page.getByRole("button", { name: "发布", exact: true }).click();
  await giveReason(page, "发布", "补缺口");
  await until("found", async () => (await desk.found("鹦鹉上飞机要什么证"))[0]?.startsWith("faq-"));
  await page.getByRole("link", { name: "再问一遍" }).click();
  await gap.getByText("第 1", { exact: true }).waitFor();
  await gap.getByRole("button", { name: "关闭缺口" }).click();
  await giveReason(page, "确定关闭", "已补条目");
  await until("closed", async () => (await desk.api(`/v1/gaps/${id}`)).status === "closed");
  await page.getByRole("button", { name: "已补上" }).click();
  await gap.getByText("已补条目").waitFor();
  await page.context().close();
});

test("a gap that its entry does not answer cannot be closed, but dismissed", async () => {
  const { id } = await desk.api("/v1/gaps", { key: desk.agent, method: "POST", json: { question: "火星移民怎么报名" } });
  const page = await desk.open("#/gaps");
  const gap = page.locator(`[data-key="${id}"]`);
  await gap.getByRole("button", { name: "已有条目" }).click();
  await gap.getByRole("searchbox").fill("暖气不热");
  await gap.getByRole("button", { name: /暖气不热找谁/ }).click();
  await gap.getByRole("button", { name: "再问一遍", exact: true }).click();
  await gap.getByText("没查到").waitFor();
  assert.ok(await gap.getByRole("button", { name: "关闭缺口" }).isDisabled());
  await gap.getByRole("button", { name: "不处理" }).click();
  await giveReason(page, "不处理", "不属于受理范围");
  await until("dismissed", async () => (await desk.api(`/v1/gaps/${id}`)).status === "dismissed");
  await page.context().close();
});

test("a correction leads to its entry and is settled", async () => {
  await desk.api("/v1/corrections", { key: desk.agent, method: "POST", json: { entry_id: "card", text: "网点改地方了" } });
  const page = await desk.open("#/corrections");
  const row = page.locator(".work > li", { hasText: "网点改地方了" });
  await row.getByRole("link", { name: "去改条目" }).click();
  await page.getByRole("heading", { name: "社保卡丢了怎么补" }).first().waitFor();
  await page.goBack();
  await row.getByRole("button", { name: "已改" }).click();
  await giveReason(page, "确定", "已更正");
  await page.getByText("没有待改的纠错").waitFor();
  await page.context().close();
});

test("what is due is shown; a review is noted; a conflict is settled", async () => {
  // Edited here, then changed in its file: neither is lost.
  const night = await desk.api("/v1/entries/night?version=newest");
  await desk.api("/v1/entries/night", { method: "PATCH", json: { body: "这里改的。", reason: "改" }, headers: { "If-Match": `"${night.version}"` } });
  const file = join(desk.world.corpus, "entries.jsonl");
  const lines = (await readFile(file, "utf8")).replace("向生态环境部门投诉。", "文件里改的。");
  await writeFile(file, lines);
  await desk.api("/v1/reindex", { method: "POST", json: { reason: "例行" } });
  await until("a conflict", async () => (await desk.api("/v1/conflicts")).conflicts.length === 1);
  const page = await desk.open("#/due");
  const due = page.getByRole("region", { name: "该复核了" });
  await due.getByRole("row", { name: /暖气不热找谁/ }).getByRole("button", { name: "复核过了" }).click();
  await giveReason(page, "记下", "复核无误");
  await due.getByText("没有到期的").waitFor();
  const conflict = page.getByRole("region", { name: "冲突" });
  assert.match(await conflict.innerText(), /这里改的.*文件里改的/s);
  await conflict.getByRole("button", { name: "用文件里的" }).click();
  await giveReason(page, "确定", "以文件为准");
  await conflict.getByText("没有冲突").waitFor();
  assert.equal((await desk.api("/v1/entries/night?version=newest")).body, "文件里改的。");
  await page.context().close();
});
