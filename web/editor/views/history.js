// An entry's past: every version with who, when and why; two of them compared;
// an earlier one made the present one.
import { html, nothing } from "/web/vendor/lit-html/lit-html.js";
import { ask, encodedId, tagOf } from "/web/shared/api.js";
import { toast } from "/web/shared/toast.js";
import { during, empty, foreign, forgetTitle, head, moment, statusBadge, table, waiting, who, withReason } from "../parts.js";
import { differences } from "../reading.js";
import { to } from "../router.js";

export function open({ id, redraw }) {
  const state = { isLoading: false, error: "", revisions: [], entry: null, tag: null, from: null, to: null, fields: null };
  const path = (kind) => `/v1/${kind}/${encodedId(id)}`;

  async function load() {
    await during(state, redraw, async () => {
      const [past, newest] = await Promise.all([ask(path("revisions")), ask(path("entries"), { query: { version: "newest" } })]);
      state.revisions = [...past.data.revisions].reverse();
      state.entry = newest.data;
      state.tag = tagOf(newest.headers);
      const [last, before] = state.revisions;
      if (before) await compare(before.version, last.version);
    });
  }

  async function compare(from, until) {
    Object.assign(state, { from: Math.min(from, until), to: Math.max(from, until) });
    await during(state, redraw, async () => {
      state.fields = state.from === state.to ? [] : (await ask(path("differences"), { query: { from: state.from, to: state.to } })).data.fields;
    });
  }

  async function restore(version) {
    const about = html`<p>把第 ${version} 版的内容写成新的一版，状态不变；中间的版本都留着。</p>`;
    const done = await withReason(`恢复第 ${version} 版`, { send: "恢复", about, suggestions: ["改错了，恢复", "撤回上次修改"] }, (reason) =>
      ask(path("revisions"), { method: "POST", json: { version, reason }, headers: { "If-Match": state.tag } }));
    if (!done) return;
    forgetTitle(id);
    toast(`已恢复第 ${version} 版的内容`);
    await load();
  }

  function draw() {
    const newest = state.revisions[0]?.version;
    const choose = (name, version) =>
      html`<input type="radio" name=${name} value=${version} .checked=${state[name] === version} aria-label=${name === "from" ? `从第 ${version} 版` : `到第 ${version} 版`}
        @change=${() => compare(name === "from" ? version : state.from, name === "to" ? version : state.to)} />`;
    return html`
      ${head("历史", state.entry ? foreign(state.entry.title) : foreign(id), html`<a class="button" href=${to("entry", id)}>回到条目</a>`)}
      ${waiting(state, load)}
      <section class="card">
        ${table(["版本", "状态", "谁", "什么时候", "原因", "比较", ""], state.revisions, {
          caption: "各个版本",
          key: (row) => row.version,
          cells: (row) => [
            html`第 ${row.version} 版`, statusBadge(row.status), who(row.made_by), moment(row.made_at), foreign(row.reason),
            html`<span class="nowrap">${choose("from", row.version)} → ${choose("to", row.version)}</span>`,
            row.version === newest ? html`<span class="muted">现在的</span>` : html`<button type="button" @click=${() => restore(row.version)}>恢复</button>`,
          ],
        })}
      </section>
      ${state.fields ? html`<section class="card" aria-label="不同之处"><h2>第 ${state.from} 版 → 第 ${state.to} 版</h2>${differences(state.fields, { old: `第 ${state.from} 版`, fresh: `第 ${state.to} 版` })}</section>`
        : state.revisions.length === 1 ? empty("只有一个版本，没有可比较的。") : nothing}`;
  }

  load();
  return { draw };
}
