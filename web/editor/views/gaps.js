// Gaps as a work list, the largest first: open → an entry written → asked again
// → closed, and what closing changed.
import { html, nothing } from "/web/vendor/lit-html/lit-html.js";
import { ask } from "/web/shared/api.js";
import { may } from "/web/shared/login.js";
import { toast } from "/web/shared/toast.js";
import { during, empty, entryLink, foreign, head, moment, titleOf, waiting, who, withReason } from "../parts.js";
import { Picker } from "../picker.js";
import { restate, to } from "../router.js";
import { write } from "./entry.js";

/** Why calls were lost, the strongest reason first. */
const REASONS = { reported: "话务员登记", dispatched: "转派", no_result: "没查到", refused: "机器人没答", not_opened: "没点开" };
const ORDERS = { size: "丢得多的在前", newest: "新的在前" };
/** Wordings that are shown before somebody asks for all. */
const FIRST_WORDINGS = 4;

const STATES = { open: ["warn", "待补"], closed: ["good", "已补上"], dismissed: ["", "不处理"] };

export function open({ query, session, redraw }) {
  const state = {
    isLoading: false, error: "", gaps: [], next: null, effect: null, isGathering: false, work: new Map(),
    status: query.get("status") ?? "open", department: query.get("department") ?? "", sort: query.get("sort") ?? "size",
  };

  async function load(after) {
    await during(state, redraw, async () => {
      const { data } = await ask("/v1/gaps", { query: { status: state.status, department: state.department, sort: state.sort, after, limit: 50 } });
      state.gaps = after ? [...state.gaps, ...data.gaps] : data.gaps;
      state.next = data.next;
      state.effect = data.effect;
      // Back from the form: the gap it was written for is asked again.
      const [check, entry] = [query.get("check"), query.get("entry")];
      if (check && entry) {
        query.delete("check");
        if (!state.gaps.some(({ id }) => String(id) === check)) state.gaps.unshift((await ask(`/v1/gaps/${encodeURIComponent(check)}`)).data);
        const gap = state.gaps.find(({ id }) => String(id) === check);
        workOf(gap).picker.ids = [entry];
        await checkAgain(gap);
      }
    });
  }

  function workOf(gap) {
    if (!state.work.has(gap.id)) {
      const work = { checked: null, isOpen: false };
      work.picker = new Picker({ label: "由哪个条目回答", most: 1, redraw, changed: () => { work.checked = null; } });
      if (gap.entry_id) work.picker.ids = [gap.entry_id];
      state.work.set(gap.id, work);
    }
    return state.work.get(gap.id);
  }

  const path = (gap) => `/v1/gaps/${encodeURIComponent(gap.id)}`;

  async function checkAgain(gap) {
    const work = workOf(gap);
    Object.assign(work, { isOpen: true, isChecking: true, error: "" });
    redraw();
    try {
      work.checked = (await ask(`${path(gap)}/check`, { method: "POST", json: { entry_id: work.picker.ids[0] } })).data;
    } catch (error) {
      work.error = error.message;
    }
    work.isChecking = false;
    redraw();
  }

  async function settle(gap, title, send, json, suggestions) {
    const done = await withReason(title, { send, suggestions }, async (reason) => {
      try {
        return (await ask(path(gap), { method: "POST", json: { ...json, reason } })).data;
      } catch (error) {
        if (error.problem?.questions) workOf(gap).checked = { closes: false, questions: error.problem.questions };
        redraw();
        throw error;
      }
    });
    if (!done) return;
    toast({ closed: "缺口已关闭", dismissed: "已记为不处理", open: "已重新打开" }[json.status] ?? "已转给部门");
    state.work.delete(gap.id);
    await load();
  }

  async function assign(gap) {
    const fields = html`<label>部门<input name="department" required .value=${gap.department ?? ""} /></label>`;
    const done = await withReason("转给部门", { send: "转给", fields }, (reason, data) => ask(path(gap), { method: "POST", json: { department: String(data.get("department")), reason } }));
    if (done) await load();
  }

  /** One click: a wording that does not belong, or one taken out by mistake. */
  async function say(gap, step, text) {
    const work = workOf(gap);
    const reason = step === "take_out" ? "不属于这个缺口" : "移错了";
    const after = await during(state, redraw, async () => (await ask(path(gap), { method: "POST", json: { [step]: text, reason } })).data);
    if (!after) return;
    state.gaps[state.gaps.findIndex(({ id }) => id === gap.id)] = after;
    toast(step === "take_out" ? "已移出，不再归到这个缺口" : "已放回，下次看日志时归回来");
    redraw();
    if (work.checked) await checkAgain(after);
  }

  function change(name, value) {
    state[name] = value;
    restate("gaps", "", { status: state.status, department: state.department, sort: state.sort });
    load();
  }

  /** Reads the journal now; it is read by itself every ten minutes. */
  async function gather() {
    state.isGathering = true;
    redraw();
    const found = await during(state, redraw, async () => (await ask("/v1/gaps/gather", { method: "POST" })).data);
    state.isGathering = false;
    if (!found) return redraw();
    toast(`看了 ${found.calls} 通电话，${found.lost} 通没答上；新缺口 ${found.new} 个，重新打开 ${found.returned} 个`);
    await load();
  }

  function draw() {
    const departments = [...new Set(state.gaps.map(({ department }) => department).filter(Boolean))];
    return html`
      ${head("缺口", "没查到、没点开、转派了、话务员登记的问题，意思相同的归在一起。写好条目以后把问题再问一遍，查得到才算补上。",
        may(session, "reviewer") ? html`<button type="button" ?disabled=${state.isGathering} @click=${gather}>${state.isGathering ? "正在看日志…" : "现在看一遍日志"}</button>` : nothing)}
      <div class="row filters-of">
        <div class="tabs" role="group" aria-label="状态">${Object.entries(STATES).map(([status, [, words]]) => html`<button type="button" aria-pressed=${status === state.status} @click=${() => change("status", status)}>${words}</button>`)}</div>
        <label class="inline">排序<select name="sort" @change=${(event) => change("sort", event.target.value)}>${Object.entries(ORDERS).map(([order, words]) => html`<option value=${order} .selected=${order === state.sort}>${words}</option>`)}</select></label>
        <label class="inline">部门<input list="departments" .value=${state.department} placeholder="全部" @change=${(event) => change("department", event.target.value.trim())} /></label>
        <datalist id="departments">${departments.map((name) => html`<option value=${name}></option>`)}</datalist>
      </div>
      ${waiting(state, () => load())}
      ${state.status === "closed" && state.effect?.gaps ? whole(state.effect) : nothing}
      ${state.gaps.length ? html`<ul class="work">${state.gaps.map(row)}</ul>` : state.isLoading || state.error ? nothing : empty(state.status === "open" ? "没有待补的缺口。" : "没有。")}
      ${state.next ? html`<p class="more"><button type="button" @click=${() => load(state.next)}>再显示 50 条</button></p>` : nothing}`;
  }

  function row(gap) {
    const work = workOf(gap);
    // Of a gap on which nothing is lost any more no wording is known.
    const first = gap.questions[0] ?? { text: "" };
    const [tone, words] = STATES[gap.status] ?? ["", gap.status];
    const isOpenGap = gap.status === "open";
    return html`<li class="card gap" data-key=${gap.id}>
      <div class="row"><p class="size"><strong>${perWeek(gap.calls_per_week)}</strong>通／周</p><h2 class="grow"><span class="foreign">${first.text}</span>${gap.wordings > 1 ? takeOut(gap, first.text) : nothing}</h2>
        ${gap.returned_at ? html`<span class="badge bad">又没答上</span>` : nothing}<span class="badge ${tone}">${words}</span></div>
      <p class="small reasons">共丢 ${gap.calls} 通：${Object.entries(REASONS).filter(([why]) => gap.reasons[why]).map(([why, said]) => html`<span class="badge">${said} ${gap.reasons[why]}</span> `)}</p>
      <p class="muted small">${department(gap)} · 最近 ${moment(gap.last_at)}${gap.region ? html` · 区域 ${gap.region}` : nothing}${gap.returned_at ? html` · ${moment(gap.returned_at)} 重新打开：${foreign(gap.reason)}` : nothing}</p>
      ${wordings(gap, work)}
      ${gap.taken_out.length ? html`<p class="small muted">移出的：${gap.taken_out.map((text) => html`<span class="word"><bdi class="foreign">${text}</bdi> <button type="button" class="quiet" aria-label="放回：${text}" @click=${() => say(gap, "put_back", text)}>放回</button></span> `)}</p>` : nothing}
      ${gap.notes?.length ? html`<p class="small">备注：${gap.notes.map((note) => html`${foreign(note)} `)}</p>` : nothing}
      ${gap.effect ? effectOf(gap.effect) : nothing}
      ${isOpenGap ? html`<p class="row">
          <button type="button" class="primary" @click=${() => write(gap.id, first.text, gap.region, gap.department)}>写条目</button>
          <button type="button" aria-expanded=${work.isOpen} @click=${() => { work.isOpen = !work.isOpen; redraw(); }}>已有条目，再问一遍</button>
          <a class="button quiet" href=${to("why", "", { q: first.text })}>现在查到什么</a>
          <button type="button" class="quiet" @click=${() => assign(gap)}>转给部门</button>
          <button type="button" class="quiet" @click=${() => settle(gap, "不处理这个缺口", "不处理", { status: "dismissed" }, ["不属于受理范围", "问题不清楚", "重复"])}>不处理</button>
        </p>${work.isOpen ? answering(gap, work) : nothing}`
        : html`<p class="small">${gap.entry_id ? html`由 ${entryLink(gap.entry_id, titleOf(gap.entry_id, redraw))} 回答 · ` : nothing}${who(gap.settled_by)} · ${moment(gap.settled_at)} · ${foreign(gap.reason)}
          <button type="button" class="quiet" @click=${() => settle(gap, "重新打开这个缺口", "重新打开", { status: "open" }, ["又有人问"])}>重新打开</button></p>`}
    </li>`;
  }

  /** Whose it is, and how that is known. */
  function department({ department: name, department_by: by, department_share: share }) {
    if (!name) return "还没定部门";
    if (by === "given") return foreign(name);
    return html`多半归 ${foreign(name)}（${by === "dispatched" ? "转派的" : "查到的条目里"} ${percent(share)}）`;
  }

  const takeOut = (gap, text) => html`<button type="button" class="quiet take-out" aria-label="不属于这个缺口，移出：${text}" title="不属于这个缺口，移出" @click=${() => say(gap, "take_out", text)}>✕</button>`;

  function wordings(gap, work) {
    const others = gap.questions.slice(1);
    if (!others.length) return nothing;
    const shown = work.isWhole ? others : others.slice(0, FIRST_WORDINGS);
    const word = ({ text, times }) => html`<span class="word"><bdi class="foreign">${text}</bdi>${times > 1 ? html` <span class="muted">×${times}</span>` : nothing}${takeOut(gap, text)}</span> `;
    const left = gap.wordings - 1 - shown.length;
    return html`<p class="small">也这样问：${shown.map(word)}${left > 0
      ? work.isWhole ? html`<span class="muted">还有 ${left} 种</span>` : html`<button type="button" class="quiet" @click=${() => { work.isWhole = true; redraw(); }}>还有 ${left} 种问法</button>`
      : nothing}</p>`;
  }

  /** Before a gap was closed and since. */
  function effectOf({ before, since }) {
    return html`<p class="small effect" role="group" aria-label="补上以后">
      <span>补上以前：${course(before)}</span> <span aria-hidden="true">→</span> <span>补上以后：${course(since)}</span></p>`;
  }

  function course({ days, calls, calls_per_week: weekly, rate }) {
    if (!days) return "还没有数";
    return html`${weekly === null ? html`${days} 天 ${calls} 通` : html`<strong>${perWeek(weekly)}</strong> 通／周`}，当场答复 <strong>${percent(rate)}</strong>`;
  }

  function whole({ gaps, before, since }) {
    return html`<section class="card whole" aria-label="补上以后怎样了">
      <h2>补上以后怎样了</h2>
      <p>补上的 ${gaps} 个缺口合起来：以前 ${course(before)}；以后 ${course(since)}。</p>
      <p class="muted small">数的是问过这些问题的所有电话，补上那一天不算；“以前”最多看四周，不满一周的不折算成每周。</p>
    </section>`;
  }

  function answering(gap, work) {
    const [entry] = work.picker.ids;
    return html`<div class="answering">
      ${work.picker.draw()}
      <p class="row"><button type="button" ?disabled=${!entry || work.isChecking} @click=${() => checkAgain(gap)}>${work.isChecking ? "正在问…" : "再问一遍"}</button>
        <button type="button" class="primary" ?disabled=${!work.checked?.closes} @click=${() => settle(gap, "关闭这个缺口", "确定关闭", { status: "closed", entry_id: entry }, ["已补条目"])}>关闭缺口</button></p>
      ${work.error ? html`<p class="error" role="alert">${work.error}</p>` : nothing}
      ${work.checked ? html`<div role="status"><ul class="checked">${work.checked.questions.map(({ question, rank }) => {
        const isFound = rank && rank <= 3;
        return html`<li><span class="badge ${isFound ? "good" : "bad"}">${rank ? `第 ${rank}` : "没查到"}</span> ${foreign(question)}${!isFound && gap.wordings > 1 ? takeOut(gap, question) : nothing}</li>`;
      })}</ul></div>${work.checked.closes ? nothing : html`<p class="muted">每个问题都要在前三条里查到它。可以把这些问法加进条目的相似问；不属于这个缺口的，点 ✕ 移出。${entry ? html`<a href=${to("entry", entry)}>去改条目</a>` : nothing}</p>`}` : nothing}
    </div>`;
  }

  load();
  return { draw };
}

/** Calls a week, as few digits as say something. */
const perWeek = (calls) => (calls >= 10 ? Math.round(calls) : Math.round(calls * 10) / 10).toLocaleString("zh-CN");
const percent = (share) => (share === null || share === undefined ? "—" : `${Math.round(share * 100)}%`);
