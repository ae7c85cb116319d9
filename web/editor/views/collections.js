// Collections (语境库): some categories and departments under a name.
import { html } from "/web/vendor/lit-html/lit-html.js";
import { curated, formFields, sent } from "../curated.js";
import { foreign, linesOf } from "../parts.js";

const LISTS = ["categories", "departments", "words", "synonyms"];

/** `补领身份证 = faq-id-lost` a line. */
const frequentText = (list) => (list ?? []).map(({ label, entry_id }) => `${label} = ${entry_id}`).join("\n");
const frequentOf = (text) => linesOf(text).map((line) => {
  const at = line.lastIndexOf("=");
  return at < 0 ? { label: line, entry_id: "" } : { label: line.slice(0, at).trim(), entry_id: line.slice(at + 1).trim() };
});

export const open = curated({
  kind: "collections",
  title: "语境库",
  one: "语境库",
  about: "把一些分类和部门归成一个名字，话务员和机器人可以只在里面查。",
  columns: ["名称", "分类", "部门", "高频事项"],
  cells: (row) => [
    html`<a class="foreign" href="#/collections/${encodeURIComponent(row.id)}">${row.name}</a><div class="muted small">${foreign(row.id)}</div>`,
    foreign((row.categories ?? []).join("、") || "—"), foreign((row.departments ?? []).join("、") || "—"), `${row.frequent?.length ?? 0} 项`,
  ],
  blank: () => ({ name: "" }),
  name: (collection) => collection.name,
  clean(collection) {
    const content = { name: "", ...sent(collection, LISTS) };
    if (content.frequent_text !== undefined) content.frequent = frequentOf(content.frequent_text);
    delete content.frequent_text;
    return content;
  },
  form(collection, context) {
    const field = formFields(collection, context);
    return html`${field.text("name", "名称")}
      ${field.lines("categories", "包含哪些分类", { hint: "一行一个，下级分类也算在内" })}
      ${field.lines("departments", "包含哪些部门")}
      <label class="field">高频事项（最多 9 项，话务员按数字键）<textarea name="frequent" rows="5" .value=${collection.frequent_text ?? frequentText(collection.frequent)} @input=${(event) => field.set("frequent_text", event.target.value || " ")}></textarea><span class="hint">一行一项：补领身份证 = 条目编号</span></label>
      ${field.lines("synonyms", "本库的同义词", { hint: "写法同词表，只对在本库里查的问题有效", rows: 3 })}
      ${field.lines("words", "本库的词", { hint: "不该切开的词，下次重建索引后生效", rows: 3 })}`;
  },
});
