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
    Object.assign(this, { form, numbers: new WeakMap(), things: 0, typed: new WeakMap() });
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
    return found.map((finding) => html`<span class="said-of ${finding.severity}">${finding.message}</span>`);
  }

  /** The number of a thing of the form, so that each of its fields has an id of its own. */
  #number(target) {
    if (!this.numbers.has(target)) this.numbers.set(target, (this.things += 1));
    return this.numbers.get(target);
  }

  /** A name, a control, and beside the name what is to be known about it. */
  #field({ field, label, target, hint = "", most = 0, count = null, required = false }, control) {
    const isOwn = target === this.entry;
    const said = isOwn ? this.said(field) : [];
    const isWrong = isOwn && this.form.findings.some((finding) => finding.field === field && finding.severity === "error");
    const id = `field-${this.#number(target)}-${field}`;
    const chars = most ? Array.from(target[field] ?? "").length : 0;
    const counter = most ? `${chars}/${most}` : count;
    return html`<div class="field">
      <label for=${id}>${label}${required ? html`<span class="required" aria-hidden="true">*</span>` : nothing}</label>
      ${counter ? html`<span class="counter ${chars > most ? "over" : ""}">${counter}</span>` : nothing}
      ${control({ id, isWrong, about: `${id}-about` })}
      <span id="${id}-about">${hint ? html`<span class="hint">${hint}</span>` : nothing}${said}</span>
    </div>`;
  }

  text(field, label, { target = this.entry, hint = "", placeholder = "", type = "text", most = 0, required = false } = {}) {
    return this.#field({ field, label, target, hint, most, required }, ({ id, isWrong, about }) => html`
      <input id=${id} type=${type} name=${field} .value=${live(target[field] ?? "")} placeholder=${placeholder} aria-invalid=${isWrong} aria-required=${required} aria-describedby=${about}
        @input=${(event) => this.#set(target, field, event.target.value)} />`);
  }

  area(field, label, { target = this.entry, hint = "", rows = 4, most = 0 } = {}) {
    return this.#field({ field, label, target, hint, most }, ({ id, isWrong, about }) => html`
      <textarea id=${id} name=${field} rows=${rows} .value=${live(target[field] ?? "")} aria-invalid=${isWrong} aria-describedby=${about}
        @input=${(event) => this.#set(target, field, event.target.value)}></textarea>`);
  }

  /** A list of texts, a line each. While it is typed in, it stays as it is typed. */
  lines(field, label, { target = this.entry, hint = "一行一个", rows = 3 } = {}) {
    const items = target[field] ?? [];
    if (!this.typed.has(target)) this.typed.set(target, {});
    const typed = this.typed.get(target);
    const isSame = typed[field] !== undefined && linesOf(typed[field]).join("\n") === items.join("\n");
    const text = isSame ? typed[field] : items.join("\n");
    const type = (event) => {
      typed[field] = event.target.value;
      this.#set(target, field, linesOf(event.target.value));
    };
    return this.#field({ field, label, target, hint, count: items.length || "" }, ({ id, isWrong, about }) => html`
      <textarea id=${id} name=${field} rows=${rows} .value=${live(text)} aria-invalid=${isWrong} aria-describedby=${about} @input=${type}></textarea>`);
  }

  choice(field, label, options) {
    return this.#field({ field, label, target: this.entry }, ({ id, about }) => html`
      <select id=${id} name=${field} aria-describedby=${about} @change=${(event) => this.#set(this.entry, field, event.target.value)}>
        ${options.map(([value, words]) => html`<option value=${value} ?selected=${value === this.entry[field]}>${words}</option>`)}
      </select>`);
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
