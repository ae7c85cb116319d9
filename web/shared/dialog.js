// A dialog over the page: Esc closes it. The browser itself gives the focus back
// as it closes; to give it again on the later `close` event would take it from
// what a quick hand has reached meanwhile.
import { html, nothing, render } from "/web/vendor/lit-html/lit-html.js";

let count = 0;

/**
 * Shows a dialog until it is closed.
 * @param {string} title
 * @param {(dialog: {close: (value?: any) => void, redraw: () => void}) => unknown} content what stands below the title
 * @param {{wide?: boolean}} [shape]
 * @returns {Promise<any>} what `close` was given; undefined after Esc
 */
export function openDialog(title, content, { wide = false } = {}) {
  const element = document.createElement("dialog");
  const id = `dialog-${(count += 1)}`;
  element.setAttribute("aria-labelledby", id);
  if (wide) element.className = "wide";
  document.body.append(element);
  let answer;
  const dialog = {
    close(value) {
      answer = value;
      element.close();
    },
    redraw() {
      const close = html`<button type="button" class="quiet close" aria-label="关闭" @click=${() => element.close()}>×</button>`;
      // The way out stands last, so that the first field comes first.
      render(html`<h2 id=${id}>${title}</h2>${content(dialog)}${close}`, element);
    },
  };
  return new Promise((resolve) => {
    element.addEventListener("close", () => {
      element.remove();
      resolve(answer);
    });
    dialog.redraw();
    element.showModal();
    const first = element.querySelector("[autofocus]");
    first?.focus();
    if (first?.select) first.select();
  });
}

/**
 * A form in a dialog: sends, and says in the dialog what is refused.
 * @param {string} title
 * @param {unknown} fields
 * @param {{send: string, submit: (data: FormData) => Promise<any>}} what
 * @returns {Promise<any>} what `submit` gave; undefined where nothing was sent
 */
export function openForm(title, fields, { send, submit }) {
  let refused = "";
  let isSending = false;
  return openDialog(title, (dialog) => {
    const onSubmit = async (event) => {
      event.preventDefault();
      if (isSending) return;
      isSending = true;
      try {
        dialog.close((await submit(new FormData(event.target))) ?? true);
      } catch (error) {
        refused = error.message;
        dialog.redraw();
      } finally {
        isSending = false;
      }
    };
    // Enter sends from a line, Ctrl+Enter from a text of several lines.
    const onKey = (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.currentTarget.requestSubmit();
    };
    return html`<form @submit=${onSubmit} @keydown=${onKey}>
      ${fields} ${refused ? html`<p class="error" role="alert">${refused}</p>` : nothing}
      <p class="row end"><button class="primary">${send}</button><button type="button" @click=${() => dialog.close()}>取消</button></p>
    </form>`;
  });
}
