// An entry as the agent sees it, and differences between two of them.
import { html, nothing } from "/web/vendor/lit-html/lit-html.js";
import { inlineMarkdown, link, markdown, withPhones } from "/web/shared/foreign.js";
import { day, kindName, sourceLine } from "/web/shared/words.js";
import { fieldName, foreign, today } from "./parts.js";

/** The card of an entry, as an agent reads it. */
export function asAgents(entry, regionName) {
  const now = today();
  const validity = entry.expires_on && entry.expires_on < now
    ? ["bad", `已于${day(entry.expires_on)}失效`]
    : entry.effective_from && entry.effective_from > now
      ? ["warn", `${day(entry.effective_from)}起施行`]
      : entry.expires_on ? ["warn", `将于${day(entry.expires_on)}后失效`] : ["good", "现行"];
  const guide = entry.kind === "guide" ? entry.guide : null;
  return html`<article class="as-agents" aria-label="话务员看到的样子">
    <p class="badges"><span class="badge accent">${kindName(entry.kind)}</span> <span class="badge ${validity[0]}">${validity[1]}</span> <span class="badge">${regionName ?? entry.region ?? "全国"}</span></p>
    <h3 class="foreign">${entry.title || "（还没有标题）"}</h3>
    ${entry.script ? html`<section class="said"><h4>话术</h4><p class="foreign plain">${entry.script}</p></section>` : nothing}
    ${guide ? parts(guide) : nothing}
    ${entry.body ? html`<div class="prose foreign">${markdown(entry.body)}</div>` : nothing}
    <dl class="facts">
      ${entry.department ? html`<div><dt>部门</dt><dd class="foreign">${entry.department}</dd></div>` : nothing}
      ${entry.source?.length ? html`<div><dt>依据</dt><dd>${entry.source.map((source) => html`<div class="foreign">${link(source.link, sourceLine(source))}</div>`)}</dd></div>` : nothing}
      ${entry.internal_note ? html`<div><dt>内部备注</dt><dd class="foreign plain">${entry.internal_note}</dd></div>` : nothing}
    </dl>
  </article>`;
}

function parts(guide) {
  const text = (name, value) => (value ? html`<div><dt>${name}</dt><dd class="prose foreign">${markdown(value)}</dd></div>` : nothing);
  const list = (name, items, isOrdered) => {
    if (!items?.length) return nothing;
    const rows = items.map((item) => html`<li class="foreign">${inlineMarkdown(item)}</li>`);
    return html`<div><dt>${name}</dt><dd>${isOrdered ? html`<ol>${rows}</ol>` : html`<ul>${rows}</ul>`}</dd></div>`;
  };
  return html`<dl class="facts">
    ${text("受理条件", guide.conditions)} ${list("材料", guide.materials)} ${list("步骤", guide.steps, true)}
    ${text("时限", guide.time_limit)} ${text("费用", guide.fee)}
    ${guide.places?.length ? html`<div><dt>地点</dt><dd>${guide.places.map((place) => html`<div class="foreign">${[place.name, place.address, place.hours].filter(Boolean).join("，")} ${place.phone ? withPhones(place.phone) : nothing}</div>`)}</dd></div>` : nothing}
    ${text("网上办理", guide.online)} ${list("法律依据", guide.legal_basis)} ${text("说明", guide.notes)}
  </dl>`;
}

/** A value of a field as people read it. */
export function valueText(value) {
  if (value === null || value === undefined) return "";
  if (Array.isArray(value)) return value.map(valueText).join("\n");
  if (typeof value === "object") return Object.entries(value).map(([name, inner]) => `${fieldName(name)}：${valueText(inner)}`).join("\n");
  return String(value);
}

/** What differs between two texts: what is common at both ends, and the middle. */
export function pieces(old, fresh) {
  const [from, into] = [Array.from(old), Array.from(fresh)];
  let start = 0;
  while (start < from.length && start < into.length && from[start] === into[start]) start += 1;
  let end = 0;
  while (end < from.length - start && end < into.length - start && from.at(-1 - end) === into.at(-1 - end)) end += 1;
  const cut = (text) => [text.slice(0, start), text.slice(start, text.length - end), text.slice(text.length - end)].map((part) => part.join(""));
  return { old: cut(from), fresh: cut(into) };
}

/** Characters of what is the same that are shown around a difference. */
const AROUND = 30;

function side(name, [before, middle, after], shape) {
  const short = (text, keepsEnd) => {
    const all = Array.from(text);
    if (all.length <= AROUND * 2) return text;
    return keepsEnd ? `…${all.slice(-AROUND).join("")}` : `${all.slice(0, AROUND).join("")}…`;
  };
  const marked = shape === "old" ? html`<del>${middle}</del>` : html`<ins>${middle}</ins>`;
  return html`<div class="side-of ${shape}"><span class="muted small">${name}</span><p class="foreign plain" tabindex="0">${short(before, true)}${middle ? marked : nothing}${short(after, false)}${before + middle + after ? nothing : html`<span class="muted">（无）</span>`}</p></div>`;
}

/** Fields that differ, both sides beside each other. */
export function differences(fields, { old = "原来", fresh = "现在" } = {}) {
  if (fields.length === 0) return html`<p class="muted">内容没有不同。</p>`;
  return html`<ul class="differences">${fields.map((one) => {
    const cut = pieces(valueText(one.old), valueText(one.new));
    return html`<li><h4>${fieldName(one.field)}</h4><div class="sides">${side(old, cut.old, "old")}${side(fresh, cut.fresh, "fresh")}</div></li>`;
  })}</ul>`;
}

/** The fields in which two entries differ. */
export function compared(old, fresh) {
  const names = [...new Set([...Object.keys(old), ...Object.keys(fresh)])];
  const isOwn = (name) => !["version", "updated_at", "updated_by", "last_change", "proposals"].includes(name);
  const differing = names.filter((name) => isOwn(name) && JSON.stringify(old[name] ?? null) !== JSON.stringify(fresh[name] ?? null));
  return differing.map((field) => ({ field, old: old[field] ?? null, new: fresh[field] ?? null }));
}

/** Three editions of fields that two people changed. */
export function threefold(base, current, yours, settled, choose) {
  const names = [...new Set([...compared(base, current), ...compared(base, yours)].map(({ field }) => field))];
  return names.map((field) => {
    const [was, is, mine] = [base, current, yours].map((entry) => valueText(entry[field] ?? null));
    const state = is === mine ? "same" : was === is ? "mine" : was === mine ? "theirs" : "both";
    const taken = settled.get(field) ?? (state === "theirs" ? "theirs" : "mine");
    return { field, was, is, mine, state, taken, choose: (side) => choose(field, side) };
  });
}

/** A name beside a text, on one line. */
export const pair = (name, value) => html`<span class="pair"><span class="muted">${name}</span> ${foreign(value)}</span>`;
