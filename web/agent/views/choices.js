// Dialogs to choose where and for whom is asked.
import { html, nothing } from "/web/vendor/lit-html/lit-html.js";
import { ask } from "/web/shared/api.js";
import { openDialog, openForm } from "/web/shared/dialog.js";
import { logOut } from "/web/shared/login.js";
import { askIn } from "../actions.js";
import { askAgain } from "../asking.js";
import { needsKey } from "../live.js";
import { LINES, checkedSeat, choose } from "../place.js";
import { state } from "../state.js";

/**
 * A dialog with a list that is narrowed by typing; ↑↓ and Enter choose.
 * @param {string} title
 * @param {(typed: string) => Promise<{name: string, about?: string, value: any}[]>} find
 */
function pick(title, find) {
  let all = [];
  let at = 0;
  let asked = 0;
  return openDialog(title, (dialog) => {
    const look = async (text) => {
      const mine = (asked += 1);
      const found = await find(text).catch(() => []);
      if (mine !== asked) return;
      all = found;
      at = 0;
      dialog.redraw();
    };
    if (asked === 0) look("");
    const onKey = (event) => {
      if (event.isComposing) return;
      const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (by) at = Math.max(0, Math.min(at + by, all.length - 1));
      else if (event.key === "Enter" && all[at]) dialog.close(all[at]);
      else return;
      event.preventDefault();
      dialog.redraw();
      document.getElementById(`pick-${at}`)?.scrollIntoView({ block: "nearest" });
    };
    const onInput = (event) => event.isComposing || look(event.target.value);
    return html`<input
        type="text" role="combobox" aria-label=${title} aria-expanded="true" aria-controls="pick" aria-activedescendant=${all.length ? `pick-${at}` : ""} autocomplete="off" autofocus
        placeholder="打名称、拼音或代码" @input=${onInput} @compositionend=${(event) => look(event.target.value)} @keydown=${onKey}
      />
      <div id="pick" class="pick" role="listbox" aria-label=${title}>
        ${all.map(
          (one, index) => html`<div id="pick-${index}" role="option" aria-selected=${index === at} @click=${() => dialog.close(one)}>
            <span class="foreign">${one.name}</span>${one.about ? html`<span class="muted">${one.about}</span>` : nothing}
          </div>`,
        )}
      </div>
      ${all.length ? nothing : html`<p class="muted">没有这样的名称。</p>`}`;
  });
}

const regionLine = (region) => ({ name: region.name, about: region.above.map(({ name }) => name).join("，"), value: region });

/** Chooses the region. */
export async function openRegions() {
  const everywhere = { name: "不限区域", about: "各地的内容都查", value: null };
  const chosen = await pick("查哪里的", async (typed) => {
    const { regions } = (await ask("/v1/regions", { query: { q: typed.trim() } })).data;
    if (typed.trim()) return regions.map(regionLine);
    const recent = state.recent.map(regionLine);
    const others = regions.filter(({ code }) => !state.recent.some((one) => one.code === code));
    return [...recent, everywhere, ...others.map(regionLine)];
  });
  if (chosen) askIn(chosen.value);
}

/** Chooses the collection. */
export async function chooseCollection() {
  const whole = { name: "全部知识", about: "不限语境库", value: "" };
  const chosen = await pick("查哪个语境库", async (typed) => {
    const named = state.collections.map(({ id, name }) => ({ name, about: "", value: id }));
    return [whole, ...named].filter(({ name }) => name.includes(typed.trim()));
  });
  if (!chosen) return;
  choose({ collection: chosen.value, chosen: 0 });
  askAgain();
}

/** Seat and line, and who is logged in. */
export async function openPlace() {
  const { session } = state;
  const logInOut = session?.role
    ? html`<p>${session.role_name}：<span class="foreign">${session.name}</span> <button type="button" @click=${logOut}>退出登录</button></p>`
    : html`<p class="muted">没有登录：能查、能记结果；登录后还能看内部备注。 <button type="button" @click=${() => needsKey("用管理员发的密钥登录")}>登录</button></p>`;
  const fields = html`<label>坐席号<input name="seat" maxlength="20" autocomplete="off" autofocus .defaultValue=${state.seat} /></label>
    <label>线路<select name="line">${Object.entries(LINES).map(([value, words]) => html`<option value=${value} ?selected=${value === state.line}>${words}</option>`)}</select></label>
    ${logInOut}`;
  await openForm("坐席", fields, {
    send: "记住",
    submit: async (data) => {
      const seat = checkedSeat(data.get("seat"));
      if (seat === null) throw new Error("坐席号只能用文字、数字、- 和 _，最多 20 个");
      choose({ seat, line: data.get("line") in LINES ? data.get("line") : "" });
    },
  });
}
