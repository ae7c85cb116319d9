// Choosing a region: a name, its pinyin or its code is typed, the code is kept.
import { html, nothing } from "/web/vendor/lit-html/lit-html.js";
import { live } from "/web/vendor/lit-html/directives/live.js";
import { ask } from "/web/shared/api.js";
import { later } from "./parts.js";

const COUNTRY = { code: "000000", name: "全国", above: [] };
/** Regions that were seen, by code. */
const known = new Map([[COUNTRY.code, COUNTRY]]);
let count = 0;

const full = ({ name, above }) => [...above].reverse().map((one) => one.name).join("") + name;

async function look(typed) {
  const { data } = await ask("/v1/regions", { query: { q: typed, limit: 12 } });
  for (const region of data.regions) known.set(region.code, region);
  return data.regions;
}

export class RegionField {
  /** @param {{label: string, hint?: string, redraw: () => void, changed: (code: string) => void}} what */
  constructor(what) {
    Object.assign(this, { hint: "", code: "", typed: null, found: [], number: (count += 1), ...what });
    this.look = later(200, async () => {
      this.found = await look(this.typed ?? "").catch(() => []);
      this.redraw();
    });
  }

  /** Shows a code; its name is asked for where it is not known. */
  set(code) {
    this.code = code ?? "";
    this.typed = null;
    if (this.code && !known.has(this.code)) look(this.code).then(() => this.redraw(), () => {});
  }

  #words() {
    const region = known.get(this.code);
    return region ? `${full(region)}（${region.code}）` : this.code;
  }

  #type(text) {
    this.typed = text;
    const code = /(?<!\d)\d{6}(?!\d)/.exec(text)?.[0] ?? this.found.find((one) => full(one) === text.trim() || one.name === text.trim())?.code ?? (text.trim() === "全国" ? COUNTRY.code : "");
    this.look();
    if (code !== this.code) {
      this.code = code;
      this.changed(code);
    }
  }

  /** Leaving the field: what was typed becomes a region's name, or nothing. */
  #leave() {
    if (this.typed === null) return;
    const [first] = this.found;
    if (!this.code && this.typed.trim() && first) {
      this.code = first.code;
      this.changed(first.code);
    }
    this.typed = null;
    this.redraw();
  }

  draw(said = nothing) {
    const id = `regions-${this.number}`;
    return html`<label class="field">${this.label}
      <input name="region" autocomplete="off" list=${id} placeholder="名称、拼音或代码" .value=${live(this.typed ?? this.#words())}
        @input=${(event) => this.#type(event.target.value)} @change=${() => this.#leave()} @focus=${(event) => event.target.select()} />
      <datalist id=${id}>${[...(this.typed ? [] : [COUNTRY]), ...this.found].map((region) => html`<option value=${`${full(region)}（${region.code}）`}></option>`)}</datalist>
      ${this.hint ? html`<span class="hint">${this.hint}</span>` : nothing}${said}</label>`;
  }
}
