// What is laid over the search (rules, notices, collections): a list, a form,
// every version kept. Each kind says what its list and its form show.
import { html, nothing } from "/web/vendor/lit-html/lit-html.js";
import { ask, tagOf } from "/web/shared/api.js";
import { toast } from "/web/shared/toast.js";
import { during, empty, foreign, head, moment, table, waiting, who, withReason } from "./parts.js";
import { restate, to } from "./router.js";

/** A moment of the server as a field of a form has it, and back. */
export const toField = (moment) => {
  if (!moment) return "";
  const at = new Date(moment);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
};
export const fromField = (text) => (text ? new Date(text).toISOString() : undefined);

/** `starts_at`, `ends_at` in words. */
export function span({ starts_at, ends_at }) {
  if (!starts_at && !ends_at) return html`<span class="muted">一直有效</span>`;
  const isOver = ends_at && new Date(ends_at) < new Date();
  return html`<span class="nowrap">${starts_at ? moment(starts_at) : "即时"} — ${ends_at ? moment(ends_at) : "不限"}</span>${isOver ? html` <span class="badge">已结束</span>` : nothing}`;
}

/**
 * A view of one kind.
 * @param {{kind: string, title: string, one: string, about: string, query?: object, columns: string[],
 *   cells: (row: object) => unknown[], blank: () => object, clean: (thing: object) => object,
 *   form: (thing: object, context: object) => unknown, opened?: (thing: object) => void,
 *   beside?: (thing: object, context: object) => unknown}} what
 */
export function curated(what) {
  return function open({ id, query, redraw, session }) {
    const state = { isLoading: false, error: "", rows: [], thing: null, tag: null, versions: [], isDirty: false };
    const context = { session, redraw, changed, get id() { return id; } };
    const path = () => `/v1/${what.kind}/${encodeURIComponent(id)}`;

    function changed() {
      state.isDirty = true;
      what.outdated?.(context);
      redraw();
    }

    async function load() {
      await during(state, redraw, async () => {
        if (id) {
          const { data, headers } = await ask(path());
          state.versions = [...data.versions].reverse();
          state.tag = tagOf(headers);
          take(data.removed ? what.blank() : data);
          state.isRemoved = Boolean(data.removed);
        } else if (query.get("new")) {
          take(what.blank(query));
        } else {
          state.rows = (await ask(`/v1/${what.kind}`, { query: what.query })).data[what.kind];
        }
      });
    }

    function take(thing) {
      const { version, updated_at, updated_by, versions, removed, id: own, ...content } = thing;
      state.thing = content;
      state.isDirty = false;
      what.opened?.(state.thing, context);
    }

    async function save() {
      const isNew = !id;
      const fields = isNew ? html`<label>编号（字母、数字、横线）<input name="id" required pattern="[A-Za-z0-9._\\-]+" maxlength="60" .value=${`${what.kind.slice(0, -1)}-${Date.now().toString(36)}`} /></label>` : nothing;
      const about = state.isRemoved ? html`<p>这一条已经停用；保存就重新启用。</p>` : nothing;
      await withReason(isNew ? `新增${what.one}` : `保存${what.one}`, { send: "保存", fields, about }, async (reason, data) => {
        const own = isNew ? String(data.get("id")) : id;
        const headers = isNew ? { "If-None-Match": "*" } : { "If-Match": state.tag };
        try {
          await ask(`/v1/${what.kind}/${encodeURIComponent(own)}`, { method: "PUT", json: { ...what.clean(state.thing), reason }, headers });
        } catch (error) {
          // What is there now is shown with what was written here left in the form.
          if (error.status === 412 && error.problem.current) {
            state.versions = [error.problem.current, ...state.versions];
            state.tag = `"${error.problem.current.version}"`;
            throw Object.assign(error, { message: `${error.message}。下面“历史”里有对方的内容；再按保存就用你的盖过去。` });
          }
          throw error;
        }
        id = own;
        restate(what.kind, id);
        toast("已保存，立即生效");
        await load();
        return true;
      });
    }

    async function remove() {
      const done = await withReason(`停用这个${what.one}`, { send: "停用" }, (reason) =>
        ask(path(), { method: "DELETE", query: { reason }, headers: { "If-Match": state.tag } }));
      if (!done) return;
      state.isDirty = false;
      toast("已停用");
      location.hash = to(what.kind);
    }

    const list = () => html`
      ${head(what.title, what.about, html`<a class="button primary" href=${to(what.kind, "", { new: 1 })}>新增${what.one}</a>`)}
      ${waiting(state, load)}
      ${state.rows.length
        ? html`<section class="card">${table([...what.columns, "改动"], state.rows, { caption: what.title, cells: (row) => [...what.cells(row), html`${who(row.updated_by)}<div class="muted small">${moment(row.updated_at)}</div>`] })}</section>`
        : state.isLoading || state.error ? nothing : empty(`还没有${what.one}。`)}`;

    const editing = () => html`
      ${head(id ? what.name(state.thing) || id : `新增${what.one}`, id ? foreign(id) : "", html`<a class="button quiet" href=${to(what.kind)}>返回列表</a>`)}
      ${waiting(state, load)}
      <div class="bar" role="group" aria-label="保存">
        <span class="grow state" role="status">${state.isDirty ? html`<span class="dot" aria-hidden="true"></span>有改动没保存` : state.isRemoved ? html`<span class="badge">已停用</span>` : nothing}</span>
        ${id && !state.isRemoved ? html`<button type="button" class="quiet danger" @click=${remove}>停用</button>` : nothing}
        <button type="button" class="primary" @click=${save}>保存</button>
      </div>
      <div class="columns">
        <form class="card form" @submit=${(event) => event.preventDefault()}>${what.form(state.thing, context)}</form>
        <div class="beside">${what.beside?.(state.thing, context) ?? nothing}${past()}</div>
      </div>`;

    function past() {
      if (!state.versions.length) return nothing;
      return html`<section class="card"><h2>历史</h2><ol class="past">${state.versions.map((version) => html`<li>
        <div>第 ${version.version} 版 · ${who(version.made_by)} · ${moment(version.made_at)}${version.content ? nothing : html` <span class="badge">停用</span>`}</div>
        <div class="muted">${foreign(version.reason)}</div>
        ${version.content ? html`<button type="button" class="quiet" @click=${() => { take(structuredClone(version.content)); changed(); }}>取这一版的内容</button>` : nothing}
      </li>`)}</ol></section>`;
    }

    load();
    return {
      draw: () => (state.thing ? editing() : id || query.get("new") ? html`${head(what.title, "")}${waiting(state, load)}` : list()),
      isDirty: () => state.isDirty,
    };
  };
}

/** Fields of a form over a plain object. */
export function formFields(thing, { changed }) {
  const set = (field, value) => {
    if (value === "" || value === undefined || value?.length === 0) delete thing[field];
    else thing[field] = value;
    changed();
  };
  return {
    set,
    text: (field, label, { hint = "", type = "text", placeholder = "" } = {}) => html`<label class="field">${label}<input name=${field} type=${type} .value=${thing[field] ?? ""} placeholder=${placeholder} @input=${(event) => set(field, event.target.value)} />${hint ? html`<span class="hint">${hint}</span>` : nothing}</label>`,
    area: (field, label, rows = 3) => html`<label class="field">${label}<textarea name=${field} rows=${rows} .value=${thing[field] ?? ""} @input=${(event) => set(field, event.target.value)}></textarea></label>`,
    lines: (field, label, { hint = "一行一个", rows = 4 } = {}) => html`<label class="field">${label}<textarea name=${field} rows=${rows} .value=${thing[`${field}_text`] ?? (thing[field] ?? []).join("\n")} @input=${(event) => set(`${field}_text`, event.target.value || " ")}></textarea><span class="hint">${hint}</span></label>`,
    moment: (field, label) => html`<label class="field">${label}<input name=${field} type="datetime-local" .value=${toField(thing[field])} @change=${(event) => set(field, fromField(event.target.value))} /></label>`,
  };
}

/** A thing as it is sent: lists from their text fields, nothing empty. */
export function sent(thing, lists) {
  const content = structuredClone(thing);
  for (const name of lists) {
    if (content[`${name}_text`] !== undefined) content[name] = content[`${name}_text`].split("\n").map((line) => line.trim()).filter(Boolean);
    delete content[`${name}_text`];
  }
  return content;
}
