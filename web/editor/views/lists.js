// Word lists: synonyms, the dictionary, words of asking. The whole text is
// edited; what was added can be tried before it is saved.
import { html, nothing } from "/web/vendor/lit-html/lit-html.js";
import { live } from "/web/vendor/lit-html/directives/live.js";
import { ask, tagOf } from "/web/shared/api.js";
import { toast } from "/web/shared/toast.js";
import { Trial } from "../changes.js";
import { during, foreign, head, later, linesOf, moment, waiting, who, withReason } from "../parts.js";
import { to } from "../router.js";

const LISTS = {
  synonyms: ["同义词", "甲, 乙 ＝ 两边互相找得到；甲, 乙 => 丙 ＝ 说甲或乙时也找丙。# 开头是说明。"],
  dictionary: ["词典", "分词时不该切开的词，一行一个，只写词。"],
  question_words: ["问句虚词", "“请问”“怎么”这类不算分量的词，一行一个。"],
  attention: ["预警规则", "名称 = 写法, 写法。甲+乙 ＝ 都出现；甲*乙 ＝ 乙在甲后不远；-甲 ＝ 出现甲的不算。问题里一出现就预警，存好几秒内生效。"],
  holidays: ["节假日", "名称 = 头一天 至 末一天, 某一天；补班 = 日子。预警把放假的日子当作星期日，补班的当作平常的工作日，存好一分钟内生效。"],
};

/** Lists that are no words of the index, and when they count: nothing to try, nothing to build. */
const OUTSIDE = new Map([["attention", "几秒内"], ["holidays", "一分钟内"]]);

export function open({ id, query, redraw }) {
  const name = LISTS[id] ? id : "synonyms";
  const state = { isLoading: false, error: "", saved: "", text: "", tag: null, versions: [], cut: null, sample: query.get("text") ?? "" };
  const trial = new Trial(redraw);

  const rows = (text) => linesOf(text).filter((line) => !line.startsWith("#"));
  const added = () => { const old = new Set(rows(state.saved)); return rows(state.text).filter((line) => !old.has(line)); };
  const removed = () => { const fresh = new Set(rows(state.text)); return rows(state.saved).filter((line) => !fresh.has(line)); };

  async function load() {
    await during(state, redraw, async () => {
      const { data, headers } = await ask(`/v1/lists/${name}`);
      Object.assign(state, { saved: data.text, text: data.text, tag: tagOf(headers), versions: [...data.versions].reverse() });
    });
  }

  function change(text) {
    state.text = text;
    trial.outdate();
    redraw();
    if (name === "dictionary") showCut();
  }

  const showCut = later(250, async () => {
    if (!state.sample.trim()) return;
    try {
      state.cut = (await ask("/v1/cut", { method: "POST", json: { text: state.sample, words: name === "dictionary" ? added() : [] } })).data;
      state.cutError = "";
    } catch (error) {
      state.cutError = error.message;
    }
    redraw();
  });

  async function save() {
    const [fresh, gone] = [added(), removed()];
    const about = html`<p>新增 ${fresh.length} 行，删去 ${gone.length} 行。${OUTSIDE.has(name) ? `存好以后${OUTSIDE.get(name)}生效。` : "存好以后，重建索引时生效。"}</p>`;
    const done = await withReason(`保存${LISTS[name][0]}`, { send: "保存", about, suggestions: ["补充", "更正", "清理"] }, async (reason) => {
      try {
        return await ask(`/v1/lists/${name}`, { method: "PUT", json: { text: state.text, reason }, headers: { "If-Match": state.tag } });
      } catch (error) {
        if (error.status !== 412) throw error;
        state.theirs = error.problem.current;
        redraw();
        throw error;
      }
    });
    if (!done) return;
    toast(OUTSIDE.has(name) ? `已保存，${OUTSIDE.get(name)}生效` : "已保存，重建索引后生效");
    state.isSaved = !OUTSIDE.has(name);
    await load();
  }

  /** Puts what was added here below what somebody else saved meanwhile. */
  async function merge() {
    const mine = added();
    state.theirs = null;
    await load();
    const known = new Set(rows(state.saved));
    change([state.saved.trimEnd(), ...mine.filter((line) => !known.has(line)), ""].join("\n"));
  }

  function addLine(event) {
    event.preventDefault();
    const field = event.target.elements.line;
    if (!field.value.trim()) return;
    change(`${state.text.trimEnd()}\n${field.value.trim()}\n`);
    field.value = "";
    field.focus();
  }

  const start = () => trial.run(name === "synonyms" ? { synonyms: added().join("\n") } : { words: added() });

  function draw() {
    const [fresh, gone] = [added(), removed()];
    const isDirty = state.text !== state.saved;
    return html`
      ${head("词表", LISTS[name][1])}
      <div class="tabs" role="group" aria-label="哪个词表">${Object.entries(LISTS).map(([own, [title]]) => html`<a href=${to("lists", own)} aria-current=${own === name ? "page" : "false"}>${title}</a>`)}</div>
      ${waiting(state, load)}
      ${state.theirs ? html`<div class="error row" role="alert"><span class="grow">别人刚保存过这个词表。你写的还在。</span><button type="button" @click=${merge}>取最新的，把我新加的接在后面</button></div>` : nothing}
      ${state.isSaved ? html`<div class="notice row"><span class="grow">已保存。话务员要等重建索引以后才用上。</span><a class="button" href=${to("reindex")}>去重建索引</a></div>` : nothing}
      <div class="bar" role="group" aria-label="保存">
        <span class="grow state" role="status">${isDirty ? html`<span class="dot" aria-hidden="true"></span>新增 ${fresh.length} 行，删去 ${gone.length} 行，没保存` : html`<span class="muted">${rows(state.text).length} 行</span>`}</span>
        <button type="button" class="quiet" ?disabled=${!isDirty} @click=${() => change(state.saved)}>还原</button>
        <button type="button" class="primary" ?disabled=${!isDirty} @click=${save}>保存</button>
      </div>
      <div class="columns">
        <div class="card form">
          <form class="row" @submit=${addLine}><label class="grow"><span class="visually-hidden">加一行</span><input name="line" autocomplete="off" placeholder=${{ synonyms: "加一行：网约车, 滴滴 => 网络预约出租汽车", attention: "加一行：安全隐患 = 燃气*漏", holidays: "加一行：元旦 = 2027-01-01 至 2027-01-03" }[name] ?? "加一个词"} /></label><button>加一行</button></form>
          <label class="field">全文<textarea class="mono" rows="22" spellcheck="false" .value=${live(state.text)} @input=${(event) => change(event.target.value)}></textarea></label>
        </div>
        <div class="beside">
          ${name === "question_words" || OUTSIDE.has(name) ? nothing : trial.draw(start, { canStart: fresh.length > 0, about: fresh.length ? `试算新加的 ${fresh.length} 行：哪些问题的结果会变。不会改动任何东西。` : "加了新行，就可以试算哪些问题的结果会变。" })}
          ${gone.length && name !== "question_words" && !OUTSIDE.has(name) ? html`<p class="muted">删去的行不能单独试算：重建索引时会用考题把关。</p>` : nothing}
          ${name === "synonyms" || OUTSIDE.has(name) ? nothing : cutting()}
          ${past()}
        </div>
      </div>`;
  }

  function cutting() {
    const words = (list) => html`<span class="cut">${list.map((word) => html`<span class="word foreign">${word}</span>`)}</span>`;
    return html`<section class="card" aria-label="怎么切词"><h2>怎么切词</h2>
      <label>一句话<input .value=${live(state.sample)} placeholder="如：网约车证怎么办" @input=${(event) => { state.sample = event.target.value; showCut(); }} /></label>
      <div role="status">${state.cutError ? html`<p class="error">${state.cutError}</p>` : state.cut ? html`<dl class="facts"><div><dt>现在</dt><dd>${words(state.cut.before)}</dd></div>${name === "dictionary" ? html`<div><dt>加词后</dt><dd>${words(state.cut.after)}</dd></div>` : nothing}</dl>` : nothing}</div>
    </section>`;
  }

  function past() {
    if (!state.versions.length) return nothing;
    return html`<section class="card"><h2>历史</h2><ol class="past">${state.versions.map((version) => html`<li>
      <div>第 ${version.version} 版 · ${who(version.made_by)} · ${moment(version.made_at)}</div><div class="muted">${foreign(version.reason)}</div>
      <button type="button" class="quiet" @click=${() => change(version.content.text)}>取这一版的内容</button></li>`)}</ol></section>`;
  }

  load();
  return { draw, isDirty: () => state.text !== state.saved };
}
