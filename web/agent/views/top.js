// The edge of the page: where is asked, who asks, notices, the line to the server.
import { html, nothing } from "/web/vendor/lit-html/lit-html.js";
import { may } from "/web/shared/login.js";
import { openById } from "../reading.js";
import { needsKey } from "../live.js";
import { state } from "../state.js";
import { chooseCollection, openPlace, openRegions } from "./choices.js";
import { openHelp } from "./help.js";

/** The bar at the top. */
export function top() {
  const collection = state.collections.find(({ id }) => id === (state.collection ?? state.session?.scope?.collection));
  return html`<header class="top">
    <h1><img src="/web/shared/icon.svg" alt="" width="22" height="22" />即答</h1>
    <button type="button" class="place" @click=${openRegions} title="换区域（Alt+R）"><span class="muted">区域</span><strong>${state.region?.name ?? "不限"}</strong></button>
    ${state.collections.length
      ? html`<button type="button" class="place" @click=${chooseCollection} title="换语境库（Alt+K）"><span class="muted">语境库</span><strong class="foreign">${collection?.name ?? "全部"}</strong></button>`
      : nothing}
    <span class="grow"></span>
    <button type="button" class="place" @click=${openPlace} title="坐席、线路、登录（Alt+S）"
      ><span class="muted">坐席</span><strong>${state.seat || "未填"}</strong>${state.line ? html`<span class="badge">${state.line}</span>` : nothing}${state.session?.role
        ? html`<span class="badge accent foreign">${state.session.role_name}</span>`
        : nothing}</button
    >
    ${may(state.session, "agent") ? html`<a class="button quiet wide-only" href="/managers" target="_blank">数据</a>` : nothing}
    <button type="button" @click=${openHelp} title="所有按键（?）"><kbd>?</kbd><span class="wide-only">按键</span></button>
  </header>`;
}

/** What the server is up to, where it is not answering. */
export function line() {
  if (state.server === "up" && !state.isLocked) return nothing;
  if (state.server === "up") {
    const logIn = html`<button type="button" @click=${() => needsKey("用管理员发的密钥登录")}>登录</button>`;
    return html`<p class="strip error" role="alert">没有登录，查不了。${logIn}</p>`;
  }
  const words =
    state.server === "starting"
      ? "服务正在准备知识库，好了会自动接着查。打的字都在。"
      : "连不上服务，正在重连。打的字都在，接上后自动接着查。";
  return html`<p class="strip notice" role="alert">${words}</p>`;
}

/** Urgent notices of the region. */
export function notices() {
  return html`<div class="notices" role="log" aria-live="assertive" aria-label="突发通知">
    ${state.notices.map(
      (notice) => html`<div class="strip urgent">
        <p><strong class="foreign">${notice.title}</strong> <span class="foreign plain">${notice.text}</span></p>
        ${(notice.entries ?? []).map((id, at) => html`<button type="button" @click=${() => openById(id)}>看详情${at ? ` ${at + 1}` : ""}</button>`)}
      </div>`,
    )}
  </div>`;
}
