// Small pieces that several views are made of.
import { html, nothing } from "/web/vendor/lit-html/lit-html.js";
import { ask, encodedId } from "/web/shared/api.js";
import { openForm } from "/web/shared/dialog.js";
import { statusName, kindName } from "/web/shared/words.js";
import { to } from "./router.js";

export { csv, download } from "/web/shared/files.js";

/** Names of an entry's fields. */
export const FIELDS = {
  id: "编号", kind: "类型", title: "标题", similar_questions: "相似问", negative_questions: "反例问", keywords: "关键词",
  category: "分类", region: "区域", department: "部门", body: "正文", script: "话术", internal_note: "内部备注", status: "状态",
  effective_from: "施行日期", expires_on: "失效日期", supersedes: "取代", superseded_by: "被取代", source: "依据",
  next_review_on: "复核日期", guide: "办事指南", part: "所属文件",
  conditions: "受理条件", materials: "材料", steps: "步骤", time_limit: "时限", fee: "费用", places: "地点", online: "网上办理",
  legal_basis: "法律依据", notes: "说明", name: "名称", address: "地址", hours: "时间", phone: "电话", article: "条款", number: "文号",
  issuer: "发文机关", date: "日期", link: "链接", document_id: "文件编号", document_title: "文件名", edition: "版本日期", headings: "章节",
};
export const fieldName = (field) => FIELDS[field] ?? field;

const STATUS_TONES = { draft: "warn", review: "accent", published: "good", retired: "" };
/** An entry's status as a badge. */
export const statusBadge = (status) => html`<span class="badge ${STATUS_TONES[status] ?? ""}">${statusName(status)}</span>`;
export const kindBadge = (kind) => html`<span class="badge">${kindName(kind)}</span>`;

/** A text from outside, with its own direction of writing. */
export const foreign = (text) => html`<bdi class="foreign">${text}</bdi>`;

/** A moment as people read it here: `11月25日 18:40`, with the year where it is another. */
export function moment(text) {
  if (!text) return "";
  const at = new Date(text);
  if (Number.isNaN(at.getTime())) return text;
  const isThisYear = at.getFullYear() === new Date().getFullYear();
  const day = { month: "numeric", day: "numeric", ...(isThisYear ? {} : { year: "numeric" }) };
  return at.toLocaleString("zh-CN", { ...day, hour: "2-digit", minute: "2-digit", hour12: false });
}

/** Today as `2026-11-25`. */
export function today(shift = 0) {
  const at = new Date();
  at.setDate(at.getDate() + shift);
  const two = (number) => String(number).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

/** Who wrote: the name without the key's number. */
export const who = (signature) => foreign(String(signature ?? "").replace(/\s*[（(][0-9a-f]{6,}[)）]$/, ""));

/** A link to an entry's form. */
export const entryLink = (id, title) => html`<a class="foreign" href=${to("entry", id)}>${title || id}</a>`;

/** A head of a view: its name, what it is for, its main actions. */
export function head(title, about, actions = nothing) {
  return html`<header class="view-head">
    <div class="grow"><h1 tabindex="-1">${title}</h1>${about ? html`<p class="muted">${about}</p>` : nothing}</div>
    <div class="row">${actions}</div>
  </header>`;
}

/** Instead of a list with nothing in it. */
export const empty = (words) => html`<p class="empty muted">${words}</p>`;

/** While something is fetched, and where it could not be. */
export function waiting(state, again) {
  if (state.error) {
    const retry = again ? html`<button type="button" @click=${again}>再试一次</button>` : nothing;
    return html`<div class="error row" role="alert"><span class="grow">${state.error}</span>${retry}</div>`;
  }
  return state.isLoading ? html`<p class="muted" role="status">正在读取…</p>` : nothing;
}

/** Runs work and keeps in `state` whether it is under way and why it failed. */
export async function during(state, redraw, work) {
  state.isLoading = true;
  state.error = "";
  redraw();
  try {
    return await work();
  } catch (error) {
    if (error.name !== "AbortError") state.error = error.message;
    return undefined;
  } finally {
    state.isLoading = false;
    redraw();
  }
}

/** Asks why, then does it; resolves to what it gave, undefined where it was not done. */
export function withReason(title, { send = "确定", about = nothing, fields = nothing, suggestions = [] }, submit) {
  const suggest = (event) => {
    const field = event.target.closest("form").elements.reason;
    field.value = event.target.textContent;
    field.focus();
  };
  return openForm(
    title,
    html`${about ? html`<div>${about}</div>` : nothing} ${fields}
      <label>原因（会写进记录）<input name="reason" required maxlength="500" autofocus autocomplete="off" /></label>
      ${suggestions.length
        ? html`<p class="row suggestions" role="group" aria-label="常用的话">
            ${suggestions.map((words) => html`<button type="button" class="chip" @click=${suggest}>${words}</button>`)}
          </p>`
        : nothing}`,
    { send, submit: (data) => submit(String(data.get("reason") ?? "").trim(), data) },
  );
}

const titles = new Map();

/** The title of an entry, once it is known; until then its id. `redraw` is called when it comes. */
export function titleOf(id, redraw) {
  if (!titles.has(id)) {
    titles.set(id, null);
    ask(`/v1/entries/${encodedId(id)}`)
      .then(({ data }) => titles.set(id, data.title))
      .catch(() => titles.set(id, ""))
      .finally(redraw);
  }
  return titles.get(id) || id;
}

/** Whether there is no such entry, as far as that was asked. */
export const isMissing = (id) => titles.get(id) === "";

/** An entry that changed is asked for again. */
export const forgetTitle = (id) => titles.delete(id);

/** A table that fits a phone: each cell says its column. */
export function table(columns, rows, { caption, cells, key = (row) => row.id, shape = "" }) {
  return html`<div class="sheet-wrap"><table class="sheet ${shape}">
    <caption class="visually-hidden">${caption}</caption>
    <thead><tr>${columns.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
    <tbody>
      ${rows.map((row) => html`<tr data-key=${key(row)}>${cells(row).map((cell, at) => html`<td data-label=${columns[at]}>${cell}</td>`)}</tr>`)}
    </tbody>
  </table></div>`;
}

/** Lines of a text field as a list. */
export const linesOf = (text) => String(text ?? "").split("\n").map((line) => line.trim()).filter(Boolean);

/** Does work once, a while after the last call. */
export function later(wait_ms, work) {
  let timer;
  const call = (...given) => {
    clearTimeout(timer);
    timer = setTimeout(() => work(...given), wait_ms);
  };
  call.cancel = () => clearTimeout(timer);
  return call;
}
