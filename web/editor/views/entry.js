// One entry: written, checked while it is written, tried, and put into a status
// with a reason. What somebody else wrote meanwhile is shown beside it.
import { html, nothing } from "/web/vendor/lit-html/lit-html.js";
import { ask, encodedId, tagOf } from "/web/shared/api.js";
import { may } from "/web/shared/login.js";
import { toast } from "/web/shared/toast.js";
import { statusName } from "/web/shared/words.js";
import { Trial } from "../changes.js";
import { Fields, cleaned } from "../fields.js";
import { LostUpdate } from "../lost.js";
import { during, fieldName, foreign, forgetTitle, head, later, moment, statusBadge, today, waiting, who, withReason } from "../parts.js";
import { AskedLike } from "../asked_like.js";
import { asAgents } from "../reading.js";
import { RegionField } from "../region.js";
import { go, restate, to } from "../router.js";

const KINDS = [["faq", "问答"], ["guide", "办事指南"], ["policy", "政策"]];
/** Stands for the id of an entry that has none yet, on trial only. */
const UNWRITTEN = "new-entry-on-trial";
/** An entry's most used reasons. */
const REASONS = ["新增", "内容更正", "政策更新", "补充相似问", "定期复核"];

export function open({ id, query, session, settings, redraw }) {
  const asked = new AskedLike({
    redraw,
    has: (question) => (form.entry?.similar_questions ?? []).includes(question),
    take: (question) => { form.entry.similar_questions = [...(form.entry.similar_questions ?? []), question]; changed(); },
  });
  const state = { isLoading: false, error: "", tag: null, saved: null, live: null, scheduled: null, proposals: [], lost: null, regionName: "全国" };
  const form = { entry: null, findings: [], isDirty: false, changed };
  const fields = new Fields(form);
  const trial = new Trial(redraw);
  const gap = query.get("gap");
  const region = new RegionField({ label: "区域", redraw, changed: (code) => { form.entry.region = code || "000000"; changed(); } });
  let isClosed = false;

  function changed() {
    form.isDirty = true;
    trial.outdate();
    redraw();
    check();
    tryIt();
  }

  // Checked as what may go out: a draft may still lack something, and is saved all the same.
  const check = later(350, async () => {
    try {
      const { data } = await ask("/v1/check", { method: "POST", json: { entry: { ...cleaned(form.entry), status: "published" } } });
      form.findings = data.findings;
      if (data.region_name) state.regionName = data.region_name;
      redraw();
    } catch {
      // The next change asks again; saving says what is wrong in any case.
    }
  });

  const hasErrors = () => form.findings.some((finding) => finding.severity === "error");
  const tryIt = later(1500, () => {
    if (!isClosed && form.isDirty && !hasErrors() && form.entry.title) runTrial();
  });
  const runTrial = () => trial.run({ entry: { ...cleaned(form.entry), id: form.entry.id || UNWRITTEN, status: "published" } });

  function take(entry, tag) {
    form.entry = structuredClone(entry);
    region.set(entry.region);
    state.saved = entry;
    state.tag = tag;
    form.isDirty = false;
    check();
  }

  async function load() {
    if (!id) {
      take({ id: "", kind: query.get("kind") ?? "faq", title: query.get("title") ?? "", region: query.get("region") || "000000", department: query.get("department") ?? "", body: "", status: "draft" }, null);
      return;
    }
    await during(state, redraw, async () => {
      const path = `/v1/entries/${encodedId(id)}`;
      const [newest, live, schedule] = await Promise.all([
        ask(path, { query: { version: "newest" } }),
        ask(path).catch(() => null),
        ask("/v1/schedule").catch(() => null),
      ]);
      take(newest.data, tagOf(newest.headers));
      state.live = live?.data ?? null;
      state.scheduled = schedule?.data.scheduled.find((one) => one.entry_id === id) ?? null;
      asked.load(id);
    });
  }

  /** Writes the entry with a status. */
  async function save(status, reason) {
    const entry = { ...cleaned(form.entry), status };
    const isNew = !id;
    if (isNew && !entry.id) delete entry.id;
    const path = isNew && !entry.id ? "/v1/entries" : `/v1/entries/${encodedId(entry.id)}`;
    const headers = isNew ? (entry.id ? { "If-None-Match": "*" } : {}) : { "If-Match": state.tag };
    try {
      const { data, headers: answered } = await ask(path, { method: path === "/v1/entries" ? "POST" : "PUT", json: { ...entry, reason }, headers });
      await written(data, tagOf(answered), `${statusName(status)}：第 ${data.version} 版`);
      return true;
    } catch (error) {
      return lost(error);
    }
  }

  async function written(data, tag, words) {
    id = data.id;
    forgetTitle(id);
    const { proposals, ...entry } = data;
    state.proposals = proposals ?? [];
    take(entry, tag);
    if (["published", "retired"].includes(entry.status)) state.live = entry;
    restate("entry", id, gap ? { gap } : {});
    toast(words);
    redraw();
  }

  /** Somebody was faster: both editions are shown; other errors are told. */
  function lost(error) {
    if (error.status !== 412 || !error.problem.current) throw error;
    state.lost = new LostUpdate(error.problem, cleaned(form.entry), redraw, (merged, current) => {
      state.lost = null;
      if (merged) {
        form.entry = { ...merged };
        region.set(merged.region);
        state.saved = current;
        state.tag = `"${current.version}"`;
        form.isDirty = true;
        check();
      }
      redraw();
    });
    return true;
  }

  const needsTwo = () => settings.four_eyes;
  /** Why publishing is not for this person now; empty where it is. */
  function whyNotPublish() {
    if (!needsTwo()) return "";
    if (!may(session, "reviewer")) return "发布要两个人：先送审，再由“审核”发布。";
    if (!id) return "发布要两个人：先送审，再由另一位审核发布。";
    if (state.saved?.updated_by === session.name) return "发布要两个人：这一版是你写的，请另一位审核发布。";
    if (form.isDirty) return "发布要两个人：发布时不能改内容，改了要重新送审。";
    return "";
  }

  function act(status, title, send) {
    const about = form.findings.length ? html`<ul class="findings">${form.findings.map(finding)}</ul>` : nothing;
    const suggestions = gap ? ["补缺口", ...REASONS] : REASONS;
    return withReason(title, { send, about, suggestions }, (reason) => save(status, reason));
  }

  async function retire() {
    const successor = html`<label>由哪个条目取代（编号，可不填）<input name="superseded_by" autocomplete="off" /></label>`;
    await withReason("撤下这个条目", { send: "撤下", fields: successor, suggestions: ["政策废止", "内容过时", "重复"], about: html`<p>撤下以后搜不到它；内容和历史都留着，可以恢复。</p>` }, async (reason, data) => {
      const query = { reason, superseded_by: String(data.get("superseded_by") ?? "").trim() };
      try {
        const { data: entry, headers } = await ask(`/v1/entries/${encodedId(id)}`, { method: "DELETE", query, headers: { "If-Match": state.tag } });
        await written(entry, tagOf(headers), "已撤下");
      } catch (error) {
        return lost(error);
      }
      return true;
    });
  }

  async function schedule() {
    const fieldsOf = html`<label>做什么<select name="status"><option value="published">发布</option><option value="retired">撤下</option></select></label>
      <label>什么时候<input name="at" type="datetime-local" required min=${`${today()}T00:00`} /></label>`;
    await withReason("定时发布或撤下", { send: "安排", fields: fieldsOf, about: html`<p>到时候自动执行第 ${state.saved.version} 版；之后再改了新版，这个安排就作废。</p>` }, async (reason, data) => {
      const due_at = new Date(String(data.get("at"))).toISOString();
      const { data: scheduled } = await ask("/v1/schedule", { method: "POST", json: { entry_id: id, version: state.saved.version, status: data.get("status"), due_at, reason } });
      state.scheduled = scheduled;
      toast("已安排");
      redraw();
    });
  }

  async function retireProposed(proposal) {
    const done = await withReason(`撤下“${proposal.title}”`, { send: "撤下", about: html`<p>${foreign(proposal.because)}</p>`, suggestions: [proposal.because] }, (reason) =>
      ask(`/v1/entries/${encodedId(proposal.entry_id)}`, { method: "DELETE", query: { reason, superseded_by: proposal.superseded_by }, headers: { "If-Match": `"${proposal.version}"` } }));
    if (!done) return;
    state.proposals = state.proposals.filter((one) => one !== proposal);
    toast("已撤下");
    redraw();
  }

  const finding = ({ severity, field, message }) =>
    html`<li class=${severity}><span class="badge ${severity === "error" ? "bad" : "warn"}">${severity === "error" ? "要改" : "提醒"}</span> ${field ? html`${fieldName(field)}：` : nothing}${message}</li>`;

  function notices() {
    const { live, saved } = state;
    const isBeside = live && saved && live.version !== saved.version && live.status === "published";
    return html`
      ${isBeside ? html`<p class="notice">话务员现在看到的是第 ${live.version} 版；第 ${saved.version} 版（${statusName(saved.status)}）还没有发布。</p>` : nothing}
      ${state.scheduled ? html`<p class="notice">已安排：${moment(state.scheduled.due_at)} 自动${state.scheduled.status === "published" ? "发布" : "撤下"}第 ${state.scheduled.version} 版（${foreign(state.scheduled.reason)}）</p>` : nothing}
      ${state.proposals.map((proposal) => html`<div class="notice row"><span class="grow">${foreign(proposal.because)}，建议撤下“<a class="foreign" href=${to("entry", proposal.entry_id)}>${proposal.title}</a>”。</span><button type="button" @click=${() => retireProposed(proposal)}>撤下它</button></div>`)}
      ${gap && id && state.saved?.status === "published" ? html`<div class="notice row"><span class="grow">这一条是为缺口写的，可以回去再问一遍了。</span><a class="button" href=${to("gaps", "", { check: gap, entry: id })}>再问一遍</a></div>` : nothing}`;
  }

  function bar() {
    const why = whyNotPublish();
    const isBad = hasErrors();
    const isOut = state.saved?.status === "retired";
    return html`<div class="bar" role="group" aria-label="对条目做什么">
      <span class="grow state">${id ? statusBadge(state.saved.status) : nothing}
        <span role="status">${form.isDirty ? html`<span class="dot" aria-hidden="true"></span>有改动没保存` : id ? html`<span class="muted">第 ${state.saved.version} 版 · ${who(state.saved.updated_by)} · ${moment(state.saved.updated_at)}</span>` : nothing}</span></span>
      ${id ? html`<a class="button quiet" href=${to("history", id)}>历史</a>
        <button type="button" class="quiet" ?disabled=${form.isDirty} title=${form.isDirty ? "先保存，再安排" : ""} @click=${schedule}>定时</button>` : nothing}
      ${id && !isOut ? html`<button type="button" class="quiet danger" @click=${retire}>撤下</button>` : nothing}
      <button type="button" ?disabled=${!form.entry.title} @click=${() => act("draft", "存成草稿", "存草稿")}>存草稿</button>
      <button type="button" ?disabled=${isBad} @click=${() => act("review", "送审", "送审")}>送审</button>
      <button type="button" class="primary" ?disabled=${isBad || Boolean(why)} aria-describedby="why-not" @click=${() => act("published", "发布", "发布")}>发布</button>
      <span id="why-not" class=${why ? "muted small why-not" : "visually-hidden"}>${why}</span>
    </div>`;
  }

  function draw() {
    if (state.lost) return state.lost.draw();
    if (!form.entry) return html`${head("条目", "")}${waiting(state, load)}`;
    const { entry } = form;
    return html`
      ${head(id ? entry.title || id : "新建条目", id ? foreign(id) : gap ? "来自缺口" : "")}
      ${waiting(state, load)} ${notices()} ${bar()}
      <div class="columns">
        <form class="card form" @submit=${(event) => event.preventDefault()} aria-label="条目内容">
          ${other()} ${basics()} ${content()} ${scope()}
        </form>
        <div class="beside">
          ${asked.draw()}
          ${trial.draw(runTrial, { about: "把这样改的条目放进去，用考题和相似问重问一遍：谁得到、谁失去、谁挪了位置。不会改动任何东西。" })}
          <section class="card"><h2>话务员看到的样子</h2>${asAgents(cleaned(entry), state.regionName)}</section>
        </div>
      </div>`;
  }

  /** What belongs to no field of the form. */
  function other() {
    const shown = new Set(["title", "similar_questions", "negative_questions", "keywords", "category", "region", "department", "body", "script", "internal_note", "effective_from", "expires_on", "supersedes", "superseded_by", "source", "next_review_on", "kind", ...(id ? [] : ["id"])]);
    const rest = form.findings.filter(({ field }) => !shown.has(field));
    return rest.length ? html`<ul class="findings">${rest.map(finding)}</ul>` : nothing;
  }

  function basics() {
    const { part } = form.entry;
    return html`
      ${part ? html`<p class="muted">${foreign([part.document_title, ...(part.headings ?? []), part.article].filter(Boolean).join(" › "))}${part.edition ? `（${part.edition} 版）` : ""}</p>` : nothing}
      <div class="pairs">${fields.choice("kind", "类型", KINDS)}${id ? nothing : fields.text("id", "编号", { placeholder: "不填就自动编" })}</div>
      ${fields.text("title", form.entry.kind === "faq" ? "标准问" : "标题", { most: 128, required: true })}
      ${form.entry.kind === "policy" ? nothing : fields.lines("similar_questions", "相似问", { hint: "来电的人会怎么问，一行一个", rows: 4 })}
      ${fields.area("script", "话术", { hint: "话务员照着念的话，一分钟内说完", rows: 4, most: 400 })}`;
  }

  function content() {
    return html`
      ${form.entry.kind === "guide" ? html`<fieldset class="part"><legend>办事指南</legend>${fields.guide()}</fieldset>` : nothing}
      ${fields.area("body", "正文", { hint: "可用 Markdown：# 标题、- 列表、**加粗**", rows: form.entry.kind === "guide" ? 4 : 9 })}
      ${fields.sources()}`;
  }

  function scope() {
    return html`
      <div class="pairs">
        ${fields.text("department", "部门")} ${fields.text("category", "分类", { placeholder: "一级/二级" })}
        ${region.draw(fields.said("region"))}
        ${fields.text("next_review_on", "复核日期", { type: "date" })}
        ${fields.text("effective_from", "施行日期", { type: "date" })} ${fields.text("expires_on", "失效日期（最后有效的一天）", { type: "date" })}
        ${fields.text("supersedes", "取代哪一条（编号）")} ${fields.text("superseded_by", "被哪一条取代（编号）")}
      </div>
      ${fields.lines("keywords", "关键词", { hint: "一行一个，每个最多 20 字", rows: 2 })}
      ${form.entry.kind === "policy" ? fields.lines("similar_questions", "相似问", { rows: 2 }) : nothing}
      ${fields.lines("negative_questions", "反例问", { hint: "看着像、但不该用这一条回答的问题", rows: 2 })}
      ${fields.area("internal_note", "内部备注", { hint: "只给话务员看，不给市民和机器人", rows: 2 })}`;
  }

  function onKey(event) {
    if ((event.ctrlKey || event.metaKey) && event.key === "s") {
      event.preventDefault();
      if (document.querySelector("dialog[open]") || !form.isDirty) return;
      if (state.saved?.status === "published" && !hasErrors() && !whyNotPublish()) act("published", "发布", "发布");
      else act("draft", "存成草稿", "存草稿");
    }
  }
  addEventListener("keydown", onKey);
  load();
  return {
    draw,
    isDirty: () => form.isDirty && !state.lost,
    close() {
      isClosed = true;
      removeEventListener("keydown", onKey);
      check.cancel();
      tryIt.cancel();
      trial.outdate();
    },
  };
}

/** Opens the form for a question that nothing answers. */
export const write = (gap, question, region, department) => go("entry", "", { new: 1, gap, title: question, region, department });
