// The entry that is read now: what can be said at once, and on opening all of it.
import { html, nothing } from "/web/vendor/lit-html/lit-html.js";
import { link, marked, markdown, passage, withPhones } from "/web/shared/foreign.js";
import { certaintyWords, kindName, levelName, matchedNames, sourceLines, validityWords } from "/web/shared/words.js";
import { answeredNow, copy, dispatch, reportError, reportGap, stepBack, toCard } from "../actions.js";
import { articleOf, isArticle } from "../basis.js";
import { known, open, openById } from "../reading.js";
import { current, state } from "../state.js";
import { guide, nextQuestions } from "./guide.js";
import { doubt, nothingFound, welcome } from "./nothing.js";

/** Sources shown before an entry is opened. */
const FEW_SOURCES = 3;

/** The reading place. */
export function card() {
  const hit = current();
  const isEmpty = !state.aside && !state.question.trim();
  const body = isEmpty ? welcome() : hit ? [state.aside ? nothing : doubt(), read(hit)] : state.shown ? nothingFound() : nothing;
  return html`<article id="card" class="card reading" tabindex="-1" aria-label="答案">${body}</article>`;
}

function read(hit) {
  const entry = known(hit.id);
  const isOpen = state.opened?.id === hit.id;
  return html`
    ${isOpen ? html`<button type="button" class="quiet back" @click=${stepBack}><kbd>Esc</kbd>返回</button>` : nothing}
    ${badges(hit)}
    <h2 class="title foreign">${marked(hit.title, hit.highlights.title)}</h2>
    ${replaced(hit)} ${said(hit)} ${actions(hit, isOpen)}
    ${entry?.guide ? nextQuestions(entry, isOpen) : nothing}
    ${isOpen ? (entry ? whole(entry) : html`<p class="muted" role="status">正在打开…</p>`) : nothing} ${facts(hit, entry, isOpen)}
  `;
}

function badges(hit) {
  const validity = validityWords(hit.validity);
  // Of the first hit alone: the others are there to be chosen from.
  const certainty = hit === state.hits[0] ? certaintyWords(hit.confidence) : "";
  return html`<p class="badges">
    <span class="badge accent">${kindName(hit.kind)}</span>
    <span class="badge ${validity.tone}">${validity.words}</span>
    ${certainty ? html`<span class="badge warn">${certainty}</span>` : nothing}
  </p>`;
}

/** A document that was replaced leads to the one that counts. */
function replaced(hit) {
  const { by } = hit.validity;
  if (hit.validity.state !== "superseded" || !by) return nothing;
  const title = known(by)?.title;
  return html`<p class="notice">这份文件已废止，以新文件为准：<button type="button" class="link foreign" @click=${() => openById(by).then(toCard)}>${title ?? by}</button></p>`;
}

/** What to say: the script, or where there is none the passage that was found. */
function said(hit) {
  if (hit.script) {
    return html`<section class="said" aria-label="话术"><h3>话术</h3><p class="foreign plain">${hit.script}</p></section>`;
  }
  if (!hit.snippet) return nothing;
  return html`<section class="said passage" aria-label="原文"><h3>原文</h3><p class="foreign plain">${passage(hit.snippet, hit.highlights.snippet)}</p></section>`;
}

function actions(hit, isOpen) {
  const button = (key, words, action, shape = "") =>
    html`<button type="button" class=${shape} @click=${action}><kbd>${key}</kbd>${words}</button>`;
  return html`<p class="row actions">
    ${button("c", "复制", copy, "primary")}
    ${isOpen ? nothing : button("↵", "看全文", () => open(hit).then(toCard))}
    ${button("a", "已答复", answeredNow)} ${button("d", "派单", dispatch)} ${button("g", "报缺口", reportGap)} ${button("f", "报错误", reportError)}
  </p>`;
}

function facts(hit, entry, isOpen) {
  const all = sourceLines(hit.source);
  const sources = isOpen ? all : all.slice(0, FEW_SOURCES);
  const left = all.length - sources.length;
  return html`<dl class="facts">
    ${fact("适用", reached(hit.region))} ${fact("部门", hit.department && html`<span class="foreign">${hit.department}</span>`)}
    ${fact("电话", phones(entry))}
    ${sources.length
      ? fact("依据", html`<ul class="sources">
          ${sources.map((source) => html`<li class="foreign">${link(source.link, source.words)}${isArticle(hit) ? nothing : articles(source)}</li>`)}
          ${left > 0 ? html`<li class="muted">还有 ${left} 份，打开后看</li>` : nothing}
        </ul>`)
      : nothing}
    ${hit.script && hit.snippet && !isOpen ? fact("原文", html`<span class="foreign plain passage">${passage(hit.snippet, hit.highlights.snippet)}</span>`) : nothing}
    ${hit.matched_by.length ? fact("命中", html`<span class="muted">${matchedNames(hit.matched_by).join("、")}</span>`) : nothing}
    ${isOpen && entry?.internal_note ? fact("内部备注", html`<span class="foreign plain">${entry.internal_note}</span>`) : nothing}
  </dl>`;
}

/** The articles of a source that the library holds, each to be opened. */
function articles({ document, articles: labels }) {
  const held = labels.flatMap((label) => {
    const article = articleOf(document.title, label);
    return article ? [{ label, article }] : [];
  });
  if (held.length === 0) return nothing;
  return html`<span class="articles">${held.map(
    ({ label, article }) => html`<button type="button" class="link" title=${article.title} @click=${() => openById(article.id).then(toCard)}>看${label}</button>`,
  )}</span>`;
}

function fact(name, value) {
  return value ? html`<div><dt>${name}</dt><dd>${value}</dd></div>` : nothing;
}

/** For which region it holds, and on which way from the chosen one it was reached. */
function reached(region) {
  const level = region.level === "national" ? nothing : html`<span class="muted">（${levelName(region.level)}）</span>`;
  const path = state.region ? [state.region, ...state.region.above, { code: "000000", name: "全国" }] : [];
  const at = path.findIndex(({ code }) => code === region.code);
  if (at <= 0) return html`<strong>${region.name}</strong>${at === 0 ? html`<span class="muted">（本地）</span>` : level}`;
  return html`<span class="muted">${path.slice(0, at).map(({ name }) => `${name} → `)}</span><strong>${region.name}</strong>${level}`;
}

/** Telephones, where the entry itself has some. */
function phones(entry) {
  const withPhone = (entry?.guide?.places ?? []).filter(({ phone }) => phone);
  if (withPhone.length === 0) return null;
  return html`<ul class="sources">
    ${withPhone.map(({ name, phone }) => html`<li class="foreign">${withPhones(phone)}${name ? html` <span class="muted">${name}</span>` : nothing}</li>`)}
  </ul>`;
}

function whole(entry) {
  if (!entry.guide) return html`<section class="part"><h3>正文</h3><div class="prose foreign">${markdown(entry.body)}</div></section>`;
  return html`${guide(entry)}
    <details class="part"><summary>全文</summary><div class="prose foreign">${markdown(entry.body)}</div></details>`;
}
