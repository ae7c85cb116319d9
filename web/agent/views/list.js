// The field and the lines below it: hits with a digit each, what the caller may
// have meant, suggested questions. A combobox and its list.
import { html, nothing } from "/web/vendor/lit-html/lit-html.js";
import { ifDefined } from "/web/vendor/lit-html/directives/if-defined.js";
import { marked } from "/web/shared/foreign.js";
import { kindName, validityWords } from "/web/shared/words.js";
import { chooseLine, openLine, toCard } from "../actions.js";
import { typed } from "../asking.js";
import { isArticle } from "../basis.js";
import { lines, state } from "../state.js";
import { isOnlyNear } from "./nothing.js";

const idOf = (at) => `line-${at}`;

/** The field. What is composed with an input method is asked when it is done. */
export function field() {
  const all = lines();
  const onInput = (event) => event.isComposing || typed(event.target.value);
  return html`<div class="ask" role="search">
    <label class="visually-hidden" for="question">来电人问的问题</label>
    <input
      id="question" type="text" role="combobox" autocomplete="off" autocapitalize="off" spellcheck="false" maxlength="500" enterkeyhint="search"
      aria-autocomplete="list" aria-controls=${ifDefined(all.length ? "lines" : undefined)} aria-expanded=${all.length > 0} aria-activedescendant=${all.length ? idOf(state.chosen) : ""}
      placeholder="来电人问什么？" @input=${onInput} @compositionend=${(event) => typed(event.target.value)}
    />
    <kbd class="hint" aria-hidden="true">/</kbd>
  </div>`;
}

/** The list. */
export function list() {
  const all = lines();
  if (all.length === 0) return nothing;
  // The first hit is the answer whatever it is; below it the articles stand apart.
  const sectionOf = (line, at) => (line.kind === "hit" && at > 0 && isArticle(line.hit) ? "basis" : line.kind);
  const group = (kind, title) => {
    const own = all.flatMap((line, at) => (sectionOf(line, at) === kind ? [[line, at]] : []));
    if (own.length === 0) return nothing;
    return html`<div role="group" aria-labelledby="group-${kind}">
      <div class="group" id="group-${kind}" role="presentation">${title}</div>
      ${own.map(([line, at]) => row(line, at))}
    </div>`;
  };
  return html`<section class="list">
    <div id="lines" role="listbox" tabindex="0" aria-label="找到的内容" aria-busy=${state.shown !== state.question} aria-activedescendant=${idOf(state.chosen)}>
      ${group("frequent", "高频事项")} ${group("hit", isOnlyNear() ? "相近的内容" : "找到的内容")} ${group("basis", "依据")}
      ${group("choice", "来电人指的是")} ${group("suggestion", "也许要问")}
    </div>
  </section>`;
}

function row(line, at) {
  const isChosen = at === state.chosen && !state.aside;
  // The mouse chooses and opens in one go.
  const onClick = () => {
    chooseLine(at);
    openLine(at).then(toCard);
  };
  return html`<div id=${idOf(at)} class="line ${line.kind}" role="option" aria-selected=${isChosen} @click=${onClick}>${inside(line, at)}</div>`;
}

function inside(line, at) {
  const digit = at < 9 ? html`<kbd aria-hidden="true">${at + 1}</kbd>` : html`<span></span>`;
  switch (line.kind) {
    case "hit":
      return html`${digit}<span class="words"><span class="name foreign">${marked(line.hit.title, line.hit.highlights.title)}</span>${about(line.hit)}</span>`;
    case "frequent":
      return html`${digit}<span class="words foreign">${line.matter.label}</span>`;
    case "choice":
      return html`<span class="words foreign">${line.option.label}</span>`;
    default:
      return html`<span class="words foreign">${marked(line.suggestion.text, line.suggestion.highlights)}</span>`;
  }
}

function about(hit) {
  const validity = validityWords(hit.validity);
  const isUsual = hit.validity.state === "current" && !hit.validity.until;
  return html`<span class="about"
    >${kindName(hit.kind)} · ${hit.region.name}${hit.department ? html` · <span class="foreign">${hit.department}</span>` : nothing}${isUsual
      ? nothing
      : html` · <span class="tone-${validity.tone}">${validity.words}</span>`}</span
  >`;
}
