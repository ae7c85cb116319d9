// Writing entries: checked while written, tried before it counts, published and
// found, compared, restored; nobody's work is lost.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { Desk, giveReason } from "./editor_desk.mjs";
import { faq, overflow, PHONE, until } from "./world.mjs";

let desk;
before(async () => {
  desk = await Desk.start();
});
after(() => desk.end());

test("without a key the desk asks for one; an agent's is not enough", async () => {
  const page = await desk.open("", { key: undefined });
  const dialog = page.locator("dialog[open]");
  await dialog.getByLabel("密钥").fill(desk.agent);
  await dialog.getByRole("button", { name: "登录" }).click();
  await page.getByText("现在用的是“话务员”的密钥").waitFor();
  await page.getByRole("button", { name: "登录" }).click();
  await page.locator("dialog[open]").getByLabel("密钥").fill(desk.editor);
  await page.locator("dialog[open]").getByRole("button", { name: "登录" }).click();
  await page.getByRole("link", { name: "暖气不热找谁" }).waitFor();
  await page.context().close();
});

test("the library is looked through, filtered and sorted", async () => {
  const page = await desk.open("#/entries");
  const titles = () => page.locator("table tbody td:first-child a").allTextContents();
  await until("all four", async () => (await titles()).length === 4);
  await page.getByRole("searchbox", { name: "查找" }).fill("怎么");
  await until("three", async () => (await titles()).length === 3);
  await page.getByLabel("部门").selectOption("人社局");
  await until("one", async () => (await titles()).join() === "社保卡丢了怎么补");
  assert.equal(await page.getByText("已过期").count(), 1);
  await page.getByRole("button", { name: "清除条件" }).click();
  await page.getByLabel("到期").selectOption({ label: "该复核了" });
  await until("due", async () => (await titles()).join() === "暖气不热找谁");
  // The address says what is shown.
  assert.match(page.url(), /due=review/);
  await page.getByRole("button", { name: "清除条件" }).click();
  await page.getByLabel("在哪里查").selectOption("text");
  await page.getByRole("searchbox", { name: "查找" }).fill("两小时内上门");
  await page.locator(".hits a", { hasText: "暖气不热找谁" }).waitFor();
  await page.context().close();
});

test("a new entry is checked while it is written, published and found by agents", async () => {
  const page = await desk.open("#/entry?new=1");
  await page.getByLabel("标准问").fill("羊驼能不能坐地铁");
  await page.getByText("没有正文也没有话术").first().waitFor();
  await page.getByLabel("话术", { exact: true }).fill("字".repeat(401));
  await page.getByText("话术有 401 个字").waitFor();
  assert.ok(await page.getByRole("button", { name: "发布", exact: true }).isDisabled());
  await page.getByLabel("话术", { exact: true }).fill("羊驼不能进地铁站。");
  await page.getByLabel("相似问", { exact: true }).fill("带羊驼坐车\n地铁让带羊驼吗");
  await until("fine", async () => page.getByRole("button", { name: "发布", exact: true }).isEnabled());
  // As the agent will see it, while it is written.
  await page.getByRole("article", { name: "话务员看到的样子" }).getByText("羊驼不能进地铁站。").waitFor();
  await page.getByRole("button", { name: "发布", exact: true }).click();
  await giveReason(page, "发布", "新增");
  await page.getByText("有改动没保存").waitFor({ state: "detached" });
  const [id] = await until("found", async () => {
    const ids = await desk.found("地铁让带羊驼吗");
    return ids[0]?.startsWith("faq-") ? ids : null;
  });
  assert.equal((await desk.api(`/v1/entries/${id}`)).similar_questions.length, 2);
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

test("what an edit would change is told with the questions named, and nothing is changed by it", async () => {
  const page = await desk.open("#/entry/heat");
  await page.getByLabel("标准问").fill("另一件事");
  await page.getByLabel("相似问", { exact: true }).fill("");
  await page.getByLabel("话术", { exact: true }).fill("");
  await page.locator("textarea[name=body]").fill("与此无关。");
  const changes = page.getByRole("region", { name: "会有什么变化" });
  // By itself, some while after the last letter.
  await changes.getByText("暖气不热找谁").first().waitFor();
  await changes.getByText("考题不再成立").waitFor();
  assert.equal((await desk.found("暖气不热找谁"))[0], "heat");
  await page.evaluate(() => { location.hash = "#/entries"; });
  await page.getByRole("button", { name: "放弃修改" }).click();
  await page.getByRole("heading", { name: "知识库" }).waitFor();
  await page.context().close();
});

test("unsaved work is not left without being asked", async () => {
  const page = await desk.open("#/entry/park");
  await page.getByLabel("标准问").fill("写到一半");
  await page.getByRole("link", { name: "导入", exact: true }).click();
  await page.getByRole("button", { name: "留下来" }).click();
  assert.equal(await page.getByLabel("标准问").inputValue(), "写到一半");
  assert.match(page.url(), /#\/entry\/park/);
  await page.context().close();
});

test("the past of an entry is shown, compared and restored", async () => {
  const page = await desk.open("#/entry/park");
  await page.locator("textarea[name=body]").fill("按小时计，夜间免费。");
  await page.getByRole("button", { name: "发布", exact: true }).click();
  await giveReason(page, "发布", "补充夜间");
  await page.getByText("第 2 版", { exact: false }).first().waitFor();
  await page.getByRole("link", { name: "历史" }).click();
  const differences = page.getByRole("region", { name: "不同之处" });
  assert.match(await differences.innerText(), /按小时计，夜间免费/);
  assert.equal(await differences.locator("ins").innerText(), "，夜间免费");
  await page.getByRole("row", { name: /第 1 版/ }).getByRole("button", { name: "恢复" }).click();
  await giveReason(page, "恢复", "改错了");
  await page.getByRole("row", { name: /第 3 版/ }).waitFor();
  assert.equal((await desk.api("/v1/entries/park")).body, "按小时计。");
  await page.context().close();
});

test("a lost update is shown field by field, and both sides' work is kept", async () => {
  const page = await desk.open("#/entry/night");
  await page.locator("textarea[name=body]").fill("向生态环境部门投诉，夜里也受理。");
  const other = { department: "城管局", body: "打热线投诉。", reason: "对方改的" };
  await desk.api("/v1/entries/night", { method: "PATCH", json: other, headers: { "If-Match": '"1"' } });
  await page.getByRole("button", { name: "发布", exact: true }).click();
  await page.locator("dialog[open] input[name=reason]").fill("我改的");
  await page.locator("dialog[open]").getByRole("button", { name: "发布", exact: true }).click();
  await page.getByRole("heading", { name: "有人先改了" }).waitFor();
  const body = page.getByRole("region", { name: "正文" });
  for (const text of ["向生态环境部门投诉。", "打热线投诉。", "夜里也受理"]) assert.match(await body.innerText(), new RegExp(text));
  assert.match(await page.getByRole("region", { name: "部门" }).innerText(), /只有对方改了/);
  assert.equal((await desk.api("/v1/entries/night")).body, "打热线投诉。");
  await page.getByRole("button", { name: "用选好的内容继续改" }).click();
  assert.equal(await page.locator("input[name=department]").inputValue(), "城管局");
  await page.getByRole("button", { name: "发布", exact: true }).click();
  await giveReason(page, "发布", "合并");
  await page.getByText("有改动没保存").waitFor({ state: "detached" });
  const merged = await desk.api("/v1/entries/night");
  assert.equal(merged.department, "城管局");
  assert.equal(merged.body, "向生态环境部门投诉，夜里也受理。");
  assert.equal(merged.version, 3);
  await page.context().close();
});

test("a draft of a published entry is beside it, and is scheduled", async () => {
  const page = await desk.open("#/entry/card");
  await page.locator("textarea[name=body]").fill("到银行网点或社保大厅补办。");
  await page.getByRole("button", { name: "存草稿" }).click();
  await giveReason(page, "存草稿");
  await page.getByText("话务员现在看到的是第 1 版").waitFor();
  await page.getByRole("button", { name: "定时" }).click();
  await page.locator("dialog[open]").getByLabel("什么时候").fill("2099-01-01T08:00");
  await giveReason(page, "安排");
  await page.getByText("已安排").first().waitFor();
  assert.equal((await desk.api("/v1/schedule")).scheduled[0].entry_id, "card");
  await page.context().close();
});

test("a document that repeals another proposes its retirement", async () => {
  const policy = { id: "old-rule", kind: "policy", title: "示例市骆驼管理暂行办法", body: "第一条 骆驼要登记。", source: [{ number: "示例〔2020〕9号" }], reason: "新增" };
  await desk.api("/v1/entries", { method: "POST", json: policy });
  await desk.untilFound("示例市骆驼管理暂行办法", "old-rule");
  const page = await desk.open("#/entry?new=1&kind=policy");
  await page.locator("input[name=title]").fill("示例市骆驼出行管理办法");
  await page.locator("textarea[name=body]").fill("本办法自印发之日起施行，同时废止《示例市骆驼管理暂行办法》（示例〔2020〕9号）。");
  await page.getByRole("button", { name: "发布", exact: true }).click();
  await giveReason(page, "发布");
  await page.getByRole("button", { name: "撤下它" }).click();
  await giveReason(page, "撤下");
  await until("retired", async () => (await desk.api("/v1/entries/old-rule?version=newest")).status === "retired");
  await page.context().close();
});

test("an entry that holds scripts and marks of direction does no harm", async () => {
  const evil = faq("evil", "<script>window.broken=1</script>怎么办", "<img src=x onerror=\"window.broken=1\"> [点我](javascript:window.broken=1)\n\n**好** \u202Eetadpu\u202C", {
    script: "<b>话术</b>", department: "\u202E部门", source: [{ title: "法", link: "javascript:window.broken=1" }], internal_note: "<svg onload=window.broken=1>", similar_questions: ["<i>问</i>"],
  });
  await desk.api("/v1/entries", { method: "POST", json: { ...evil, reason: "<u>x</u>" } });
  await desk.untilFound("script怎么办", "evil");
  const page = await desk.open("#/entry/evil");
  await page.getByRole("heading", { name: "<script>window.broken=1</script>怎么办" }).first().waitFor();
  for (const hash of ["#/entries", "#/history/evil", "#/why?q=script怎么办", "#/golden?question=<script>window.broken=1</script>&entry=evil"]) {
    await page.goto(`${desk.server.address}/editor`);
    await page.evaluate((hash) => { location.hash = hash; }, hash);
    await page.locator("main h1").waitFor();
    await page.waitForLoadState("networkidle");
    assert.equal(await page.evaluate(() => window.broken), undefined, hash);
  }
  assert.equal(await page.locator("a[href^='javascript']").count(), 0);
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

test("an entry is written on a phone", async () => {
  const page = await desk.open("#/entry/heat", { screen: PHONE });
  await page.getByLabel("标准问").waitFor();
  assert.equal(await overflow(page), 0);
  await page.getByLabel("关键词", { exact: true }).fill("供热");
  await page.getByRole("button", { name: "存草稿" }).click();
  await giveReason(page, "存草稿");
  await page.getByText("话务员现在看到的是第 1 版").waitFor();
  assert.deepEqual((await desk.api("/v1/entries/heat?version=newest")).keywords, ["供热"]);
  await page.context().close();
});

test("where two persons are asked for, the desk says so and it takes two", async () => {
  const admin = await desk.world.key("admin");
  await until("the admin's key works", async () => (await fetch(`${desk.server.address}/v1/settings`, { headers: { Authorization: `Bearer ${admin}` } })).ok);
  const set = (four_eyes) => desk.server.api("/v1/settings", { key: admin, method: "PUT", json: { four_eyes, reason: "测试" } });
  await set(true);
  try {
    const writer = await desk.open("#/entry/park");
    await writer.getByText("发布要两个人：先送审，再由“审核”发布。").waitFor();
    assert.ok(await writer.getByRole("button", { name: "发布", exact: true }).isDisabled());
    await writer.locator("textarea[name=body]").fill("按半小时计。");
    await writer.getByRole("button", { name: "送审" }).click();
    await giveReason(writer, "送审");
    await writer.getByText("话务员现在看到的是").waitFor();
    const reviewer = await desk.open("#/due", { key: desk.reviewer });
    await reviewer.getByRole("region", { name: "等人审核发布" }).getByRole("link", { name: "路边停车怎么收费" }).click();
    await reviewer.getByRole("button", { name: "发布", exact: true }).click();
    await giveReason(reviewer, "发布", "审过了");
    await until("published", async () => (await desk.api("/v1/entries/park")).body === "按半小时计。");
    await writer.context().close();
    await reviewer.context().close();
  } finally {
    await set(false);
  }
});
