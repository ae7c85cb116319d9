// Choosing entries by what stands in them: typed, found, added to a list of ids.
import { html, nothing } from "/web/vendor/lit-html/lit-html.js";
import { ask } from "/web/shared/api.js";
import { kindName } from "/web/shared/words.js";
import { entryLink, foreign, later, titleOf } from "./parts.js";

const SHOWN = 6;
let count = 0;

export class Picker {
  /**
   * @param {{label: string, hint?: string, most?: number, redraw: () => void, changed: (ids: string[]) => void}} what
   */
  constructor(what) {
    Object.assign(this, { most: Infinity, hint: "", ...what, ids: [], typed: "", hits: [], number: (count += 1) });
    this.look = later(200, () => this.#find());
  }

  async #find() {
    this.asked?.abort();
    this.asked = new AbortController();
    const q = this.typed.trim();
    if (!q) {
      this.hits = [];
      return this.redraw();
    }
    try {
      const { data } = await ask("/v1/search", { query: { q, limit: SHOWN, validity: "all" }, signal: this.asked.signal });
      this.hits = data.hits.filter((hit) => !this.ids.includes(hit.id));
    } catch (error) {
      if (error.name === "AbortError") return;
      this.hits = [];
    }
    this.redraw();
  }

  #change(ids) {
    this.ids = ids;
    this.changed(ids);
    this.redraw();
  }

  #add(id) {
    Object.assign(this, { typed: "", hits: [] });
    this.#change(this.most === 1 ? [id] : [...this.ids, id]);
  }

  #move(at, by) {
    const ids = [...this.ids];
    [ids[at], ids[at + by]] = [ids[at + by], ids[at]];
    this.#change(ids);
  }

  draw() {
    const canAdd = this.ids.length < this.most;
    return html`<fieldset class="picker"><legend>${this.label}</legend>
      ${this.ids.length ? html`<ol class="picked">${this.ids.map((id, at) => html`<li>
        <span class="grow">${entryLink(id, titleOf(id, this.redraw))}</span>
        ${at > 0 ? html`<button type="button" class="quiet" aria-label="上移" @click=${() => this.#move(at, -1)}>↑</button>` : nothing}
        <button type="button" class="quiet danger" aria-label="去掉“${titleOf(id, this.redraw)}”" @click=${() => this.#change(this.ids.filter((own) => own !== id))}>去掉</button></li>`)}</ol>` : nothing}
      ${canAdd ? html`<label><span class="visually-hidden">${this.label}：查找条目</span>
        <input type="search" placeholder="输入问题或标题，找到后点选" .value=${this.typed}
          @input=${(event) => { this.typed = event.target.value; if (!event.isComposing) this.look(); }} @compositionend=${() => this.look()} /></label>
        ${this.hint ? html`<span class="hint">${this.hint}</span>` : nothing}
        ${this.hits.length ? html`<ul class="choices-of">${this.hits.map((hit) => html`<li><button type="button" class="quiet" @click=${() => this.#add(hit.id)}>${foreign(hit.title)} <span class="badge">${kindName(hit.kind)}</span></button></li>`)}</ul>` : nothing}` : nothing}
    </fieldset>`;
  }
}
