// Warnings above the figures: what flared up against its usual course, with the
// course as a small chart, and what needs attention whatever its number.
import { html, nothing } from "/web/vendor/lit-html/lit-html.js";
import { ask } from "/web/shared/api.js";
import { openForm } from "/web/shared/dialog.js";
import { may } from "/web/shared/login.js";
import { toast } from "/web/shared/toast.js";
import { count } from "./charts.js";
import { dayName } from "./period.js";

const EVERY_MS = 60_000;
/** Seen and over ones that are listed. */
const MOST_PAST = 30;
/** Rules' calls of one name that are shown one by one. */
const MOST_OF_A_RULE = 3;
const STATES = { open: ["未处理", "bad"], acknowledged: ["已知悉", "accent"], over: ["已过去", ""] };

const state = { session: null, open: [], past: [], error: "", all: new Set() };
let redraw = () => {};

/** Begins to look for warnings, again and again; `draw` shows what came. */
export function watch(session, draw) {
  state.session = session;
  redraw = draw;
  load();
  setInterval(load, EVERY_MS);
}

async function load() {
  try {
    const { data } = await ask("/v1/warnings", { query: { limit: 200 } });
    state.open = data.warnings.filter((warning) => warning.state === "open");
    state.past = data.warnings.filter((warning) => warning.state !== "open").slice(0, MOST_PAST);
    state.error = "";
  } catch (error) {
    state.error = error.message;
  }
  redraw();
}

/** The charts of what is shown, by the canvas's id. */
export function charts() {
  const drawn = state.open.filter(({ days }) => days.length);
  return Object.fromEntries(drawn.map(({ id, days }) => [`warning-${id}`, {
    kind: "course", height: 120,
    data: { labels: days.map(({ day }) => dayName(day)), calls: days.map(({ calls }) => calls), usual: days.map(({ usual }) => usual) },
  }]));
}

/** The section above the figures. */
export function warnings() {
  if (state.error) return html`<p class="error" role="alert">预警没有读到：${state.error}</p>`;
  const flares = state.open.filter(({ kind }) => kind !== "rule");
  const rules = new Map();
  for (const one of state.open.filter(({ kind }) => kind === "rule")) rules.set(one.name, [...(rules.get(one.name) ?? []), one]);
  if (!state.open.length && !state.past.length) return nothing;
  return html`<section class="warnings" aria-label="预警">
    <h2>预警 ${state.open.length ? html`<span class="badge bad">${state.open.length} 条未处理</span>` : html`<span class="badge good">都处理了</span>`}</h2>
    ${state.open.length ? html`<div class="flares">${[...rules].map(([name, calls]) => ofRule(name, calls))}${flares.map(flare)}</div>` : nothing}
    ${state.past.length ? html`<details class="past"><summary>已知悉和已过去的 ${state.past.length} 条</summary><ul>${state.past.map(line)}</ul></details>` : nothing}
  </section>`;
}

function flare(warning) {
  const { id, title, expected, calls, since, also, days } = warning;
  return html`<article class="card warning" data-id=${id}>
    <header><h3 class="foreign">${title}</h3>${expected >= 1 ? html`<span class="badge bad">平时的 ${(calls / expected).toFixed(1)} 倍</span>` : nothing}</header>
    <p class="muted">从 ${moment(since)} 起${also.length ? html`；一起多起来的：<span class="foreign">${also.join("、")}</span>` : nothing}</p>
    <div class="drawn"><canvas id="warning-${id}" role="img" aria-label="近 ${days.length} 天每天的电话和平时的水平"></canvas></div>
    ${asked(warning)} ${where(warning)} ${shown(warning)} ${seen(warning)}
  </article>`;
}

function ofRule(name, calls) {
  const isAll = state.all.has(name);
  const all = () => { state.all.add(name); redraw(); };
  return html`<article class="card warning rule" data-rule=${name}>
    <header><h3 class="foreign">${name}</h3><span class="badge bad">${calls.length} 通电话</span></header>
    <ul class="calls">${(isAll ? calls : calls.slice(0, MOST_OF_A_RULE)).map((warning) => html`<li data-id=${warning.id}>
      <p><span class="muted">${moment(warning.since)} ${warning.places.map((place) => place.name).join("")}</span></p>
      ${warning.questions ? html`<p class="foreign">${warning.questions.join("；")}</p>` : nothing} ${seen(warning)}</li>`)}</ul>
    ${calls.length > MOST_OF_A_RULE && !isAll ? html`<button type="button" class="link" @click=${all}>全部 ${calls.length} 通</button>` : nothing}
  </article>`;
}

function asked({ questions }) {
  if (!questions?.length) return nothing;
  return html`<p class="label">问的什么</p><ul class="questions" tabindex="0" aria-label="问的什么">${questions.map((question) => html`<li class="foreign">${question}</li>`)}</ul>`;
}

function where({ places, kind }) {
  if (!places.length || (places.length === 1 && kind === "place")) return nothing;
  return html`<p><span class="label">哪里</span> ${places.map(({ name, calls }) => html`<span class="badge">${name} ${count(calls)}</span> `)}</p>`;
}

function shown({ entries }) {
  if (!entries.length) return nothing;
  return html`<p><span class="label">查到的</span> <span class="foreign">${entries.map(({ title, calls }) => `${title}（${count(calls)}）`).join("、")}</span></p>`;
}

function seen(warning) {
  if (!may(state.session, "editor")) return nothing;
  return html`<p class="row end"><button type="button" @click=${() => acknowledge(warning)} aria-label="已知悉：${warning.title}">已知悉</button></p>`;
}

function line({ id, title, state: now, acknowledged, raised_at: at }) {
  const [words, tone] = STATES[now];
  return html`<li data-id=${id}><span class="badge ${tone}">${words}</span> <span class="foreign">${title}</span>
    <span class="muted">${moment(at)}${acknowledged ? html` · <bdi class="foreign">${acknowledged.by.replace(/\s*[（(].*$/, "")}</bdi>${acknowledged.note ? html`：<span class="foreign">${acknowledged.note}</span>` : nothing}` : nothing}</span></li>`;
}

async function acknowledge({ id, title }) {
  const fields = html`<p class="foreign">${title}</p><label>说明（可不写）<input name="note" maxlength="300" autocomplete="off" autofocus /></label>`;
  const done = await openForm("已知悉", fields, {
    send: "已知悉",
    submit: async (data) => (await ask(`/v1/warnings/${id}`, { method: "POST", json: { state: "acknowledged", note: data.get("note").trim() } })).data,
  });
  if (!done) return;
  toast("已记下");
  await load();
}

function moment(at) {
  const when = new Date(at);
  const two = (number) => String(number).padStart(2, "0");
  return `${when.getMonth() + 1}月${when.getDate()}日 ${two(when.getHours())}:${two(when.getMinutes())}`;
}
