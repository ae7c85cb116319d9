// The managers' page: figures that are the API's, charts with their tables,
// what can be taken along, both screens, both sets of colours, paper.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { Managers } from "./managers_world.mjs";
import { OFFICE, PHONE, overflow, seriousFindings, visit } from "./world.mjs";

let managers;
before(async () => {
  managers = await Managers.start();
});
after(() => managers?.end());

const percent = (share) => `${(share * 100).toFixed(1)}%`;

for (const [size, screen, scheme] of [["office", OFFICE, "light"], ["phone", PHONE, "dark"]]) {
  test(`the page on the ${size} screen, ${scheme}`, async () => {
    const page = await managers.open("", { screen, scheme });
    assert.deepEqual(await seriousFindings(page), []);
    assert.equal(await overflow(page), 0);
    await page.locator("details summary").first().click();
    assert.deepEqual(await seriousFindings(page), []);
    assert.deepEqual(page.troubles, []);
    await page.context().close();
  });
}

test("the cards are the API's figures, beside the period before", async () => {
  const page = await managers.open();
  const report = await managers.server.api("/v1/stats/figures", { key: managers.agent });
  for (const { name, unit, value, numerator, denominator } of report.figures) {
    const card = page.locator(`.figure[data-name=${name}]`);
    const shown = await card.locator(".value").innerText();
    if (unit === "share") assert.equal(shown, value === null ? "—" : percent(value), name);
    else assert.match(shown, /^[\d.]+ 秒$/);
    if (numerator) assert.equal((await card.locator(".parts").innerText()).replaceAll(",", ""), `${numerator.count} ÷ ${denominator.count}`, name);
  }
  const [first] = report.figures;
  assert.ok(first.denominator.count > 500 && first.before.denominator > 500, JSON.stringify(first));
  const change = Math.abs(Math.round((first.value - first.before.value) * 1000) / 10);
  assert.match(await page.locator(".large .change").innerText(), new RegExp(`[▲▼] ${change.toFixed(1)} 个百分点`));
  await page.context().close();
});

test("every chart is drawn, and its table has the numbers of the API", async () => {
  const page = await managers.open();
  const drawn = await page.evaluate(() => [...document.querySelectorAll("canvas")].map((canvas) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return [canvas.id, data.some((part, at) => at % 4 === 3 && part > 0)];
  }));
  assert.equal(drawn.length, 8);
  for (const [id, isDrawn] of drawn) assert.ok(isDrawn, id);
  const { groups } = await managers.server.api("/v1/stats/groups?by=topic", { key: managers.agent });
  const figure = page.locator("figure", { has: page.locator("#chart-topics") });
  await figure.locator("summary").click();
  for (const { name, counts } of groups.filter(({ counts }) => counts.accepted)) {
    const row = figure.locator("tr", { has: page.locator("th", { hasText: new RegExp(`^${name}$`) }) });
    const cells = (await row.locator("td").allInnerTexts()).map((text) => text.replaceAll(",", ""));
    assert.deepEqual(cells.slice(0, 5), [percent(counts.answered / counts.accepted), ...[counts.answered, counts.dispatched, counts.abandoned, counts.accepted].map(String)], name);
  }
  await page.context().close();
});

test("a line and a place narrow everything, and the address keeps them", async () => {
  const page = await managers.open();
  await page.locator("select[name=line]").selectOption("8890");
  await page.locator("select[name=region]").selectOption("210102");
  await page.locator("h1 small", { hasText: "和平区 · 8890" }).waitFor();
  const { counts } = await managers.server.api("/v1/stats/figures?line=8890&region=210102", { key: managers.agent });
  assert.equal((await page.locator(".large .parts").innerText()).replaceAll(",", ""), `${counts.answered} ÷ ${counts.accepted}`);
  assert.match(page.url(), /line=8890.*region=210102/);
  await page.reload();
  await page.locator("h1 small", { hasText: "和平区 · 8890" }).waitFor();
  assert.equal(await page.locator("select[name=region]").inputValue(), "210102");
  await page.getByRole("button", { name: "近 7 天" }).click();
  await page.waitForLoadState("networkidle");
  assert.equal(await page.getByRole("button", { name: "近 7 天" }).getAttribute("aria-pressed"), "true");
  await page.context().close();
});

test("a table and a picture are taken along", async () => {
  const page = await managers.open();
  const taken = async (name) => {
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name }).click()]);
    return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) };
  };
  const table = await taken("下载表格：各部门");
  assert.match(table.name, /^各部门-.*\.csv$/);
  assert.match(table.bytes.toString(), /^\uFEFF部门,即时答复率,.*\r\n/);
  assert.match(table.bytes.toString(), /住房和城乡建设局,\d+\.\d%,\d+/);
  const image = await taken("下载图片：各主题");
  assert.equal(image.bytes.subarray(1, 4).toString(), "PNG");
  assert.ok(image.bytes.length > 5_000, `${image.bytes.length} bytes`);
  const all = await taken("下载指标");
  assert.match(all.bytes.toString(), /即时答复率,\d+\.\d%,\d+,\d+,/);
  await page.context().close();
});

test("on paper it is a report: light, with the formulas, without controls", async () => {
  const page = await managers.open("", { scheme: "dark" });
  await page.emulateMedia({ media: "print" });
  assert.equal(await page.locator(".filters").isVisible(), false);
  assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor + getComputedStyle(document.querySelector(".card")).backgroundColor), "rgba(0, 0, 0, 0)rgb(255, 255, 255)");
  assert.equal(await page.locator(".formulas dt").count(), 12);
  const pdf = await page.pdf({ preferCSSPageSize: true });
  assert.equal(pdf.subarray(0, 4).toString(), "%PDF");
  const pages = pdf.toString("latin1").match(/\/Type\s*\/Page\b(?!s)/g).length;
  assert.ok(pages >= 1 && pages <= 5, `${pages} pages`);
  await page.context().close();
});

test("without a fitting key it asks for one; the desks lead here", async () => {
  const page = await visit(managers.browser, `${managers.server.address}/managers`, { key: managers.chatbot });
  await page.getByText("要“话务员”以上的密钥").waitFor();
  assert.equal(await page.locator(".cards").count(), 0);
  await page.getByRole("textbox", { name: "密钥" }).fill(managers.agent);
  await page.getByRole("dialog").getByRole("button", { name: "登录" }).click();
  await page.locator(".cards .large .value").waitFor();
  await page.context().close();
  for (const [path, key] of [["/editor", managers.editor], ["/", managers.agent]]) {
    const desk = await visit(managers.browser, managers.server.address + path, { key });
    await desk.locator("a[href='/managers']").waitFor();
    await desk.context().close();
  }
});

test("an empty month says so, and nothing breaks", async () => {
  const page = await managers.open("#from=2020-01-01&to=2020-01-31");
  await page.getByText("这段时间没有记下电话").waitFor();
  assert.equal(await page.locator(".large .value").innerText(), "—");
  assert.equal(await page.locator("h1").innerText(), "2020年1月");
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});
