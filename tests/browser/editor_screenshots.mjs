// Pictures of the editor's desk on this repository's own corpus, to be looked
// at: `node tests/browser/editor_screenshots.mjs [FOLDER]` (docs/screenshots).
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { mkdir, writeFile } from "node:fs/promises";
import { OFFICE, PHONE, ROOT, World, launch, until, visit } from "./world.mjs";

const folder = process.argv[2] ?? join(ROOT, "docs/screenshots");
await mkdir(folder, { recursive: true });
const LOST = "faq-identity-lost";
const CASES = `问题,期望,编号\n身份证丢了怎么补办,第一,${LOST}\n补身份证多久能拿到,前三,${LOST}\n邻居半夜装修太吵,前三,${LOST}\n`;
/** A line that pulls many questions to one subject: the gate stops it. */
const HARMFUL = "可以, 怎么, 多少 => 住房公积金, 提取住房公积金";
const FILE = `编号,标准问,相似问,答案,部门,失效日期
${LOST},身份证丢了怎么补办,身份证找不着了怎么办|身份证被偷了去哪补,丢了应当申请补领，带户口簿到派出所。,公安机关户籍管理部门,
new-1,灵活就业断缴能补吗,断缴了怎么补,按当地社保经办机构的规定办。,人社部门,
new-2,小区充电桩谁来装,,向物业提出申请。,住建部门,
new-3,个体工商户营业执照多久能办下来？必须本人去吗？,,当场登记。,市场监管部门,
bad-1,,,没有标题的一行。,住建部门,
bad-2,网约车证怎么办,,到窗口办。,交通部门,明年开春
`;

const world = await World.ofTheRepository();
await writeFile(join(world.corpus, "cases.txt"), CASES);
await world.jida("reindex");
const key = await world.key("reviewer");
const server = await world.serve();
const api = (path, more = {}) => server.api(path, { key, ...more });
const browser = await launch();

async function gap(question, department, note) {
  await api("/v1/gaps", { method: "POST", json: { question, department, note, region: "210100" } });
}
await gap("网约车司机证过期了还能不能跑", "交通部门", "司机说平台已停单");
await gap("小区充电桩谁来装", "住建部门");
await gap("灵活就业的断缴能补吗", "人社部门", "问的是去年的月份");
// A journal with calls that were lost; one gap was closed two weeks ago.
const plant = (...given) => promisify(execFile)("python3", [join(ROOT, "tests/browser/gaps_calls.py"), world.corpus, ...given]);
const { search_id } = await api(`/v1/search?q=${encodeURIComponent("身份证丢了")}&call=first&seat=A01&line=12345`);
await api("/v1/feedback", { method: "POST", json: { search_id, outcome: "answered", entry_id: LOST } });
await plant("calls");
await api("/v1/gaps/gather", { method: "POST" });
const flexible = (await api("/v1/gaps")).gaps.find(({ questions }) => questions.some(({ text }) => text === "灵活就业断缴能补吗"));
const similar_questions = flexible.questions.map(({ text }) => text);
await api("/v1/entries/flexible", { method: "PUT", json: { id: "flexible", kind: "faq", title: "灵活就业社保断缴怎么办", similar_questions, body: "按当地社保经办机构的规定办理。", department: "人力资源和社会保障部门", status: "published", reason: "补缺口" }, headers: { "If-None-Match": "*" } });
await until("it closes", () => api(`/v1/gaps/${flexible.id}`, { method: "POST", json: { status: "closed", entry_id: "flexible", reason: "写好了" } }).catch(() => null));
await plant("closed", flexible.id, "14");
await api("/v1/gaps/gather", { method: "POST" });
for (const seat of ["A01", "A02"]) {
  const asked = await api(`/v1/search?q=${encodeURIComponent("身份证掉了咋整")}&call=lost-${seat}&seat=${seat}&line=12345`);
  await api("/v1/feedback", { method: "POST", json: { search_id: asked.search_id, seat, outcome: "copied", entry_id: LOST } });
}

/** By name: the address, and what is done before the picture is taken. */
const VIEWS = {
  library: ["#/entries"],
  import: ["#/import", async (page) => {
    await page.getByLabel("把文件拖到这里").setInputFiles({ name: "常见问题.csv", mimeType: "text/csv", buffer: Buffer.from(FILE) });
    await page.getByText("拒收 2").waitFor();
  }],
  changes: [`#/entry/${LOST}`, async (page) => {
    await page.locator("#field-1-title").fill("补办证件");
    await page.locator("textarea[name=similar_questions]").fill("证件掉了");
    await page.locator("textarea[name=script]").fill("请说明是什么证件。");
    await page.locator("textarea[name=body]").fill("补办证件请到窗口。");
    await page.getByText("重问了").waitFor();
    await page.evaluate(() => scrollTo(0, 0));
  }],
  lost: [`#/entry/${LOST}`, async (page) => {
    await page.locator("textarea[name=script]").fill("带户口簿到派出所补领，六十天内发证。");
    const { version, script } = await api(`/v1/entries/${LOST}?version=newest`);
    const json = { department: "公安机关", script: `${script}补领不收加急费。`, reason: "补充" };
    await api(`/v1/entries/${LOST}`, { method: "PATCH", json, headers: { "If-Match": `"${version}"` } });
    await page.getByRole("button", { name: "发布", exact: true }).click();
    await page.locator("dialog[open] input[name=reason]").fill("改短");
    await page.locator("dialog[open] button.primary").click();
    await page.getByRole("heading", { name: "有人先改了" }).waitFor();
  }],
  gaps: ["#/gaps", async (page) => {
    await page.getByRole("button", { name: "已有条目" }).first().click();
    await page.locator(".gap").first().getByRole("searchbox").fill("断缴");
    await page.locator(".choices-of button").first().click();
    await page.getByRole("button", { name: "再问一遍", exact: true }).click();
    await page.locator(".checked").waitFor();
  }],
  "gaps-list": ["#/gaps"],
  "gaps-closed": ["#/gaps?status=closed"],
  asked: [`#/entry/${LOST}`, (page) => page.getByText("来电的人这样问过").waitFor()],
  golden: ["#/golden", async (page) => {
    await page.getByRole("button", { name: "现在考一遍" }).click();
    await page.getByText("考题 2 / 3 对").waitFor();
  }],
  why: ["#/why?q=身份证丢了怎么办"],
  reindex: ["#/reindex", async (page) => {
    await page.getByRole("button", { name: /看变化/ }).first().click();
    await page.getByText("掉出前三").first().waitFor();
  }],
};

const { text } = await api("/v1/lists/synonyms");
const seen = await fetch(`${server.address}/v1/lists/synonyms`, { headers: { Authorization: `Bearer ${key}` } });
await api("/v1/lists/synonyms", { method: "PUT", json: { text: `${text}\n${HARMFUL}\n`, reason: "试试" }, headers: { "If-Match": seen.headers.get("etag") } });
const { job } = await api("/v1/reindex", { method: "POST", json: { reason: "词表更新" } });
await until("the gate has judged", async () => !["queued", "running"].includes((await api(`/v1/jobs/${job.id}`)).state));

for (const [size, screen] of [["office", OFFICE], ["phone", PHONE]]) {
  for (const scheme of ["light", "dark"]) {
    for (const [name, [hash, act]] of Object.entries(VIEWS)) {
      const page = await visit(browser, `${server.address}/editor${hash}`, { screen, scheme, key });
      await page.locator("main h1").waitFor();
      await page.waitForLoadState("networkidle");
      await act?.(page);
      await page.waitForLoadState("networkidle");
      await page.screenshot({ path: join(folder, `editor-${name}-${size}-${scheme}.png`) });
      await page.context().close();
    }
  }
}
await browser.close();
await world.end();
