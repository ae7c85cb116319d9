// Corrections: errors that agents saw, each leading to its entry.
import { html, nothing } from "/web/vendor/lit-html/lit-html.js";
import { ask } from "/web/shared/api.js";
import { toast } from "/web/shared/toast.js";
import { during, empty, entryLink, foreign, head, moment, titleOf, waiting, who, withReason } from "../parts.js";
import { restate, to } from "../router.js";

const STATES = { open: ["warn", "待改"], done: ["good", "已改"], dismissed: ["", "不用改"] };

export function open({ query, redraw }) {
  const state = { isLoading: false, error: "", rows: [], next: null, status: query.get("status") ?? "open", department: query.get("department") ?? "" };

  async function load(after) {
    await during(state, redraw, async () => {
      const { data } = await ask("/v1/corrections", { query: { status: state.status, department: state.department, after, limit: 50 } });
      state.rows = after ? [...state.rows, ...data.corrections] : data.corrections;
      state.next = data.next;
    });
  }

  function change(name, value) {
    state[name] = value;
    restate("corrections", "", { status: state.status, department: state.department });
    load();
  }

  async function settle(row, status, title, suggestions) {
    const done = await withReason(title, { send: "确定", suggestions }, (reason) => ask(`/v1/corrections/${encodeURIComponent(row.id)}`, { method: "POST", json: { status, reason } }));
    if (!done) return;
    toast(`已记为“${STATES[status][1]}”`);
    await load();
  }

  function draw() {
    return html`
      ${head("纠错", "话务员在条目里看到的错。改好条目，再记为已改。")}
      <div class="row filters-of">
        <div class="tabs" role="group" aria-label="状态">${Object.entries(STATES).map(([status, [, words]]) => html`<button type="button" aria-pressed=${status === state.status} @click=${() => change("status", status)}>${words}</button>`)}</div>
        <label class="inline">部门<input .value=${state.department} placeholder="全部" @change=${(event) => change("department", event.target.value.trim())} /></label>
      </div>
      ${waiting(state, () => load())}
      ${state.rows.length ? html`<ul class="work">${state.rows.map(row)}</ul>` : state.isLoading || state.error ? nothing : empty(state.status === "open" ? "没有待改的纠错。" : "没有。")}
      ${state.next ? html`<p class="more"><button type="button" @click=${() => load(state.next)}>再显示 50 条</button></p>` : nothing}`;
  }

  function row(one) {
    const [tone, words] = STATES[one.status] ?? ["", one.status];
    return html`<li class="card" data-key=${one.id}>
      <div class="row"><h2 class="grow">${entryLink(one.entry_id, titleOf(one.entry_id, redraw))}</h2><span class="badge ${tone}">${words}</span></div>
      <p class="foreign plain">${one.text}</p>
      <p class="muted small">${who(one.made_by)} · ${moment(one.made_at)}${one.department ? html` · ${foreign(one.department)}` : nothing}${one.reason ? html` · ${foreign(one.reason)}` : nothing}</p>
      <p class="row">${one.status === "open"
        ? html`<a class="button primary" href=${to("entry", one.entry_id)}>去改条目</a>
          <button type="button" @click=${() => settle(one, "done", "已经改好", ["已更正"])}>已改</button>
          <button type="button" class="quiet" @click=${() => settle(one, "dismissed", "不用改", ["核对过，没有错"])}>不用改</button>`
        : html`<button type="button" class="quiet" @click=${() => settle(one, "open", "重新打开", ["没有改对"])}>重新打开</button>`}</p>
    </li>`;
  }

  load();
  return { draw };
}
