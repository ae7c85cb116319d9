// The question: asked while it is typed, settled once it stands. What is typed
// is asked at once, at most every few milliseconds; a newer question ends the
// older one, and an answer that comes late is thrown away.
import { ask, Unreachable } from "/web/shared/api.js";
import { inSections } from "./basis.js";
import { keep, remember } from "./call.js";
import { lost, needsKey } from "./live.js";
import { change, state } from "./state.js";

/** Hits that have a digit. */
const HITS = 9;
const SUGGESTIONS = 4;
/** Shortest time between two questions while typing. */
const PACE_MS = 30;
/** After this long without a key the question stands. */
const STILL_MS = 600;

let sequence = 0;
let running = null;
let askedAt = 0;
let pacing = 0;
let stillness = 0;
/** The last settled question: `{key, promise}`. */
let settling = null;
let waiters = [];

/** What is typed now, whole. */
export function typed(text) {
  clearTimeout(stillness);
  change({ question: text, settled: null, opened: null, aside: null });
  keep();
  if (!text.trim()) return emptied();
  stillness = setTimeout(settle, STILL_MS);
  pace();
}

/** Asks the same again: another region or collection, or the server is back. */
export function askAgain() {
  if (!state.question.trim()) return;
  settling = null;
  change({ settled: null });
  clearTimeout(stillness);
  stillness = setTimeout(settle, STILL_MS);
  send();
}

/** Comes when the list answers what is in the field; false where it cannot. */
export function answered() {
  if (!state.question.trim()) return Promise.resolve(false);
  if (state.shown === state.question && !running) return Promise.resolve(true);
  return new Promise((resolve) => waiters.push(resolve));
}

function emptied() {
  stop();
  change({ shown: "", hits: [], suggestions: [], chosen: 0, refused: "" });
}

function stop() {
  clearTimeout(pacing);
  pacing = 0;
  sequence += 1;
  running?.abort();
  running = null;
}

function pace() {
  if (pacing) return;
  const wait = PACE_MS - (performance.now() - askedAt);
  if (wait <= 0) send();
  else pacing = setTimeout(send, wait);
}

async function send() {
  stop();
  const mine = sequence;
  const question = state.question;
  if (!question.trim()) return;
  askedAt = performance.now();
  running = new AbortController();
  const { signal } = running;
  try {
    const { data } = await ask(addressed("/v1/search"), {
      query: { q: question, region: state.region?.code, limit: HITS, typing: true },
      signal,
    });
    if (mine !== sequence) return;
    running = null;
    change({ shown: question, hits: inSections(data.hits), chosen: 0, refused: "", server: "up" });
    wake(true);
    // After the answer, which it would only slow down.
    suggest(question, mine);
  } catch (error) {
    if (error.name === "AbortError" || mine !== sequence) return;
    running = null;
    wake(false);
    refusal(error);
  }
}

async function suggest(question, mine) {
  try {
    const { data } = await ask(addressed("/v1/suggest"), {
      query: { q: question, region: state.region?.code, limit: SUGGESTIONS },
    });
    if (mine === sequence) change({ suggestions: data.suggestions.filter(({ text }) => text !== question.trim()) });
  } catch {
    // The search says what is wrong; without suggestions the desk still works.
    if (mine === sequence) change({ suggestions: [] });
  }
}

function wake(isAnswered) {
  const woken = waiters;
  waiters = [];
  for (const resolve of woken) resolve(isAnswered);
}

/** A refusal in the place where it belongs. */
export function refusal(error) {
  if (error instanceof Unreachable) return lost("away");
  if (error.status === 503) return lost("starting");
  if (error.status === 401) return needsKey(error.message);
  change({ refused: error.message, hits: [], suggestions: [], shown: state.question });
}

/** An explicitly empty collection asks the whole library, none the key's own. */
function addressed(path) {
  return state.collection === null ? path : `${path}?collection=${encodeURIComponent(state.collection)}`;
}

/**
 * The question as it stands, asked once: what it brought says which search a
 * feedback is about. Null where nothing is asked or the server is away.
 */
export function settle() {
  clearTimeout(stillness);
  const question = state.question.trim();
  if (!question) return Promise.resolve(null);
  const key = JSON.stringify([question, state.region?.code, state.collection, state.call.id]);
  if (settling?.key !== key) settling = { key, promise: settled(question, key) };
  return settling.promise;
}

async function settled(question, key) {
  const body = { question, region: state.region?.code, call: state.call.id, seat: state.seat || undefined, line: state.line || undefined };
  if (state.collection !== null) body.collection = state.collection;
  try {
    const { data } = await ask("/v1/answer", { method: "POST", json: body });
    const found = { question, searchId: data.search_id, status: data.status, route: data.route, clarify: data.clarify };
    if (settling?.key === key) {
      change({ settled: found });
      remember(found, data.candidates[0]);
    }
    return found;
  } catch (error) {
    if (settling?.key === key) settling = null;
    if (error instanceof Unreachable || error.status === 503) refusal(error);
    return null;
  }
}
