// The agent's desk: a caller on the line, the answer on screen, the keyboard
// alone. Here its parts are put together; each stands in its own file.
import { html, render } from "/web/vendor/lit-html/lit-html.js";
import { typed } from "./asking.js";
import { resumed } from "./call.js";
import { listenToKeys } from "./keys.js";
import { begin } from "./live.js";
import { remembered } from "./place.js";
import { fetchAhead } from "./reading.js";
import { drawnBy, lines, state } from "./state.js";
import { card } from "./views/card.js";
import { field, list } from "./views/list.js";
import { side } from "./views/side.js";
import { line, notices, top } from "./views/top.js";

/** After this long with the same answer its entry is fetched in whole. */
const AHEAD_MS = 250;

let ahead = 0;
let shown = "";

function draw() {
  render(
    html`${top()} ${notices()} ${line()}
      <main class="desk ${lines().length ? "" : "no-lines"}">${field()} ${list()} ${card()} ${side()}</main>
      <div class="visually-hidden" role="status">${told()}</div>`,
    document.body,
  );
  const first = `${state.shown}\n${state.hits[0]?.id}`;
  if (first === shown) return;
  shown = first;
  clearTimeout(ahead);
  ahead = setTimeout(fetchAhead, AHEAD_MS);
}

/** What a screen reader says once the question stands. */
function told() {
  if (!state.settled) return "";
  const [first] = state.hits;
  return first ? `找到 ${state.hits.length} 条，第一条：${first.title}` : "没有找到";
}

remembered();
const question = resumed();
drawnBy(draw);
draw();
listenToKeys();
const input = document.getElementById("question");
input.value = question;
input.focus();
if (question) typed(question);
begin();
