// The largest gaps, and what closing gaps has changed: for those who may read
// what was asked.
import { html, nothing } from "/web/vendor/lit-html/lit-html.js";
import { ask } from "/web/shared/api.js";
import { percent } from "./charts.js";

/** How many are shown. */
const MOST = 5;

/** The largest open gaps with the effect of the closed ones; none where it fails: the figures stand without. */
export const readGaps = () => ask("/v1/gaps", { query: { status: "open", limit: MOST } }).then(({ data }) => data, () => null);

const weekly = (calls) => (calls === null ? "—" : (Math.round(calls * 10) / 10).toLocaleString("zh-CN"));

export function drawGaps(found) {
  if (!found || (!found.gaps.length && !found.effect.gaps)) return nothing;
  const { gaps, effect } = found;
  return html`<section class="card gaps-short" aria-labelledby="gaps-short">
    <h2 id="gaps-short">丢电话最多的缺口</h2>
    <p class="muted">意思相同的问题合在一起，数最近四周没答上的电话，不随上面的条件变。<a href="/editor#/gaps">全部缺口</a></p>
    ${gaps.length ? html`<ol>${gaps.map((gap) => html`<li><bdi class="foreign">${gap.questions[0]?.text ?? ""}</bdi> <span class="muted">每周 ${weekly(gap.calls_per_week)} 通${gap.department ? html` · <bdi class="foreign">${gap.department}</bdi>` : nothing}</span></li>`)}</ol>` : nothing}
    ${effect.gaps ? html`<p>已补上的 ${effect.gaps} 个缺口：以前每周 ${weekly(effect.before.calls_per_week)} 通、当场答复 ${percent(effect.before.rate)}，补上以后每周 ${weekly(effect.since.calls_per_week)} 通、当场答复 ${percent(effect.since.rate)}。</p>` : nothing}
  </section>`;
}
