// Urgent notices: shown above every answer in a region for a while.
import { html, nothing } from "/web/vendor/lit-html/lit-html.js";
import { curated, formFields, sent, span } from "../curated.js";
import { foreign } from "../parts.js";
import { Picker } from "../picker.js";
import { RegionField } from "../region.js";

let entries;
let region;

export const open = curated({
  kind: "notices",
  title: "通知",
  one: "通知",
  about: "突发和临时的事，显示在话务员台最上面，保存后一秒内到每个坐席。",
  query: { all: true },
  columns: ["通知", "区域", "有效期"],
  cells: (row) => [
    html`<a class="foreign" href="#/notices/${encodeURIComponent(row.id)}">${row.title}</a><div class="muted clamp">${foreign(row.text)}</div>`,
    row.region === "000000" ? "全国" : row.region, span(row),
  ],
  blank: () => ({ title: "", text: "", region: "000000", ends_at: new Date(Date.now() + 24 * 3600_000).toISOString() }),
  name: (notice) => notice.title,
  clean: (notice) => ({ title: "", ...sent(notice, []) }),
  opened(notice, { redraw, changed }) {
    region = new RegionField({ label: "区域", hint: "这个区域和它下面的来电都看得到", redraw, changed: (code) => { notice.region = code || "000000"; changed(); } });
    region.set(notice.region);
    entries = new Picker({ label: "可以看的条目", redraw, changed: (ids) => { notice.entries = ids; changed(); } });
    entries.ids = notice.entries ?? [];
  },
  form(notice, context) {
    const field = formFields(notice, context);
    return html`${field.text("title", "标题（最多 60 字）")} ${field.area("text", "内容（最多 500 字）", 5)}
      <div class="pairs">${region.draw()}<span></span>${field.moment("starts_at", "从什么时候起")} ${field.moment("ends_at", "到什么时候止")}</div>
      ${entries.draw()}`;
  },
  beside: (notice) => html`<section class="card"><h2>话务员看到的样子</h2><div class="notice"><strong class="foreign">${notice.title || "（标题）"}</strong>${notice.text ? html`<p class="foreign plain">${notice.text}</p>` : nothing}</div></section>`,
});
