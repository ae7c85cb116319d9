// What waits for an editor: reviews, what is over but still opened, what nobody
// finds, what is copied most, conflicts, what is scheduled.
import { html, nothing } from "/web/vendor/lit-html/lit-html.js";
import { ask, encodedId } from "/web/shared/api.js";
import { toast } from "/web/shared/toast.js";
import { during, empty, entryLink, foreign, head, kindBadge, moment, statusBadge, table, titleOf, today, waiting, who, withReason } from "../parts.js";
import { compared, differences } from "../reading.js";
import { to } from "../router.js";

const FEW = 20;
const STATS = {
  opened_expired: ["已失效还有人看", "这些条目过了失效日期或已撤下，最近 30 天还有人打开。", "次打开"],
  never_shown: ["没人查得到", "最近 30 天一次也没有出现在结果里。看看相似问够不够，或者该撤下。", ""],
  copied: ["用得最多", "最近 30 天话务员复制得最多的。优先复核它们。", "次复制"],
};

export function open({ redraw }) {
  const state = { isLoading: false, error: "", review: [], drafts: [], conflicts: [], scheduled: [], stats: {}, open: new Set() };

  async function load() {
    await during(state, redraw, async () => {
      const list = (query) => ask("/v1/entries", { query: { limit: FEW, ...query } });
      const [review, waitingFor, conflicts, scheduled] = await Promise.all([
        list({ review_by: today(), sort: "review" }), list({ status: "review", sort: "updated" }), ask("/v1/conflicts"), ask("/v1/schedule"),
      ]);
      Object.assign(state, { review: review.data.entries, more: review.data.next, waitingFor: waitingFor.data.entries, conflicts: conflicts.data.conflicts, scheduled: scheduled.data.scheduled });
    });
    await Promise.all(Object.keys(STATS).map(async (by) => {
      try {
        state.stats[by] = { rows: (await ask("/v1/stats/entries", { query: { by, days: 30, limit: FEW } })).data.entries };
      } catch (error) {
        state.stats[by] = { error: error.message };
      }
      redraw();
    }));
  }

  async function settle(conflict, keep) {
    const title = keep === "library" ? "留知识库里的" : "用文件里的";
    const done = await withReason(title, { send: "确定" }, (reason) => ask(`/v1/conflicts/${encodedId(conflict.entry_id)}`, { method: "POST", json: { keep, reason } }));
    if (!done) return;
    toast("冲突已处理");
    await load();
  }

  async function reviewed(entry) {
    const fields = html`<label>下次复核<input type="date" name="next" required .value=${today(365)} /></label>`;
    const done = await withReason(`“${entry.title}”复核过了`, { send: "记下", fields, suggestions: ["复核无误"] }, (reason, data) =>
      ask(`/v1/entries/${encodedId(entry.id)}`, { method: "PATCH", json: { next_review_on: String(data.get("next")), reason }, headers: { "If-Match": `"${entry.version}"` } }));
    if (!done) return;
    toast("已记下");
    await load();
  }

  function draw() {
    return html`${head("待办", "")} ${waiting(state, load)}
      <div class="dues">
        ${section("该复核了", state.review.length, "", state.review.length ? table(["标题", "状态", "复核日期", ""], state.review, { caption: "该复核的条目", cells: (row) => [html`${entryLink(row.id, row.title)}<div class="small muted">${foreign(row.department)}</div>`, statusBadge(row.status), html`<span class="nowrap">${row.next_review_on}</span>`, html`<button type="button" @click=${() => reviewed(row)}>复核过了</button>`] }) : empty("没有到期的。"),
          state.more ? html`<a href=${to("entries", "", { due: "review", sort: "review" })}>全部</a>` : nothing)}
        ${section("等人审核发布", state.waitingFor?.length ?? 0, "", state.waitingFor?.length ? table(["标题", "类型", "送审"], state.waitingFor, { caption: "待审的条目", cells: (row) => [html`${entryLink(row.id, row.title)}<div class="small muted">${who(row.updated_by)}</div>`, kindBadge(row.kind), html`<span class="nowrap">${moment(row.updated_at)}</span>`] }) : empty("没有待审的。"))}
        ${section("冲突", state.conflicts.length, "这些条目在文件里改了，在这里也改了。现在用的是这里的。", state.conflicts.length ? html`<ul class="work">${state.conflicts.map(conflict)}</ul>` : empty("没有冲突。"))}
        ${section("已安排的", state.scheduled.length, "", state.scheduled.length ? table(["条目", "到时候", "什么时候", "原因"], state.scheduled, { caption: "已安排的", key: (row) => row.entry_id, cells: (row) => [entryLink(row.entry_id, titleOf(row.entry_id, redraw)), row.status === "published" ? "发布" : "撤下", html`<span class="nowrap">${moment(row.due_at)}</span>`, foreign(row.reason)] }) : empty("没有安排。"))}
        ${Object.entries(STATS).map(([by, [title, about, unit]]) => {
          const { rows = [], error } = state.stats[by] ?? {};
          const content = error ? html`<p class="muted">${error}</p>` : rows.length ? html`<ol class="ranked">${rows.map((row) => html`<li><span class="grow">${entryLink(row.id, row.title)}</span>${unit ? html`<span class="muted nowrap">${row.times} ${unit}</span>` : nothing}</li>`)}</ol>` : empty("没有。");
          return section(title, rows.length, about, content);
        })}
      </div>`;
  }

  function section(title, count, about, content, more = nothing) {
    return html`<section class="card" aria-label=${title}><div class="row"><h2 class="grow">${title} ${count ? html`<span class="badge warn">${count}</span>` : nothing}</h2>${more}</div>${about ? html`<p class="muted small">${about}</p>` : nothing}${content}</section>`;
  }

  function conflict(one) {
    return html`<li data-key=${one.entry_id}><div class="row"><strong class="grow">${entryLink(one.entry_id, one.here.title)}</strong></div>
      <p class="muted small">${foreign(one.origin)} · ${moment(one.found_at)}</p>
      ${differences(compared(one.here, one.wanted), { old: "知识库里", fresh: "文件里" })}
      <p class="row"><button type="button" @click=${() => settle(one, "library")}>留知识库里的</button><button type="button" @click=${() => settle(one, "origin")}>用文件里的</button></p></li>`;
  }

  load();
  return { draw };
}
