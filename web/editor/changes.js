// What will change: the answer of `POST /v1/preview` in words, the questions named.
import { html, nothing } from "/web/vendor/lit-html/lit-html.js";
import { ask } from "/web/shared/api.js";
import { entryLink, foreign, titleOf } from "./parts.js";

/** Questions of each kind that are shown at first. */
const FEW = 8;

const ORIGINS = { case: "考题", similar: "相似问", labelled: "标注", answered: "常问", rule: "本规则" };
export const originName = (origin) => ORIGINS[origin] ?? origin;

const place = (number) => (number ? `第 ${number}` : "十名以外");

/** A trial of one change after the other; only the last one is shown. */
export class Trial {
  constructor(redraw) {
    this.redraw = redraw;
    this.state = "idle";
    this.isOpen = new Set();
  }

  /** Forgets what was tried: the change is another one now. */
  outdate() {
    this.controller?.abort();
    this.state = this.state === "idle" ? "idle" : "old";
  }

  /** Tries a change, as `POST /v1/preview` takes it. */
  async run(change) {
    this.controller?.abort();
    this.controller = new AbortController();
    this.state = "running";
    this.redraw();
    try {
      this.view = (await ask("/v1/preview", { method: "POST", json: change, signal: this.controller.signal })).data;
      this.state = "done";
    } catch (error) {
      if (error.name === "AbortError") return;
      this.state = "failed";
      this.error = error.message;
    }
    this.redraw();
  }

  /** The panel; `start` begins the trial. */
  draw(start, { canStart = true, about = "只是试算：用考题、相似问重问一遍，不会改动任何东西。" } = {}) {
    const isRunning = this.state === "running";
    return html`<section class="card changes" aria-label="会有什么变化">
      <div class="row">
        <h2 class="grow">会有什么变化</h2>
        <button type="button" ?disabled=${isRunning || !canStart} @click=${start}>${isRunning ? "正在试算…" : this.view ? "重新试算" : "试算"}</button>
      </div>
      <div role="status" aria-live="polite">${this.#said(about)}</div>
    </section>`;
  }

  #said(about) {
    if (this.state === "failed") return html`<p class="error">${this.error}</p>`;
    if (this.state === "old") return html`<p class="muted">内容已改动，请重新试算。</p>`;
    if (!this.view || this.state === "idle") return html`<p class="muted">${about}</p>`;
    return report(this.view.report, { redraw: this.redraw, isOpen: this.isOpen, entries: this.view.entries });
  }
}

/** A report in words: of a trial, or of the gate of a reindex. */
export function report(found, { redraw, isOpen, entries }) {
  const asked = html`<p class="muted">
    重问了 ${found.questions} 个相关的问题${entries !== undefined ? html`（含这些词的条目 ${entries} 条）` : nothing}：
    第一命中 ${percent(found.before.hit1)} → ${percent(found.after.hit1)}，前三 ${percent(found.before.hit3)} → ${percent(found.after.hit3)}。
  </p>`;
  const lists = [
    moved("broken", "考题不再成立", "bad", found.broken),
    moved("losses", "掉出前三", "bad", found.losses),
    moved("slipped", "让出第一", "warn", found.slipped),
    moved("gains", "新进前三", "good", found.gains),
    { key: "answers", title: "答复变了", tone: "warn", rows: found.answers, cells: answer },
    { key: "unfound", title: "没有问题能找到", tone: "warn", rows: found.unfound.filter((one) => !one.was_unfound), cells: unfound },
  ].filter(({ rows }) => rows.length);
  const verdict = lists.length === 0
    ? html`<p class="badge good verdict">没有问题的结果会变</p>`
    : found.verdict === "waits"
      ? html`<p class="error">${found.reasons.join("；")}</p>`
      : html`<p class="badge verdict ${found.losses.length + found.broken.length ? "warn" : "good"}">在允许的范围内</p>`;
  return html`${verdict} ${lists.map((list) => section(list, { redraw, isOpen }))} ${asked}`;
}

const percent = (share) => `${(share * 100).toFixed(1)}%`;

function moved(key, title, tone, rows) {
  return { key, title, tone, rows, cells: movedCells };
}

function section({ key, title, tone, rows, cells }, { redraw, isOpen }) {
  const shown = isOpen.has(key) ? rows : rows.slice(0, FEW);
  const more = rows.length - shown.length;
  const open = () => {
    isOpen.add(key);
    redraw();
  };
  return html`<h3 class="kind"><span class="badge ${tone}">${title} ${rows.length}</span></h3>
    <ul class="moves">${shown.map((row) => html`<li>${cells(row, redraw)}</li>`)}</ul>
    ${more > 0 ? html`<button type="button" class="quiet" @click=${open}>还有 ${more} 个，全部显示</button>` : nothing}`;
}

function movedCells(row, redraw) {
  const [id] = row.entries;
  const instead = row.first_now && !row.entries.includes(row.first_now);
  return html`<strong>${foreign(row.question)}</strong> <span class="badge">${originName(row.origin)}</span>
    <div class="muted">${id ? entryLink(id, titleOf(id, redraw)) : nothing}：${place(row.before)} → ${place(row.after)}${
      instead ? html`，现在第一是 ${entryLink(row.first_now, titleOf(row.first_now, redraw))}` : nothing}</div>`;
}

function answer(row, redraw) {
  const named = (id) => (id ? entryLink(id, titleOf(id, redraw)) : html`<span>不直接答复</span>`);
  return html`<strong>${foreign(row.question)}</strong><div class="muted">${named(row.before)} → ${named(row.after)}</div>`;
}

function unfound(row, redraw) {
  return html`${entryLink(row.entry, titleOf(row.entry, redraw))}<div class="muted">它的 ${row.questions} 个问题都找不到它</div>`;
}
