// Who is logged in, and the dialog to do so.
import { html, render } from "/web/vendor/lit-html/lit-html.js";
import { ask } from "/web/shared/api.js";

const RANKS = ["chatbot", "agent", "editor", "reviewer", "admin"];

/** Who asks: `{role, role_name, name, scope}`; role null without a key. */
export async function whoAmI() {
  return (await ask("/v1/session")).data;
}

/** Whether a session may do what a role may. */
export function may(session, role) {
  return RANKS.indexOf(session?.role ?? "") >= RANKS.indexOf(role);
}

/** Logs out and loads the page anew. */
export async function logOut() {
  await ask("/v1/session", { method: "DELETE" });
  location.reload();
}

/**
 * Asks for a key until there is one that works, or the person closes the dialog.
 * @param {string} why shown above the field
 * @returns {Promise<object|null>} the session
 */
export function logIn(why) {
  const dialog = document.createElement("dialog");
  dialog.setAttribute("aria-labelledby", "login-title");
  document.body.append(dialog);
  return new Promise((resolve) => {
    let session = null;
    const draw = (error) =>
      render(
        html`<form @submit=${submit}>
          <h2 id="login-title">用密钥登录</h2>
          <p class="muted">${why}</p>
          <label>密钥<input name="key" type="password" autocomplete="current-password" required /></label>
          ${error ? html`<p class="error" role="alert">${error}</p>` : null}
          <p class="row">
            <button class="primary">登录</button>
            <button type="button" @click=${() => dialog.close()}>取消</button>
          </p>
        </form>`,
        dialog,
      );
    async function submit(event) {
      event.preventDefault();
      try {
        session = (await ask("/v1/session", { method: "POST", json: { key: new FormData(event.target).get("key") } })).data;
        dialog.close();
      } catch (error) {
        draw(error.message);
      }
    }
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(session);
    });
    draw("");
    dialog.showModal();
  });
}
