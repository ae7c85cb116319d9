// What stands where there is no sure answer: never a blank place, always a next step.
import { html, nothing } from "/web/vendor/lit-html/lit-html.js";
import { chooseClarification, dispatch, reportGap } from "../actions.js";
import { frequent, state } from "../state.js";

/** From less than this on hits are only near what was asked. */
const NEAR = 0.35;

/** Whether what was found is only near the question. */
export function isOnlyNear() {
  if (state.hits.length === 0) return false;
  return state.settled ? state.settled.status === "unsure" : state.hits[0].confidence < NEAR;
}

/** Above the entry that is read, where it may not be the answer. */
export function doubt() {
  if (!isOnlyNear()) return nothing;
  return html`<section class="doubt" aria-label="没有把握">
    <p>不能确定答案，下面是<strong>相近的内容</strong>，请核对再答。</p>
    ${clarification()} ${department()}
  </section>`;
}

/** Instead of an entry, where nothing was found. */
export function nothingFound() {
  if (state.refused) return html`<p class="error" role="alert">${state.refused}</p>`;
  return html`<section class="nothing-found">
    <h2>没有找到“<span class="foreign">${state.shown.trim()}</span>”</h2>
    <p class="muted">换个说法试试：用事情的名称（身份证补领）、文号，或拼音首字母（sfz）。${state.region ? html`现在只查<strong>${state.region.name}</strong>适用的内容，可以按 <kbd>Alt</kbd>+<kbd>R</kbd> 换区域。` : nothing}</p>
    ${clarification()} ${department()}
    <p class="row">
      <button type="button" class="primary" @click=${reportGap}><kbd>Alt+G</kbd>报知识缺口</button>
      <button type="button" @click=${dispatch}><kbd>Alt+D</kbd>派单</button>
    </p>
  </section>`;
}

/** One question back to the caller, with what to ask next for each answer. */
function clarification() {
  const { clarify } = state.settled ?? {};
  if (!clarify) return nothing;
  return html`<div class="clarify" role="group" aria-label=${clarify.question}>
    <p><strong>可以问来电人：</strong>${clarify.question}</p>
    <p class="row">
      ${clarify.options.map((option) => html`<button type="button" @click=${() => chooseClarification(option)}>${option.label}</button>`)}
    </p>
  </div>`;
}

function department() {
  const { route } = state.settled ?? {};
  if (!route) return nothing;
  const phone = route.phone ? html`，电话 <strong class="foreign">${route.phone}</strong>` : nothing;
  return html`<p>可能归口：<strong class="foreign">${route.department}</strong>${phone}</p>`;
}

/** Before anything is asked. */
export function welcome() {
  return html`<section class="welcome">
    <h2>请说，我在查</h2>
    <p class="muted">来电人一开口就打字：中文、拼音（shenfenzheng）、首字母（sfz）、文号都行，不用等打完。</p>
    <dl class="hints">
      <div><dt><kbd>Enter</kbd></dt><dd>打开第一条</dd></div>
      <div><dt><kbd>↓</kbd></dt><dd>进列表，按字母操作</dd></div>
      <div><dt><kbd>Alt</kbd>+<kbd>C</kbd></dt><dd>边打字边复制话术</dd></div>
      <div><dt><kbd>Alt</kbd>+<kbd>N</kbd></dt><dd>下一位来电</dd></div>
      <div><dt><kbd>Alt</kbd>+<kbd>R</kbd></dt><dd>换区域${state.region ? nothing : "（现在不限区域）"}</dd></div>
      <div><dt><kbd>F1</kbd></dt><dd>所有按键</dd></div>
    </dl>
    ${frequent().length ? html`<p class="muted">左边是高频事项，按 <kbd>Alt</kbd>+数字直接打开。</p>` : nothing}
  </section>`;
}
