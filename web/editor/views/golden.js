// Golden questions: the editors' cases, edited as a table, asked of what is
// served now, saved; and the other questions that failed.
import { html, nothing } from "/web/vendor/lit-html/lit-html.js";
import { live } from "/web/vendor/lit-html/directives/live.js";
import { ask, tagOf } from "/web/shared/api.js";
import { toast } from "/web/shared/toast.js";
import { originName } from "../changes.js";
import { csv, during, empty, entryLink, foreign, head, isMissing, later, table, titleOf, waiting, withReason } from "../parts.js";
import { to } from "../router.js";

const EXPECTED = ["第一", "前三", "不出现"];
const NAMES = { first: "第一", among_three: "前三", absent: "不出现" };
const SAMPLE = 300;

/** Rows of the cases' file: its remarks stay with the row below them. */
export function read(text) {
  const rows = [];
  let remarks = [];
  let columns = null;
  for (const line of text.replace(/^\uFEFF/, "").split(/\r?\n/)) {
    if (line.startsWith("#")) {
      remarks.push(line);
      continue;
    }
    if (!line.trim()) continue;
    const cells = cellsOf(line);
    if (!columns) {
      columns = cells.map((cell) => ({ question: "问题", expectation: "期望", entry: "编号" })[cell] ?? cell);
      continue;
    }
    const cell = (name) => cells[columns.indexOf(name)] ?? "";
    rows.push({ question: cell("问题"), expectation: NAMES[cell("期望")] ?? cell("期望"), entry: cell("编号"), remarks });
    remarks = [];
  }
  return { rows, tail: remarks };
}

function cellsOf(line) {
  const cells = [];
  const pattern = /("(?:[^"]|"")*"|[^,]*)(,|$)/g;
  for (const [, cell, end] of line.matchAll(pattern)) {
    cells.push(cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell.trim());
    if (!end) break;
  }
  return cells;
}

/** The file of these rows. */
export function written({ rows, tail }) {
  const lines = rows.flatMap((row) => [...row.remarks, csv([[row.question, row.expectation, row.entry]]).trimEnd()]);
  return ["问题,期望,编号", ...lines, ...tail, ""].join("\n");
}

export function open({ query, redraw }) {
  const state = { isLoading: false, error: "", saved: "", cases: { rows: [], tail: [] }, tag: null, run: null, isRunning: false };
  const text = () => written(state.cases);
  const typedTitle = later(400, () => {
    state.typing = null;
    redraw();
  });
  const isDirty = () => state.start !== undefined && text() !== state.start;

  async function load() {
    await during(state, redraw, async () => {
      const { data, headers } = await ask("/v1/lists/cases");
      state.cases = read(data.text);
      state.start = text();
      state.tag = tagOf(headers);
      const question = query.get("question");
      if (question) state.cases.rows.unshift({ question, expectation: "前三", entry: query.get("entry") ?? "", remarks: [] });
    });
  }

  async function run() {
    state.isRunning = true;
    state.error = "";
    redraw();
    try {
      const json = isDirty() ? { cases: text(), sample: 0 } : { sample: SAMPLE };
      state.run = (await ask("/v1/golden/run", { method: "POST", json })).data;
      state.results = new Map(state.run.results.filter(({ origin }) => origin === "case").map((one) => [key(one.question, NAMES[one.expectation], one.entries[0]), one]));
    } catch (error) {
      state.error = error.message;
    }
    state.isRunning = false;
    redraw();
  }

  const key = (...parts) => parts.map((part) => part.trim()).join("\u0000");

  async function save() {
    const done = await withReason("保存考题", { send: "保存", suggestions: ["新增考题", "更正"] }, (reason) =>
      ask("/v1/lists/cases", { method: "PUT", json: { text: text(), reason }, headers: { "If-Match": state.tag } }));
    if (!done) return;
    toast("已保存，下次重建索引时用它把关");
    state.start = text();
    state.tag = tagOf(done.headers);
    redraw();
  }

  function set(row, field, value) {
    row[field] = value;
    redraw();
  }

  function draw() {
    const { rows } = state.cases;
    return html`
      ${head("考题", "一定要答对的问题。重建索引时用它们把关；平时也可以随时考一遍现在的索引。", html`
        <button type="button" @click=${() => { state.cases.rows.unshift({ question: "", expectation: "前三", entry: "", remarks: [] }); redraw(); }}>加一题</button>
        <button type="button" ?disabled=${state.isRunning} @click=${run}>${state.isRunning ? "正在考…" : "现在考一遍"}</button>
        <button type="button" class="primary" ?disabled=${!isDirty()} @click=${save}>保存</button>`)}
      ${waiting(state, load)} ${result()}
      <section class="card"><h2>考题 ${rows.length}${isDirty() ? html` <span class="badge warn">有改动没保存</span>` : nothing}</h2>
        ${rows.length ? table(["问题", "条目应当", "条目编号", "结果", ""], rows, { caption: "考题", key: (_, at) => at, shape: "inputs", cells }) : empty("还没有考题。点“加一题”。")}
      </section>
      ${others()}`;
  }

  function cells(row) {
    const found = state.results?.get(key(row.question, row.expectation, row.entry));
    return [
      html`<input aria-label="问题" .value=${live(row.question)} @input=${(event) => set(row, "question", event.target.value)} />`,
      html`<select aria-label="条目应当" @change=${(event) => set(row, "expectation", event.target.value)}>${EXPECTED.map((words) => html`<option ?selected=${words === row.expectation}>${words}</option>`)}</select>`,
      html`<input aria-label="条目编号" .value=${live(row.entry)} @input=${(event) => { state.typing = event.target.value; set(row, "entry", event.target.value); typedTitle(); }} />${row.entry ? html`<div class="small muted">${named(row.entry)}</div>` : nothing}`,
      found ? outcome(found) : html`<span class="muted">—</span>`,
      html`<button type="button" class="quiet danger" aria-label="删去“${row.question}”" @click=${() => { state.cases.rows = state.cases.rows.filter((other) => other !== row); redraw(); }}>删去</button>`,
    ];
  }

  /** The entry of a case; while an id is typed, not every letter of it is asked about. */
  function named(id) {
    if (id === state.typing) return nothing;
    const title = titleOf(id, redraw);
    return isMissing(id) ? html`<span class="badge bad">没有这个条目</span>` : entryLink(id, title);
  }

  function outcome(found) {
    const place = found.place ? `排第 ${found.place}` : "没有出现在前十";
    return html`<span class="badge ${found.met ? "good" : "bad"}">${found.met ? "对" : "不对"}</span> <span class="small">${place}</span>
      ${!found.met && found.first ? html`<div class="small">第一是 ${entryLink(found.first, titleOf(found.first, redraw))} <a class="nowrap" href=${to("why", "", { q: found.question })}>为什么</a></div>` : nothing}`;
  }

  function result() {
    if (!state.run) return nothing;
    const { cases, others: rest, hit1, findings, took_ms } = state.run;
    return html`<section class="card" role="status"><p>
      <span class="badge ${cases.met === cases.asked ? "good" : "bad"}">考题 ${cases.met} / ${cases.asked} 对</span>
      ${rest.asked ? html` <span class="badge">其他问题 ${rest.met} / ${rest.asked} 进前三，第一命中 ${(hit1 * 100).toFixed(1)}%</span>` : nothing}
      <span class="muted small">用了 ${(took_ms / 1000).toFixed(1)} 秒${isDirty() ? "，考的是没保存的内容" : ""}</span></p>
      ${findings.length ? html`<ul class="findings">${findings.map((one) => html`<li class="error"><span class="badge bad">要改</span> 第 ${one.line} 行：${one.message}</li>`)}</ul>` : nothing}</section>`;
  }

  function others() {
    const failed = state.run?.results.filter(({ origin }) => origin !== "case") ?? [];
    if (!failed.length) return nothing;
    return html`<section class="card"><h2>没进前三的其他问题 ${failed.length}</h2>
      ${table(["问题", "来自", "应当是", "现在"], failed, { caption: "没进前三的其他问题", key: (_, at) => at, cells: (one) => [
        foreign(one.question), originName(one.origin), html`${one.entries.map((id) => html`<div>${entryLink(id, titleOf(id, redraw))}</div>`)}`,
        html`${one.place ? `第 ${one.place}` : "前十以外"}${one.first ? html`<div class="small">第一是 ${entryLink(one.first, titleOf(one.first, redraw))} <a class="nowrap" href=${to("why", "", { q: one.question })}>为什么</a></div>` : nothing}`,
      ] })}</section>`;
  }

  load();
  return { draw, isDirty };
}
