// Rules: entries that stand first for a question, entries that are not shown.
import { html, nothing } from "/web/vendor/lit-html/lit-html.js";
import { Trial } from "../changes.js";
import { curated, formFields, sent, span } from "../curated.js";
import { entryLink, titleOf } from "../parts.js";
import { to } from "../router.js";
import { Picker } from "../picker.js";
import { RegionField } from "../region.js";

let redrawNow = () => {};
let pins;
let hides;
let trial;
let region;

const clean = (rule) => ({ questions: [], ...sent(rule, ["questions"]) });

export const open = (given) => {
  redrawNow = given.redraw;
  trial = new Trial(given.redraw);
  return view(given);
};

const view = curated({
  kind: "rules",
  title: "置顶与屏蔽",
  one: "规则",
  about: "问到这些话时，哪些条目排第一、哪些不出现。保存后立即生效，不用重建索引。",
  columns: ["问法", "置顶", "屏蔽", "有效期"],
  cells: (row) => [
    html`${row.questions.slice(0, 3).map((question) => html`<div><a class="foreign" href=${to("rules", row.id)}>${question}</a></div>`)}${row.questions.length > 3 ? html`<span class="muted">等 ${row.questions.length} 个</span>` : nothing}${row.compare === "contains" ? html`<span class="badge">含这些字</span>` : nothing}`,
    ids(row.pins), ids(row.hides), span(row),
  ],
  blank: (query) => ({ questions: query?.get("question") ? [query.get("question")] : [], compare: "equal" }),
  name: (rule) => rule.questions[0],
  clean,
  outdated: () => trial.outdate(),
  opened(rule, { redraw, changed }) {
    const picker = (field, label, hint) => {
      const made = new Picker({ label, hint, redraw, changed: (chosen) => { rule[field] = chosen; changed(); } });
      made.ids = rule[field] ?? [];
      return made;
    };
    region = new RegionField({ label: "只对哪个区域的来电", hint: "不填就是各地", redraw, changed: (code) => { if (code) rule.region = code; else delete rule.region; changed(); } });
    region.set(rule.region);
    pins = picker("pins", "置顶的条目", "按顺序排在最前");
    hides = picker("hides", "屏蔽的条目", "问到时不出现");
  },
  form(rule, context) {
    const field = formFields(rule, context);
    return html`
      ${field.lines("questions", "问法", { hint: "一行一个", rows: 4 })}
      <label class="field">怎么算问到<select @change=${(event) => field.set("compare", event.target.value)}>
        <option value="equal" ?selected=${rule.compare !== "contains"}>整句就是它（标点不计）</option>
        <option value="contains" ?selected=${rule.compare === "contains"}>问题里含这些字</option></select></label>
      ${pins.draw()} ${hides.draw()}
      <div class="pairs">
        ${region.draw()} ${field.text("collection", "只在哪个语境库", { hint: "编号；不填就是都算" })}
        ${field.moment("starts_at", "从什么时候起")} ${field.moment("ends_at", "到什么时候止")}
      </div>`;
  },
  beside: (rule, { id }) => trial.draw(() => trial.run({ rule: clean(rule), rule_id: id || undefined }), { about: "这条规则会让哪些问题的结果变？试算不会改动任何东西。" }),
});

const ids = (list) => (list?.length ? list.map((id) => html`<div>${entryLink(id, titleOf(id, () => redrawNow()))}</div>`) : html`<span class="muted">—</span>`);
