// A guide as a service guide: its parts under the questions callers ask next.
import { html, nothing } from "/web/vendor/lit-html/lit-html.js";
import { inlineMarkdown, link, markdown, safeAddress, withPhones } from "/web/shared/foreign.js";
import { openPart } from "../actions.js";

/** What an agent is asked, the part that answers it, and how that is shown. */
const PARTS = [
  { name: "materials", asks: "要带什么？", title: "所需材料", show: checklist },
  { name: "steps", asks: "怎么办？", title: "办理流程", show: steps },
  { name: "time_limit", asks: "多久？", title: "办理时限", show: prose },
  { name: "fee", asks: "多少钱？", title: "收费", show: prose },
  { name: "places", asks: "在哪办？", title: "办理地点", show: places },
  { name: "online", asks: "网上能办吗？", title: "网上办理", show: online },
  { name: "conditions", asks: "谁能办？", title: "办理条件", show: prose },
  { name: "notes", asks: "注意什么？", title: "注意事项", show: prose },
  { name: "legal_basis", asks: "依据什么？", title: "法律依据", show: basis },
];

/** The parts an entry has, in the order of their digits. */
export function partsOf(entry) {
  const guide = entry.guide ?? {};
  return PARTS.filter(({ name }) => (Array.isArray(guide[name]) ? guide[name].length > 0 : Boolean(guide[name])));
}

/** The next questions as buttons; with digits where digits choose them. */
export function nextQuestions(entry, hasDigits) {
  const parts = partsOf(entry);
  if (parts.length === 0) return nothing;
  return html`<nav class="next-questions" aria-label="接着会问">
    ${parts.map(
      ({ name, asks }, at) =>
        html`<button type="button" @click=${() => openPart(name)}>${hasDigits ? html`<kbd>${at + 1}</kbd>` : nothing}${asks}</button>`,
    )}
  </nav>`;
}

/** All parts of a guide. */
export function guide(entry) {
  return partsOf(entry).map(
    ({ name, title, show }) => html`<section class="part" aria-labelledby="part-${name}">
      <h3 id="part-${name}" tabindex="-1">${title}</h3>
      ${show(entry.guide[name])}
    </section>`,
  );
}

function prose(text) {
  return html`<div class="prose foreign">${markdown(text)}</div>`;
}

/** Ticked off while it is told to the caller; the ticks are the agent's alone. */
function checklist(materials) {
  return html`<ul class="checklist">
    ${materials.map((one) => html`<li><label><input type="checkbox" /><span class="foreign">${inlineMarkdown(one)}</span></label></li>`)}
  </ul>`;
}

function steps(all) {
  return html`<ol class="steps">
    ${all.map((one) => html`<li class="foreign">${inlineMarkdown(one)}</li>`)}
  </ol>`;
}

function places(all) {
  return html`<ul class="places">
    ${all.map(
      (place) => html`<li class="foreign">
        ${place.name ? html`<strong>${place.name}</strong>` : nothing}
        <dl>
          ${fact("地址", place.address)} ${fact("时间", place.hours)}
          ${fact("电话", place.phone && withPhones(place.phone))}
        </dl>
      </li>`,
    )}
  </ul>`;
}

function fact(name, value) {
  return value ? html`<div><dt>${name}</dt><dd>${value}</dd></div>` : nothing;
}

function online(text) {
  return safeAddress(text) ? html`<p class="foreign">${link(text, text)}</p>` : prose(text);
}

function basis(all) {
  return html`<ul class="basis">
    ${all.map((one) => html`<li class="foreign">${inlineMarkdown(one)}</li>`)}
  </ul>`;
}
