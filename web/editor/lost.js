// An update that would have been lost: what it started from, what is there now,
// and what was written here, field by field, each to be chosen.
import { html, nothing } from "/web/vendor/lit-html/lit-html.js";
import { statusName } from "/web/shared/words.js";
import { fieldName, foreign, head, moment, who } from "./parts.js";
import { threefold } from "./reading.js";

const STATES = { mine: ["good", "只有你改了"], theirs: ["accent", "只有对方改了"], both: ["bad", "两边都改了，请选"], same: ["", "两边改成一样"] };

export class LostUpdate {
  /**
   * @param {{detail: string, current: object, base: object|null}} problem as the server answered
   * @param {object} yours the entry as it was written here
   * @param {() => void} redraw
   * @param {(merged: object|null, current: object) => void} done
   */
  constructor(problem, yours, redraw, done) {
    Object.assign(this, { problem, yours, redraw, done, chosen: new Map() });
  }

  draw() {
    const { problem } = this;
    const { current } = problem;
    const base = problem.base ?? current;
    const rows = threefold(base, current, this.yours, this.chosen, (field, side) => {
      this.chosen.set(field, side);
      this.redraw();
    }).filter(({ field }) => field !== "status");
    return html`
      ${head("有人先改了", html`${foreign(problem.detail)}。你写的没有丢：下面逐项对照，选好再继续改。`)}
      <p class="muted">对方：${who(current.updated_by)}，${moment(current.updated_at)}，第 ${current.version} 版（${statusName(current.status)}）</p>
      ${rows.map((row) => this.#row(row))}
      <p class="row">
        <button type="button" class="primary" @click=${() => this.done(this.#merged(rows), current)}>用选好的内容继续改</button>
        <button type="button" @click=${() => this.done({ ...current }, current)}>全用对方的</button>
        <button type="button" class="quiet" @click=${() => this.done(null, current)}>先不处理，回到我写的</button>
      </p>`;
  }

  #row({ field, was, is, mine, state, taken, choose }) {
    const [tone, words] = STATES[state];
    const side = (name, text, value) => {
      const isChoice = value && state !== "same";
      const body = html`<p class="foreign plain" tabindex="0">${text || html`<span class="muted">（无）</span>`}</p>`;
      if (!isChoice) return html`<div class="edition"><span class="muted small">${name}</span>${body}</div>`;
      return html`<label class="edition ${taken === value ? "taken" : ""}"><span class="small"><input type="radio" name="take-${field}" .checked=${taken === value} @change=${() => choose(value)} /> ${name}</span>${body}</label>`;
    };
    return html`<section class="card lost" aria-label=${fieldName(field)}>
      <h2>${fieldName(field)} <span class="badge ${tone}">${words}</span></h2>
      <div class="editions">${state === "same" ? nothing : side("原来", was)}${side("对方改成", is, "theirs")}${side("你改成", mine, "mine")}</div>
    </section>`;
  }

  #merged(rows) {
    const { current } = this.problem;
    const merged = { ...current };
    for (const { field, taken } of rows) {
      const from = taken === "mine" ? this.yours : current;
      if (from[field] === undefined) delete merged[field];
      else merged[field] = from[field];
    }
    return merged;
  }
}
