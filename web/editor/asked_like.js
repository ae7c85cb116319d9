// How people really asked for an entry: each wording is taken as a similar
// question with one click, or turned down for good.
import { html, nothing } from "/web/vendor/lit-html/lit-html.js";
import { ask, encodedId } from "/web/shared/api.js";
import { toast } from "/web/shared/toast.js";

/** The wordings of one entry; `take` puts one into the form, `has` says it is there. */
export class AskedLike {
  constructor({ redraw, take, has }) {
    Object.assign(this, { redraw, take, has, id: null, questions: [], error: "" });
  }

  async load(id) {
    this.id = id;
    try {
      this.questions = (await ask(this.#path())).data.questions;
    } catch {
      // The entry is written without them; they come with the next opening.
      this.questions = [];
    }
    this.redraw();
  }

  #path() {
    return `/v1/suggested-questions/${encodedId(this.id)}`;
  }

  #taken(question) {
    this.take(question);
    toast("已加进相似问，发布后生效");
  }

  async #refuse(question) {
    try {
      await ask(this.#path(), { method: "POST", json: { refuse: question } });
      this.questions = this.questions.filter((one) => one.question !== question);
      this.error = "";
    } catch (error) {
      this.error = error.message;
    }
    this.redraw();
  }

  draw() {
    const offered = this.questions.filter(({ question }) => !this.has(question));
    if (!offered.length) return nothing;
    return html`<section class="card asked-like" aria-labelledby="asked-like">
      <h2 id="asked-like">来电的人这样问过</h2>
      <p class="muted small">用这一条答复过的问法，至少两个坐席用过，或采编确认过。加进相似问，同样的问法就更容易查到。</p>
      ${this.error ? html`<p class="error" role="alert">${this.error}</p>` : nothing}
      <ul class="offered">${offered.map((one) => html`<li class="row">
        <span class="grow"><bdi class="foreign">${one.question}</bdi> <span class="muted small">${one.calls ? `${one.calls} 通 · ${one.seats} 个坐席` : "采编确认"}</span></span>
        <button type="button" aria-label="加入相似问：${one.question}" @click=${() => this.#taken(one.question)}>加入相似问</button>
        <button type="button" class="quiet" aria-label="不采用：${one.question}" @click=${() => this.#refuse(one.question)}>不采用</button>
      </li>`)}</ul>
    </section>`;
  }
}
