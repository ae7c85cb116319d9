// Reindexing: started, watched stage by stage, cancelled; generations with what
// the gate found, and the way back to an earlier one.
import { html, nothing } from "/web/vendor/lit-html/lit-html.js";
import { ask } from "/web/shared/api.js";
import { may } from "/web/shared/login.js";
import { toast } from "/web/shared/toast.js";
import { report } from "../changes.js";
import { during, empty, foreign, head, moment, table, waiting, who, withReason } from "../parts.js";

const STAGES = { "": "排队", loading: "读入文件", building: "建立索引", replaying: "重问考题", swapping: "换上" };
const STATES = { queued: ["", "排队"], running: ["accent", "进行中"], waiting: ["warn", "等人放行"], done: ["good", "完成"], failed: ["bad", "失败"], cancelled: ["", "已取消"] };
const STANDINGS = { in_use: ["good", "在用"], waiting: ["warn", "待放行"], earlier: ["", "以前的"] };

export function open({ session, redraw }) {
  const state = { isLoading: false, error: "", jobs: [], generations: [], shown: null };
  const isOpen = new Set();
  let source = null;

  const running = () => state.jobs.find((job) => ["queued", "running"].includes(job.state));

  async function load() {
    await during(state, redraw, async () => {
      const [jobs, generations] = await Promise.all([ask("/v1/jobs"), ask("/v1/generations")]);
      Object.assign(state, { jobs: jobs.data, generations: generations.data });
    });
    watch();
  }

  /** Follows the job that is under way; the connection comes back by itself. */
  function watch() {
    const job = running();
    if (!job || source) return;
    source = new EventSource(`/v1/jobs/${job.id}/events`);
    source.addEventListener("job", (event) => {
      const fresh = JSON.parse(event.data);
      state.jobs = state.jobs.map((old) => (old.id === fresh.id ? fresh : old));
      if (!["queued", "running"].includes(fresh.state)) {
        stop();
        toast(`重建：${STATES[fresh.state]?.[1] ?? fresh.state}`);
        state.shown = fresh.id;
        load();
      }
      redraw();
    });
  }

  function stop() {
    source?.close();
    source = null;
  }

  async function start() {
    const about = html`<p>读入改过的文件和词表，在旁边建一份新索引，用考题重问一遍；没有变坏就换上。期间照常查询。</p>`;
    const done = await withReason("重建索引", { send: "开始", about, suggestions: ["词表更新", "文件更新", "例行"] }, (reason) => ask("/v1/reindex", { method: "POST", json: { reason } }));
    if (!done) return;
    state.jobs = [done.data.job, ...state.jobs];
    redraw();
    watch();
  }

  async function cancel(job) {
    await during(state, redraw, () => ask(`/v1/jobs/${job.id}/cancel`, { method: "POST", json: {} }));
  }

  async function activate(generation) {
    const isBack = generation.standing === "earlier";
    const about = isBack
      ? html`<p>一秒内换回“${generation.name}”。以后编辑的条目照样会跟上；词表和权重是那一代的。</p>`
      : html`<p class="notice">它没有过关：${foreign(generation.waits_for ?? "")}。放行就是认可这些变化。</p>`;
    const done = await withReason(isBack ? "换回这一代" : "放行这一代", { send: isBack ? "换回" : "放行", about, suggestions: isBack ? ["新索引有问题，回退"] : ["已逐条看过，可以接受"] }, (reason) =>
      ask(`/v1/generations/${encodeURIComponent(generation.name)}/activate`, { method: "POST", json: { reason } }));
    if (!done) return;
    toast(`已换上 ${generation.name}`);
    await load();
  }

  const jobOf = (generation) => state.jobs.find((job) => job.generation === generation.name && job.result?.report);
  const percent = (share) => `${(share * 100).toFixed(1)}%`;

  function draw() {
    const job = running();
    return html`
      ${head("重建索引", "词表、文件改了以后要重建；条目的编辑不用，保存后一秒内生效。", html`<button type="button" class="primary" ?disabled=${Boolean(job)} @click=${start}>重建索引</button>`)}
      ${waiting(state, load)} ${job ? progress(job) : nothing}
      <section class="card"><h2>索引代</h2>
        ${state.generations.length ? table(["名称", "状态", "条目", "建于", "考题", ""], state.generations, { caption: "索引代", key: (row) => row.name, cells: generation }) : empty("还没有。")}
      </section>
      ${shownReport()}
      <section class="card"><h2>做过的重建</h2>
        ${state.jobs.length ? table(["", "结果", "谁", "开始", "原因", ""], state.jobs, { caption: "做过的重建", cells: past }) : empty("还没有做过。")}
      </section>`;
  }

  function progress(job) {
    const share = job.total ? Math.min(1, job.done / job.total) : null;
    const bar = share === null ? html`<progress aria-label="进度"></progress>` : html`<progress aria-label="进度" max="1" value=${share}></progress>`;
    const stages = Object.entries(STAGES).filter(([name]) => name);
    const at = stages.findIndex(([name]) => name === job.stage);
    return html`<section class="card job" aria-label="正在重建">
      <div class="row"><h2 class="grow">正在重建：${STAGES[job.stage] ?? job.stage}</h2><button type="button" class="danger" @click=${() => cancel(job)}>取消</button></div>
      <ol class="stages">${stages.map(([, words], place) => html`<li class=${place < at ? "past" : place === at ? "now" : ""} aria-current=${place === at ? "step" : "false"}>${words}</li>`)}</ol>
      ${bar}
      <p class="muted" role="status">${job.total ? `${job.done} / ${job.total}` : job.done || ""}${job.rate ? ` · 每秒 ${job.rate}` : ""}${job.remaining_s ? ` · 这一步还要 ${seconds(job.remaining_s)}` : ""}</p>
    </section>`;
  }

  const seconds = (count) => (count >= 60 ? `${Math.floor(count / 60)} 分 ${Math.round(count % 60)} 秒` : `${Math.max(1, Math.round(count))} 秒`);

  function generation(row) {
    const [tone, words] = STANDINGS[row.standing] ?? ["", row.standing];
    const found = jobOf(row)?.result.report;
    const canDo = may(session, "reviewer");
    const button = row.standing === "in_use" ? nothing : html`<button type="button" ?disabled=${!canDo || Boolean(running())} title=${canDo ? "" : "要“审核”以上的密钥"} @click=${() => activate(row)}>${row.standing === "waiting" ? "放行" : "换回这一代"}</button>`;
    return [
      html`<span class="nowrap">${row.name}</span>`,
      html`<span class="badge ${tone}">${words}</span>${row.waits_for ? html`<div class="small">${foreign(row.waits_for)}</div>` : nothing}`,
      html`<span class="nowrap">${row.entries ?? "—"}</span>`, html`<span class="nowrap">${moment(row.built_at)}</span>`,
      found ? html`<span class="nowrap">第一 ${percent(found.after.hit1)}，前三 ${percent(found.after.hit3)}</span>
        <button type="button" class="quiet" @click=${() => { state.shown = jobOf(row).id; redraw(); }}>看变化（得 ${found.gains.length}，失 ${found.losses.length}）</button>` : html`<span class="muted">—</span>`,
      button,
    ];
  }

  function shownReport() {
    const job = state.jobs.find(({ id }) => id === state.shown);
    const found = job?.result?.report;
    if (!job) return nothing;
    if (job.result?.error) return html`<section class="card"><h2>失败的原因</h2><p class="error">${foreign(job.result.error)}</p></section>`;
    if (!found) return nothing;
    return html`<section class="card" aria-label="考题的变化"><div class="row"><h2 class="grow">${job.generation}：考题的变化</h2><button type="button" class="quiet" @click=${() => { state.shown = null; redraw(); }}>收起</button></div>${report(found, { redraw, isOpen })}</section>`;
  }

  function past(job) {
    const [tone, words] = STATES[job.state] ?? ["", job.state];
    const hasMore = job.result?.report || job.result?.error;
    return [job.id, html`<span class="badge ${tone}">${words}</span>`, who(job.asked_by), html`<span class="nowrap">${moment(job.asked_at)}</span>`, foreign(job.reason),
      hasMore ? html`<button type="button" class="quiet" @click=${() => { state.shown = job.id; redraw(); }}>看结果</button>` : nothing];
  }

  load();
  return { draw, close: stop };
}
