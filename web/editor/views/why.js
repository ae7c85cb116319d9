// Why this hit: what each feature added to its score, in words and as bars.
import { html, nothing } from "/web/vendor/lit-html/lit-html.js";
import { ask } from "/web/shared/api.js";
import { matchedNames, validityWords } from "/web/shared/words.js";
import { marked } from "/web/shared/foreign.js";
import { during, empty, foreign, head, kindBadge, waiting } from "../parts.js";
import { RegionField } from "../region.js";
import { restate, to } from "../router.js";

const STEPS = 20;
const MOST = 8;

export function open({ query, redraw }) {
  const state = { isLoading: false, error: "", q: query.get("q") ?? "", region: query.get("region") ?? "", validity: "current", found: null, cut: null, open: new Set() };

  const region = new RegionField({ label: "来电区域", redraw, changed: (code) => { state.region = code; } });
  region.set(state.region);

  async function look(event) {
    event?.preventDefault();
    if (!state.q.trim()) return;
    restate("why", "", { q: state.q, region: state.region });
    await during(state, redraw, async () => {
      const [found, cut] = await Promise.all([
        ask("/v1/search", { query: { q: state.q, region: state.region, validity: state.validity, explain: true, limit: 10 } }),
        ask("/v1/cut", { method: "POST", json: { text: state.q } }),
      ]);
      Object.assign(state, { found: found.data, cut: cut.data.before });
    });
  }

  function draw() {
    return html`
      ${head("为什么命中", "像话务员那样问一句，看每一条凭什么排在那里。")}
      <form class="card row ask" role="search" @submit=${look}>
        <label class="grow">问题<input type="search" .value=${state.q} @input=${(event) => { state.q = event.target.value; }} /></label>
        <div class="where">${region.draw()}</div>
        <label>范围<select @change=${(event) => { state.validity = event.target.value; look(); }}><option value="current">现行的</option><option value="all">失效的也要</option></select></label>
        <button class="primary">查</button>
      </form>
      ${waiting(state, look)}
      ${state.found ? html`
        <p class="muted" role="status">${state.found.total} 条，用了 ${state.found.took_ms.toFixed(1)} 毫秒。问题切成：${state.cut.map((word) => html`<span class="word foreign">${word}</span> `)}</p>
        ${state.found.hits.length ? html`<ol class="hits why">${state.found.hits.map(hit)}</ol>` : empty("没有找到。可以看看词表里有没有这个说法，或写一条新的。")}` : nothing}`;
  }

  function hit(found, at) {
    const validity = validityWords(found.validity);
    const all = found.explanation ?? [];
    const isOpen = state.open.has(found.id);
    const shown = isOpen ? all : all.slice(0, MOST);
    const most = Math.max(...all.map(({ contribution }) => Math.abs(contribution)), 0.01);
    return html`<li class="card">
      <div class="row"><span class="place">${at + 1}</span><a class="foreign grow" href=${to("entry", found.id)}>${marked(found.title, found.highlights.title)}</a>
        ${kindBadge(found.kind)}<span class="badge ${validity.tone}">${validity.words}</span><span class="badge">${found.region.name}</span></div>
      <p class="small">命中方式：${matchedNames(found.matched_by).join("、") || "—"}；把握 ${Math.round(found.confidence * 100)}%；总分 ${found.score.toFixed(2)}</p>
      ${all.length === 0 ? html`<p class="muted">${found.matched_by.includes("pinned") ? "人工置顶，不按分数排。" : "按名称直接找到，不按分数排。"}</p>` : html`<ul class="bars" aria-label="各项加了多少分">${shown.map((one) => bar(one, most))}</ul>`}
      ${all.length > MOST && !isOpen ? html`<button type="button" class="quiet" @click=${() => { state.open.add(found.id); redraw(); }}>还有 ${all.length - MOST} 项</button>` : nothing}
      <p class="row small"><a href=${to("golden", "", { question: state.q, entry: found.id })}>加成考题</a><a href=${to("rules", "", { new: 1, question: state.q })}>为这句话写规则</a>${found.same_text ? html`<span class="muted">同文还有 ${found.same_text.length} 条：${foreign(found.same_text.join("、"))}</span>` : nothing}</p>
    </li>`;
  }

  /** Widths are classes: the page's policy allows no style attributes. */
  function bar({ label, contribution }, most) {
    const width = Math.max(1, Math.round((Math.abs(contribution) / most) * STEPS));
    return html`<li><span class="label">${label}</span><span class="track ${contribution < 0 ? "minus" : ""}"><span class="w${width}"></span></span><span class="value">${contribution > 0 ? "+" : "−"}${Math.abs(contribution).toFixed(2)}</span></li>`;
  }

  if (state.q) look();
  return { draw };
}
