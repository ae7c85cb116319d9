// The help sheet: every key, from the same table the keyboard uses.
import { html } from "/web/vendor/lit-html/lit-html.js";
import { openDialog } from "/web/shared/dialog.js";
import { LETTERS } from "../keys.js";

/** Opens the help sheet. */
export function openHelp() {
  const row = (keys, words) => html`<tr><th scope="row">${keys}</th><td>${words}</td></tr>`;
  const key = (sign) => html`<kbd>${sign}</kbd>`;
  return openDialog(
    "按键",
    () => html`<p class="muted">光标在输入框里时，字母是文字；加 <kbd>Alt</kbd> 才办事。光标不在输入框里时，直接按字母。</p>
      <table class="keys">
        <tbody>
          ${row(key("/"), "回到输入框")} ${row([key("↓"), " ", key("↑")], "选下一条、上一条")}
          ${row([key("1"), "–", key("9")], html`选第几条（在输入框里用 <kbd>Alt</kbd>+数字）；打开指南后跳到第几部分`)}
          ${row(key("Enter"), "打开")} ${row(key("Esc"), "后退一步：全文 → 列表 → 输入框")}
          ${LETTERS.map(([letter, , words]) => row([key(letter), html` <span class="muted">或</span> `, key("Alt"), "+", key(letter.toUpperCase())], words))}
          ${row([key("?"), html` <span class="muted">或</span> `, key("F1")], "这张表")}
        </tbody>
      </table>`,
    { wide: true },
  );
}
