// The call: what was asked in it, what came of it, and the next one.
import { html, nothing } from "/web/vendor/lit-html/lit-html.js";
import { answeredNow, askFor, dispatch, next, toList } from "../actions.js";
import { state } from "../state.js";

const DONE = { opened: "看过", copied: "已复制", answered: "已答复", dispatched: "已派单", gap: "报缺口", correction: "报错误" };

/** The call at hand and those before it. */
export function side() {
  const { call, earlier } = state;
  return html`<aside class="side" aria-label="本次通话">
    <section class="call">
      <h2>本次通话</h2>
      <p class="outcome">${outcome(call)}</p>
      <p class="outcomes">
        <button type="button" @click=${answeredNow}><kbd>a</kbd>已答复</button>
        <button type="button" @click=${dispatch}><kbd>d</kbd>派单</button>
        <button type="button" class="primary" @click=${next}><kbd>n</kbd>下一位</button>
      </p>
      ${call.asked.length ? history([...call.asked].reverse()) : html`<p class="muted">还没有问题。</p>`}
    </section>
    ${earlier.length
      ? html`<section><h2>刚才答过</h2>${history(earlier)}</section>`
      : nothing}
    ${state.unsent.length > 1 ? html`<p class="muted">还有 ${state.unsent.length} 条记录等着发出。</p>` : nothing}
  </aside>`;
}

function outcome(call) {
  if (call.outcome === "answered") return html`<span class="badge good">当场答复</span>`;
  if (call.outcome === "dispatched") return html`<span class="badge accent">派单</span> <span class="foreign">${call.department}</span>${call.ticket ? html` · 工单 <span class="foreign ticket">${call.ticket}</span>` : nothing}`;
  return html`<span class="muted">结果还没记</span>`;
}

function history(all) {
  const again = (question) => {
    askFor(question);
    toList();
  };
  return html`<ul class="history">
    ${all.map(
      ({ question, title, done }) => html`<li>
        <button type="button" class="link foreign" @click=${() => again(question)}>${question}</button>
        <span class="muted foreign">${[title === question ? "" : title, ...done.map((one) => DONE[one])].filter(Boolean).join(" · ")}</span>
      </li>`,
    )}
  </ul>`;
}
