// Which view is shown is said by the address: `#/entries?status=draft`,
// `#/entry/民法典/总则`. Views register a question for those who leave unsaved work.
import { openDialog } from "/web/shared/dialog.js";
import { html } from "/web/vendor/lit-html/lit-html.js";

/** The view, what follows it, and the parameters. */
export function where(hash = location.hash) {
  const [path, query = ""] = hash.replace(/^#\/?/, "").split("?");
  const [name = "", ...rest] = path.split("/");
  return { name, id: rest.map(decoded).join("/"), query: new URLSearchParams(query) };
}

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The address of a view. */
export function to(name, id = "", query = {}) {
  const path = id ? `#/${name}/${id.split("/").map(encodeURIComponent).join("/")}` : `#/${name}`;
  const filled = Object.entries(query).filter(([, value]) => value !== "" && value !== undefined && value !== null);
  const more = new URLSearchParams(filled).toString();
  return more ? `${path}?${more}` : path;
}

/** Goes to a view. */
export function go(name, id, query) {
  location.hash = to(name, id, query);
}

/** Says the address anew without a step in the history and without a new view. */
export function restate(name, id, query) {
  history.replaceState(null, "", to(name, id, query));
}

/** Asks whether unsaved work may be given up. */
export function mayLeave() {
  return openDialog(
    "还没有保存",
    (dialog) => html`<p>离开以后，刚才写的就没有了。</p>
      <p class="row end">
        <button type="button" class="primary" autofocus @click=${() => dialog.close(false)}>留下来</button>
        <button type="button" class="danger" @click=${() => dialog.close(true)}>放弃修改</button>
      </p>`,
  );
}
