// The managers' page: the figures of a period beside the one before, charts, a
// report to print. Each picture stands beside its table, and both can be taken along.
import { html, nothing, render } from "/web/vendor/lit-html/lit-html.js";
import { ask } from "/web/shared/api.js";
import { csv, download, save } from "/web/shared/files.js";
import { logIn, logOut, may, whoAmI } from "/web/shared/login.js";
import { toast } from "/web/shared/toast.js";
import { count, drawAll, picture, resizeAll } from "./charts.js";
import { CARDS, moved, ofDays, ofHours, ofNames, ofPlaces, ofSteps, partsOf, valueOf } from "./figures.js";
import { drawGaps, readGaps } from "./gaps.js";
import { PERIODS, asked, daysOf, keep, periodName } from "./period.js";
import * as flares from "./warnings.js";

const LINES = [["", "全部线路"], ["12345", "12345"], ["8890", "8890"], ["web", "网页"], ["chatbot", "机器人"]];
const LINE_NAMES = Object.fromEntries(LINES);
const state = { session: null, chosen: asked(), report: null, gaps: null, charts: {}, places: [], isLoading: false, error: "" };
let turn = 0;

const redraw = () => {
  render(page(), document.body);
  drawAll(allCharts());
};
const allCharts = () => ({ ...flares.charts(), ...state.charts });

async function load() {
  const mine = (turn += 1);
  Object.assign(state, { isLoading: true, error: "" });
  keep(state.chosen);
  redraw();
  try {
    const { from, to, line, region } = state.chosen;
    const query = { from, to, line, region };
    const groups = (by, more = {}) => ask("/v1/stats/groups", { query: { ...query, by, ...more } }).then(({ data }) => data.groups);
    const isCity = region && !region.endsWith("00") ? "district" : region && !region.endsWith("0000") ? "city" : "";
    const [{ data: report }, days, hours, lines, places, topics, departments, all] = await Promise.all([
      ask("/v1/stats/figures", { query }), groups("day"), groups("hour"), groups("line"),
      groups(isCity ? "region" : "city"), groups("topic"), groups("department"), groups("region", { region: "", line: "" }).catch(() => []),
    ]);
    const before = report.before ? await groups("day", report.before) : [];
    const gaps = may(state.session, "editor") ? await readGaps() : null;
    if (mine !== turn) return;
    state.report = report;
    state.gaps = gaps;
    state.places = placesOf(all);
    state.charts = chartsOf({ report, days, before, hours, lines, places, topics, departments, isCity });
  } catch (error) {
    if (mine === turn) state.error = error.message;
  }
  if (mine === turn) state.isLoading = false;
  redraw();
}

/** Provinces, cities and districts that calls came from, the larger before the smaller. */
function placesOf(groups) {
  const named = new Map(groups.filter(({ key }) => key && key !== "000000").map(({ key, name }) => [key, name]));
  return [...named].sort(([one], [other]) => (one < other ? -1 : 1)).map(([code, name]) => ({ code, name, level: code.endsWith("0000") ? 0 : code.endsWith("00") ? 1 : 2 }));
}

function chartsOf({ report, days, before, hours, lines, places, topics, departments, isCity }) {
  const names = (groups, name) => ofNames(groups, name);
  const tall = ({ data }) => 46 + 34 * Math.max(data.labels.length, 1);
  const regions = names(places, isCity ? "区县" : "城市");
  const charts = {
    "chart-days": { title: "每天的即时答复率", about: "线是即时答复率，虚线是上期，柱是已知结果的电话", kind: "trend", height: 280, ...ofDays(days, before, report, report.before) },
    "chart-steps": { title: "从查询到答复", about: "每一步都在上一步里；看了是打开或复制过；机器人的不算", kind: "steps", height: 280, ...ofSteps(report.counts, report.counts_before) },
    "chart-places": { title: isCity ? "各区县" : "各城市", about: isCity === "district" ? "即时答复率，浅条是上期" : "即时答复率，浅条是上期；点一条只看那里", kind: "shares", ...regions },
    "chart-topics": { title: "各主题", about: "按用的条目的分类；电话多的在前", kind: "shares", ...names(topics, "主题") },
    "chart-departments": { title: "各部门", about: "转派给谁，或用的条目归谁；电话多的在前", kind: "shares", ...names(departments, "部门") },
    "chart-hours": { title: "一天里的时段", about: "线是即时答复率，虚线是上期，柱是已知结果的电话", kind: "trend", height: 330, ...ofHours(hours) },
    "chart-lines": { title: "各线路", about: "即时答复率，浅条是上期", kind: "shares", ...names(lines, "线路") },
    "chart-hits": { title: "用的条目排在第几", about: "复制或据以答复的条目在查到的结果里的位置", kind: "steps", height: 170, ...ofPlaces(report.counts, report.counts_before) },
  };
  for (const chart of Object.values(charts)) chart.height ??= tall(chart);
  if (isCity !== "district") {
    charts["chart-places"].data.choose = (at) => regions.keys[at] && choose({ region: regions.keys[at] });
  }
  return charts;
}

function choose(change) {
  Object.assign(state.chosen, change);
  load();
}

function page() {
  if (!may(state.session, "agent")) return locked();
  const { report } = state;
  return html`
    <header class="top">
      <span class="brand"><img src="/web/shared/icon.svg" alt="" width="22" height="22" />即答 · 数据</span>
      <span class="grow"></span>
      <span class="who">${state.session.role_name} <bdi class="foreign">${state.session.name.replace(/\s*[（(].*$/, "")}</bdi></span>
      ${may(state.session, "editor") ? html`<a class="button quiet" href="/editor">采编台</a>` : nothing}
      <a class="button quiet" href="/">话务员台</a>
      <button type="button" class="quiet" @click=${logOut}>退出</button>
    </header>
    <main id="main">
      <header class="head">
        <h1>${report ? periodName(report) : "数据"}<small class="muted">${whose()}</small></h1>
        <p class="muted">${report?.before ? `与${periodName(report.before)}比` : nothing}</p>
      </header>
      ${flares.warnings()}
      ${filters()}
      ${state.error ? html`<div class="error row" role="alert"><span class="grow">${state.error}</span><button type="button" @click=${load}>再试一次</button></div>` : nothing}
      <p class="visually-hidden" role="status">${state.isLoading ? "正在读取" : report ? "已更新" : ""}</p>
      ${report ? shown(report) : state.error ? nothing : html`<p class="muted">正在读取…</p>`}
    </main>`;
}

function whose() {
  const { report } = state;
  const parts = [report?.region ? report.region_name ?? report.region : "", report?.line ? LINE_NAMES[report.line] : ""].filter(Boolean);
  return parts.length ? ` · ${parts.join(" · ")}` : "";
}

function filters() {
  const { from, to, line, region } = state.chosen;
  const is = (name) => daysOf(name).from === from && daysOf(name).to === to;
  const day = (name, words, value) => html`<label>${words}<input type="date" name=${name} .value=${value} required @change=${(event) => event.target.value && choose({ [name]: event.target.value })} /></label>`;
  return html`<form class="filters card" @submit=${(event) => event.preventDefault()}>
    <div class="tabs" role="group" aria-label="哪段时间">${Object.entries(PERIODS).map(([name, [words]]) => html`<button type="button" aria-pressed=${is(name)} @click=${() => choose(daysOf(name))}>${words}</button>`)}</div>
    ${day("from", "从", from)} ${day("to", "到", to)}
    <label>线路<select name="line" @change=${(event) => choose({ line: event.target.value })}>${LINES.map(([value, words]) => html`<option value=${value} .selected=${value === line}>${words}</option>`)}</select></label>
    <label>区域<select name="region" @change=${(event) => choose({ region: event.target.value })}>
      <option value="" .selected=${!region}>全部区域</option>
      ${placesWith(region).map(({ code, name, level }) => html`<option value=${code} .selected=${code === region}>${"\u3000".repeat(level)}${name}</option>`)}
    </select></label>
    <span class="grow"></span>
    <button type="button" @click=${saveFigures} ?disabled=${!state.report}>下载指标</button>
    <button type="button" class="primary" @click=${() => print()} ?disabled=${!state.report}>打印报告</button>
  </form>`;
}

/** The places, and the chosen one where no call is from there. */
function placesWith(region) {
  const isKnown = !region || state.places.some(({ code }) => code === region);
  return isKnown ? state.places : [{ code: region, name: state.report?.region_name ?? region, level: 0 }, ...state.places];
}

function shown(report) {
  const figures = new Map(report.figures.map((figure) => [figure.name, figure]));
  const [[first], ...groups] = CARDS;
  const isEmpty = !report.counts.calls;
  return html`
    <section class="cards" aria-label="指标" aria-busy=${state.isLoading}>
      ${card(figures.get(first), "large")}
      ${groups.map((names) => names.map((name) => (name === "calls" ? volume(report) : card(figures.get(name)))))}
    </section>
    ${isEmpty ? html`<p class="card empty muted">这段时间没有记下电话。查询、复制和结果由话务员台和接口自动记下；换一段时间看看。</p>` : html`
      <section class="charts" aria-label="图">${Object.entries(state.charts).map(([id, chart]) => (chart.rows.length ? figure(id, chart) : nothing))}</section>`}
    ${drawGaps(state.gaps)}
    <section class="card formulas"><h2>怎么算的</h2>
      <dl>${report.figures.map(({ title, formula }) => html`<div><dt>${title}</dt><dd>${formula}</dd></div>`)}</dl>
      <p class="muted">电话算在它第一次查询或第一次有结果的那一天；后来补报的结果改那一天的数。纠错要在 ${report.correction_days} 天内办结。更新、纠错和缺口不分线路。</p>
    </section>`;
}

function card(figure, shape = "") {
  const change = moved(figure);
  return html`<article class="card figure ${shape}" data-name=${figure.name}>
    <h2>${figure.title}</h2>
    <p class="value">${valueOf(figure)}</p>
    <p class="change">${change ? html`<span class="badge ${change.tone}">${change.words}</span>` : html`<span class="badge">上期没有数</span>`}${figure.before && change ? html`<span class="muted">上期 ${valueOf({ ...figure, value: figure.before.value })}</span>` : nothing}</p>
    <p class="muted parts">${partsOf(figure)}</p>
    ${shape ? html`<p class="muted formula">${figure.formula}</p>` : nothing}
  </article>`;
}

/** How much there was. */
function volume({ counts, counts_before: before }) {
  const change = before?.calls ? Math.round((counts.calls / before.calls - 1) * 1000) / 10 : null;
  return html`<article class="card figure" data-name="calls">
    <h2>电话</h2>
    <p class="value">${count(counts.calls)}</p>
    <p class="change">${change === null ? html`<span class="badge">上期没有数</span>` : html`<span class="badge">${change < 0 ? "▼" : "▲"} ${Math.abs(change).toFixed(1)}%</span><span class="muted">上期 ${count(before.calls)}</span>`}</p>
    <p class="muted parts">查询 ${count(counts.searches)} 次</p>
  </article>`;
}

function figure(id, chart) {
  const width = { "chart-days": "wide", "chart-steps": "narrow" }[id] ?? "";
  return html`<figure class="card chart ${width}" aria-labelledby="${id}-title">
    <figcaption><div class="grow"><h2 id="${id}-title">${chart.title}</h2><p class="muted">${chart.about}${chart.left ? `；另有 ${chart.left} 个见表格` : ""}</p></div>
      <div class="take"><button type="button" class="quiet" @click=${() => savePicture(id)} aria-label="下载图片：${chart.title}">图片</button><button type="button" class="quiet" @click=${() => saveTable(id)} aria-label="下载表格：${chart.title}">表格</button></div></figcaption>
    <div class="drawn"><canvas id=${id} role="img" aria-label="${chart.title}，数在下面的表里"></canvas></div>
    <details><summary>看数</summary><div class="scrolls" tabindex="0" role="region" aria-label="${chart.title}的表"><table>
      <thead><tr>${chart.columns.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
      <tbody>${chart.rows.map(([first, ...rest]) => html`<tr><th scope="row" class="foreign">${first}</th>${rest.map((cell) => html`<td>${typeof cell === "number" ? cell.toLocaleString("zh-CN") : cell}</td>`)}</tr>`)}</tbody>
    </table></div></details>
  </figure>`;
}

const about = () => `${periodName(state.report)}${whose()}`;
const fileName = (title) => `${title}-${state.report.from}-${state.report.to}`;

async function savePicture(id) {
  const { title } = state.charts[id];
  save(`${fileName(title)}.png`, await picture(id, title, `${about()} · 即答`));
  toast("图片已下载");
}

function saveTable(id) {
  const { title, columns, rows } = state.charts[id];
  download(`${fileName(title)}.csv`, csv([columns, ...rows]));
  toast("表格已下载");
}

function saveFigures() {
  const rows = state.report.figures.map((figure) => [figure.title, valueOf(figure), figure.numerator?.count ?? "", figure.denominator.count, figure.before ? valueOf({ ...figure, value: figure.before.value }) : "", figure.formula]);
  download(`${fileName("指标")}.csv`, csv([["指标", "值", "分子", "分母", "上期", "怎么算的"], ...rows]));
  toast("指标已下载");
}

function locked() {
  const words = state.session?.role ? `现在用的是“${state.session.role_name}”的密钥，数据页要“话务员”以上的密钥。` : "数据页要用密钥登录：话务员以上的都行。";
  return html`<main class="locked card"><h1>即答 · 数据</h1><p>${words}</p><p><button type="button" class="primary" @click=${enter}>登录</button></p></main>`;
}

async function enter() {
  const session = await logIn("数据页要用话务员以上的密钥。");
  if (session) await begin(session);
}

async function begin(session) {
  state.session = session;
  if (may(session, "agent")) {
    flares.watch(session, redraw);
    await load();
  }
  else redraw();
}

// Paper is light, and as wide as it is; charts follow both.
const again = () => requestAnimationFrame(() => drawAll(allCharts()));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
matchMedia("print").addEventListener("change", () => drawAll(allCharts()));
addEventListener("beforeprint", () => { drawAll(allCharts()); resizeAll(); });
addEventListener("afterprint", again);
addEventListener("hashchange", () => {
  state.chosen = asked();
  load();
});

whoAmI().then(async (session) => {
  await begin(session);
  if (!may(session, "agent")) await enter();
}, (error) => {
  render(html`<main class="locked card"><h1>即答 · 数据</h1><p class="error" role="alert">${error.message}</p>
    <p><button type="button" @click=${() => location.reload()}>再试一次</button></p></main>`, document.body);
});
