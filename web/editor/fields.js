// The fields of an entry's form. A list stands in a text field, an item a line.
import { html, nothing } from "/web/vendor/lit-html/lit-html.js";
import { live } from "/web/vendor/lit-html/directives/live.js";
import { linesOf } from "./parts.js";

/** Fields of a source and of a place, each with what it is for. */
const SOURCE = [["title", "名称", "法律或文件的名称"], ["article", "条款", "第十条"], ["number", "文号"], ["issuer", "发文机关"], ["date", "日期", "", "date"], ["link", "链接", "https://…", "url"]];
const PLACE = [["name", "名称"], ["address", "地址"], ["hours", "办公时间"], ["phone", "电话"]];

/** Fields over an entry held by `form`: `form.entry`, `form.findings`, `form.changed()`. */
export class Fields {
  constructor(form) {
    this.form = form;
  }

  get entry() {
    return this.form.entry;
  }

  #set(target, field, value) {
    const isEmpty = value === "" || value === null || (Array.isArray(value) && value.length === 0);
    if (isEmpty) delete target[field];
    else target[field] = value;
    this.form.changed();
  }

  /** What the server says about a field. */
  said(field) {
    const found = this.form.findings.filter((finding) => finding.field === field);
    return found.map((finding) => html`<span id="said-${field}" class="said-of ${finding.severity}">${finding.message}</span>`);
  }

  #state(field) {
    const isWrong = this.form.findings.some((finding) => finding.field === field && finding.severity === "error");
    return { isWrong, said: this.said(field) };
  }

  text(field, label, { target = this.entry, hint = "", placeholder = "", type = "text", most = 0, required = false } = {}) {
    const { isWrong, said } = target === this.entry ? this.#state(field) : { isWrong: false, said: [] };
    const value = target[field] ?? "";
    return html`<label class="field">${label}${required ? html`<span class="required" aria-hidden="true">*</span>` : nothing}${most ? html`<span class="counter ${Array.from(value).length > most ? "over" : ""}">${Array.from(value).length}/${most}</span>` : nothing}
      <input type=${type} name=${field} .value=${live(value)} placeholder=${placeholder} aria-invalid=${isWrong} aria-required=${required}
        @input=${(event) => this.#set(target, field, event.target.value)} />
      ${hint ? html`<span class="hint">${hint}</span>` : nothing}${said}</label>`;
  }

  area(field, label, { target = this.entry, hint = "", rows = 4, most = 0, placeholder = "" } = {}) {
    const { isWrong, said } = target === this.entry ? this.#state(field) : { isWrong: false, said: [] };
    const value = target[field] ?? "";
    return html`<label class="field">${label}${most ? html`<span class="counter ${Array.from(value).length > most ? "over" : ""}">${Array.from(value).length}/${most}</span>` : nothing}
      <textarea name=${field} rows=${rows} .value=${live(value)} placeholder=${placeholder} aria-invalid=${isWrong}
        @input=${(event) => this.#set(target, field, event.target.value)}></textarea>
      ${hint ? html`<span class="hint">${hint}</span>` : nothing}${said}</label>`;
  }

  /** A list of texts, a line each. While it is typed in, it stays as it is typed. */
  lines(field, label, { target = this.entry, hint = "一行一个", rows = 3 } = {}) {
    const { isWrong, said } = target === this.entry ? this.#state(field) : { isWrong: false, said: [] };
    const items = target[field] ?? [];
    const typed = (this.form.typed ??= new WeakMap());
    const drafts = typed.get(target) ?? typed.set(target, {}).get(target);
    const isSame = drafts[field] !== undefined && linesOf(drafts[field]).join("\n") === items.join("\n");
    const text = isSame ? drafts[field] : items.join("\n");
    return html`<label class="field">${label}<span class="counter">${items.length || ""}</span>
      <textarea name=${field} rows=${rows} .value=${live(text)} aria-invalid=${isWrong}
        @input=${(event) => { drafts[field] = event.target.value; this.#set(target, field, linesOf(event.target.value)); }}></textarea>
      ${hint ? html`<span class="hint">${hint}</span>` : nothing}${said}</label>`;
  }

  choice(field, label, options) {
    return html`<label class="field">${label}
      <select name=${field} @change=${(event) => this.#set(this.entry, field, event.target.value)}>
        ${options.map(([value, words]) => html`<option value=${value} ?selected=${value === this.entry[field]}>${words}</option>`)}
      </select>${this.said(field)}</label>`;
  }

  /** A list of things with fields of their own. */
  #things(holder, name, title, fields, one) {
    const items = holder[name] ?? [];
    const add = () => {
      holder[name] = [...items, {}];
      this.form.changed();
    };
    const remove = (at) => {
      this.#set(holder, name, items.filter((_, other) => other !== at));
    };
    return html`<fieldset class="things"><legend>${title}</legend>
      ${items.map((item, at) => html`<div class="thing" role="group" aria-label="${one} ${at + 1}">
        <div class="pairs">${fields.map(([field, label, placeholder = "", type = "text"]) => this.text(field, label, { target: item, placeholder, type }))}</div>
        <button type="button" class="quiet danger" @click=${() => remove(at)}>删去这${one}</button>
      </div>`)}
      <button type="button" @click=${add}>加一${one}</button>
      ${this.said(name)}
    </fieldset>`;
  }

  sources() {
    return this.#things(this.entry, "source", "依据", SOURCE, "条依据");
  }

  /** The parts of a service guide. */
  guide() {
    const guide = (this.entry.guide ??= {});
    const target = { target: guide };
    return html`
      ${this.area("conditions", "受理条件", { ...target, rows: 3 })}
      ${this.lines("materials", "材料", { ...target, hint: "一行一份材料", rows: 5 })}
      ${this.lines("steps", "步骤", { ...target, hint: "一行一步", rows: 5 })}
      <div class="pairs">${this.text("time_limit", "时限", target)} ${this.text("fee", "费用", target)}</div>
      ${this.text("online", "网上办理", { ...target, placeholder: "网址或应用名" })}
      ${this.#things(guide, "places", "办理地点", PLACE, "个地点")}
      ${this.lines("legal_basis", "法律依据", { ...target, rows: 2 })}
      ${this.area("notes", "说明", { ...target, rows: 2 })}`;
  }
}

/** An entry as it is sent: without empty things, without what the library adds. */
export function cleaned(entry) {
  const { version, updated_at, updated_by, last_change, proposals, ...own } = structuredClone(entry);
  const isFilled = (thing) => Object.keys(thing).length > 0;
  if (own.source) own.source = own.source.filter(isFilled);
  if (own.guide?.places) own.guide.places = own.guide.places.filter(isFilled);
  for (const holder of [own, own.guide ?? {}]) {
    for (const [field, value] of Object.entries(holder)) {
      if (value === null || value === "" || (Array.isArray(value) && value.length === 0)) delete holder[field];
    }
  }
  if (own.guide && (own.kind !== "guide" || Object.keys(own.guide).length === 0)) delete own.guide;
  return own;
}
