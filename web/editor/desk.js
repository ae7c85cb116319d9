// The editor's desk: who is here, which view is shown, the way to the others.
import { html, nothing, render } from "/web/vendor/lit-html/lit-html.js";
import { logIn, logOut, may, whoAmI } from "/web/shared/login.js";
import { ask } from "/web/shared/api.js";
import { prepareMarkdown } from "/web/shared/foreign.js";
import { mayLeave, to, where } from "./router.js";

/** By name in the address: what the way there says, and the file. */
const VIEWS = {
  entries: ["知识库", () => import("./views/entries.js")],
  entry: [null, () => import("./views/entry.js"), "entries"],
  history: [null, () => import("./views/history.js"), "entries"],
  import: ["导入", () => import("./views/import.js")],
  due: ["待办", () => import("./views/due.js")],
  gaps: ["缺口", () => import("./views/gaps.js")],
  corrections: ["纠错", () => import("./views/corrections.js")],
  lists: ["词表", () => import("./views/lists.js")],
  rules: ["置顶与屏蔽", () => import("./views/rules.js")],
  notices: ["通知", () => import("./views/notices.js")],
  collections: ["语境库", () => import("./views/collections.js")],
  golden: ["考题", () => import("./views/golden.js")],
  why: ["为什么命中", () => import("./views/why.js")],
  reindex: ["重建索引", () => import("./views/reindex.js")],
};
const GROUPS = [
  ["内容", ["entries", "import", "due", "gaps", "corrections"]],
  ["词与规则", ["lists", "rules", "notices", "collections"]],
  ["质量", ["golden", "why", "reindex"]],
];

const desk = { session: null, settings: null, view: null, name: "", hash: "", error: "" };
let shown = 0;

function redraw() {
  render(page(), document.body);
}

function page() {
  if (!may(desk.session, "editor")) return locked();
  return html`
    <a class="skip" href="#main" @click=${skip}>跳到内容</a>
    <header class="top">
      <a class="brand" href=${to("entries")}><img src="/web/shared/icon.svg" alt="" width="22" height="22" />即答 · 采编</a>
      <span class="grow"></span>
      <span class="who">${desk.session.role_name} <bdi class="foreign">${desk.session.name.replace(/\s*[（(].*$/, "")}</bdi></span>
      <a class="button quiet" href="/managers">数据</a>
      <a class="button quiet" href="/">话务员台</a>
      <button type="button" class="quiet" @click=${leave}>退出</button>
    </header>
    <nav class="side" aria-label="各个页面">${GROUPS.map(group)}</nav>
    <main id="main" tabindex="-1">
      ${desk.error ? html`<p class="error" role="alert">${desk.error}</p>` : desk.view ? desk.view.draw() : html`<p class="muted" role="status">正在读取…</p>`}
    </main>`;
}

function group([title, names]) {
  const here = VIEWS[desk.name]?.[2] ?? desk.name;
  return html`<div class="group" role="group" aria-label=${title}>
    <span class="group-name" aria-hidden="true">${title}</span>
    ${names.map((name) => html`<a href=${to(name)} aria-current=${name === here ? "page" : "false"}>${VIEWS[name][0]}</a>`)}
  </div>`;
}

function locked() {
  const words = desk.session?.role
    ? `现在用的是“${desk.session.role_name}”的密钥，采编台要“采编”以上的密钥。`
    : "采编台要用采编、审核或管理员的密钥登录。";
  return html`<main class="locked card"><h1>即答 · 采编</h1><p>${words}</p><p><button type="button" class="primary" @click=${enter}>登录</button></p></main>`;
}

function skip(event) {
  event.preventDefault();
  document.querySelector("#main").focus();
}

async function leave() {
  if (desk.view?.isDirty?.() && !(await mayLeave())) return;
  desk.view = null;
  await logOut();
}

async function enter() {
  const session = await logIn("采编台要用采编、审核或管理员的密钥。");
  if (session) await begin(session);
}

async function begin(session) {
  desk.session = session;
  if (may(session, "editor")) {
    desk.settings = await ask("/v1/settings").then(({ data }) => data, () => ({}));
    await show();
  } else {
    redraw();
  }
}

async function show() {
  if (desk.view?.isDirty?.() && location.hash !== desk.hash) {
    const wanted = location.hash;
    history.replaceState(null, "", desk.hash);
    if (!(await mayLeave())) return;
    history.replaceState(null, "", wanted);
  }
  const { name, id, query } = where();
  const turn = (shown += 1);
  const known = VIEWS[name] ? name : "entries";
  desk.view?.close?.();
  Object.assign(desk, { view: null, name: known, hash: location.hash, error: "" });
  redraw();
  try {
    const { open } = await VIEWS[known][1]();
    if (turn !== shown) return;
    desk.view = open({ id, query, session: desk.session, settings: desk.settings, redraw });
  } catch (error) {
    desk.error = `打不开这个页面：${error.message}`;
  }
  redraw();
  document.title = `${VIEWS[known][0] ?? "条目"} · 即答采编`;
  scrollTo(0, 0);
  document.querySelector("main h1")?.focus({ preventScroll: true });
  document.querySelector(".side [aria-current='page']")?.scrollIntoView({ block: "nearest", inline: "center" });
}

addEventListener("hashchange", show);
addEventListener("beforeunload", (event) => {
  if (desk.view?.isDirty?.()) event.preventDefault();
});

prepareMarkdown().then(redraw);
whoAmI().then(async (session) => {
  await begin(session);
  if (!may(session, "editor")) await enter();
}, (error) => {
  render(html`<main class="locked card"><h1>即答 · 采编</h1><p class="error" role="alert">${error.message}</p>
    <p><button type="button" @click=${() => location.reload()}>再试一次</button></p>${nothing}</main>`, document.body);
});
