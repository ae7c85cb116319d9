// The library as a list: looked through, filtered, sorted, a page at a time.
import { html, nothing } from "/web/vendor/lit-html/lit-html.js";
import { live } from "/web/vendor/lit-html/directives/live.js";
import { ask } from "/web/shared/api.js";
import { day, kindName, statusName, validityWords } from "/web/shared/words.js";
import { marked } from "/web/shared/foreign.js";
import { during, empty, entryLink, foreign, head, kindBadge, later, moment, statusBadge, table, today, waiting } from "../parts.js";
import { restate, to } from "../router.js";

const PAGE = 50;
const NAMES = ["q", "where", "status", "kind", "department", "category", "region", "due", "sort"];
const SORTS = { updated: "最近改动", review: "复核日期", expiry: "失效日期", id: "编号" };
const DUES = { review: "该复核了", month: "30 天内要复核", expired: "已过失效日期" };

export function open({ query, redraw }) {
  const state = { isLoading: false, error: "", entries: [], next: null, total: null, choices: null };
  const filter = Object.fromEntries(NAMES.map((name) => [name, query.get(name) ?? ""]));
  let asked;

  function parameters() {
    const due = {
      review: { review_by: today() },
      month: { review_by: today(30) },
      expired: { expired: "true" },
    }[filter.due];
    const { q, status, kind, department, category, region } = filter;
    return { q, status, kind, department, category, region, ...due };
  }

  async function load(after) {
    asked?.abort();
    asked = new AbortController();
    const { signal } = asked;
    if (filter.where === "text" && filter.q.trim()) return search(signal);
    await during(state, redraw, async () => {
      const query = { ...parameters(), sort: filter.sort || "updated", limit: PAGE, after };
      const [list, facets] = await Promise.all([
        ask("/v1/entries", { query, signal }),
        after ? null : ask("/v1/entries", { query: { ...parameters(), facets: true }, signal }),
      ]);
      state.entries = after ? [...state.entries, ...list.data.entries] : list.data.entries;
      state.hits = null;
      state.next = list.data.next;
      if (facets) state.total = facets.data.total;
    });
  }

  /** By what stands in the texts: the search that agents use, with what is out of force too. */
  async function search(signal) {
    await during(state, redraw, async () => {
      const query = { q: filter.q, kind: filter.kind, region: filter.region, validity: "all", limit: PAGE, typing: state.knowsTyping };
      const { data } = await ask("/v1/search", { query, signal });
      state.hits = data.hits;
      state.entries = [];
      state.next = null;
      state.total = data.total;
    });
  }

  function change(name, value) {
    filter[name] = value;
    restate("entries", "", filter);
    redraw();
    load();
  }
  const typed = later(250, () => change("q", filter.q));

  function choose(name, label, options) {
    return html`<label>${label}
      <select .value=${live(filter[name])} @change=${(event) => change(name, event.target.value)}>
        <option value="">全部</option>
        ${options.map(([value, words]) => html`<option value=${value} ?selected=${value === filter[name]}>${words}</option>`)}
      </select></label>`;
  }

  /** What the whole library has, with the choice in the address even where it has none of it. */
  function counted(name, named = (value) => value) {
    const counts = Object.entries(state.choices?.[name] ?? {});
    counts.sort((one, other) => other[1] - one[1]);
    const all = counts.map(([value, count]) => [value, `${named(value)}（${count}）`]);
    return filter[name] && !all.some(([value]) => value === filter[name]) ? [...all, [filter[name], named(filter[name])]] : all;
  }

  function regions() {
    const all = (state.choices?.region ?? []).map(({ code, name, count }) => [code, `${name ?? code}（${count}）`]);
    return filter.region && !all.some(([code]) => code === filter.region) ? [...all, [filter.region, filter.region]] : all;
  }

  const isFiltered = () => NAMES.some((name) => filter[name] && !["sort", "where"].includes(name));
  function clear() {
    for (const name of NAMES) filter[name] = "";
    restate("entries");
    load();
  }

  function draw() {
    const isText = filter.where === "text";
    return html`
      ${head("知识库", "", html`<a class="button primary" href=${to("entry", "", { new: 1 })}>新建条目</a>`)}
      <section class="card filters" role="search" aria-label="查找条目">
        <div class="find">
          <label class="grow"><span class="visually-hidden">查找</span>
            <input type="search" placeholder=${isText ? "像话务员那样查：问题、词语、文号" : "标题或编号里的字"} .value=${live(filter.q)}
              @input=${(event) => { filter.q = event.target.value; if (!event.isComposing) typed(); }}
              @compositionend=${(event) => { filter.q = event.target.value; typed(); }} /></label>
          <label><span class="visually-hidden">在哪里查</span>
            <select @change=${(event) => change("where", event.target.value)}>
              <option value="" ?selected=${!isText}>在标题和编号里</option>
              <option value="text" ?selected=${isText}>在全文里</option>
            </select></label>
        </div>
        <div class="choices">
          ${isText ? nothing : choose("status", "状态", counted("status", statusName))}
          ${choose("kind", "类型", counted("kind", kindName))}
          ${isText ? nothing : [choose("department", "部门", counted("department")), choose("category", "分类", counted("category"))]}
          ${choose("region", "区域", regions())}
          ${isText ? nothing : [choose("due", "到期", Object.entries(DUES)),
            html`<label>排序<select @change=${(event) => change("sort", event.target.value)}>
              ${Object.entries(SORTS).map(([value, words]) => html`<option value=${value} ?selected=${value === (filter.sort || "updated")}>${words}</option>`)}
            </select></label>`]}
        </div>
      </section>
      <div class="row count">
        <p class="muted grow" role="status">${state.total === null ? "" : `${state.total} 条`}</p>
        ${isFiltered() ? html`<button type="button" class="quiet" @click=${clear}>清除条件</button>` : nothing}
      </div>
      ${waiting(state, () => load())} ${state.hits ? found() : listed()}
      ${state.next ? html`<p class="more"><button type="button" ?disabled=${state.isLoading} @click=${() => load(state.next)}>再显示 ${PAGE} 条</button></p>` : nothing}`;
  }

  function listed() {
    if (state.entries.length === 0) return state.isLoading || state.error ? nothing : empty(isFiltered() ? "没有符合条件的条目。" : "知识库还是空的：可以导入文件，或新建一条。");
    const now = today();
    return table(["标题", "类型", "状态", "部门", "区域", "有效期", "复核", "改动"], state.entries, {
      caption: "条目",
      cells: (entry) => [
        html`${entryLink(entry.id, entry.title)}<div class="muted small">${foreign(entry.category || entry.id)}</div>`,
        kindBadge(entry.kind),
        html`${statusBadge(entry.status)}${entry.live_status ? html`<div class="small muted">在用的是${statusName(entry.live_status)}</div>` : nothing}`,
        foreign(entry.department),
        html`<span class="nowrap">${entry.region_name ?? entry.region}</span>`,
        dated(entry.expires_on, entry.expires_on && entry.expires_on < now ? "已过期" : "", entry.expires_on ? "" : "长期"),
        dated(entry.next_review_on, entry.next_review_on && entry.next_review_on <= now ? "该复核" : "", "—"),
        html`<span class="nowrap small">${moment(entry.updated_at)}</span>`,
      ],
    });
  }

  function dated(date, alarm, none) {
    if (!date) return html`<span class="muted">${none}</span>`;
    return html`<span class="nowrap">${date}</span>${alarm ? html` <span class="badge bad">${alarm}</span>` : nothing}`;
  }

  function found() {
    if (state.hits.length === 0) return empty("没有找到。");
    return html`<ul class="hits">${state.hits.map((hit) => {
      const validity = validityWords(hit.validity);
      return html`<li class="card">
        <div class="row"><a class="foreign grow" href=${to("entry", hit.id)}>${marked(hit.title, hit.highlights.title)}</a>${kindBadge(hit.kind)}<span class="badge ${validity.tone}">${validity.words}</span></div>
        <p class="foreign clamp">${marked(hit.snippet, hit.highlights.snippet)}</p>
        <p class="muted small">${[hit.department, hit.category, hit.region.name].filter(Boolean).map(foreign)}${hit.effective_from ? html` ${day(hit.effective_from)}起施行` : nothing}</p>
      </li>`;
    })}</ul>`;
  }

  ask("/v1/entries", { query: { facets: true } }).then(({ data }) => {
    state.choices = data;
    redraw();
  }, () => {});
  load();
  return { draw, close: () => asked?.abort() };
}
