// The call at hand: its id, what was asked in it, what came of it. Kept for
// this tab, so that a page loaded anew goes on with the same call; what could
// not be told to the server waits until it is back.
import { ask, Unreachable } from "/web/shared/api.js";
import { toast } from "/web/shared/toast.js";
import { settle } from "./asking.js";
import { lost } from "./live.js";
import { change, state } from "./state.js";

const KEY = "jida.call";
/** Earlier questions that stay in sight. */
const MOST_EARLIER = 12;

/** Begins with what this tab kept, or with a new call. */
export function resumed() {
  let kept = null;
  try {
    kept = JSON.parse(sessionStorage.getItem(KEY));
  } catch {
    // Not ours, or no storage.
  }
  const isOurs = typeof kept?.call?.id === "string" && Array.isArray(kept.call.asked) && Array.isArray(kept.earlier) && Array.isArray(kept.unsent);
  change(isOurs ? { call: kept.call, earlier: kept.earlier, unsent: kept.unsent } : { call: newCall(), earlier: [], unsent: [] });
  return isOurs ? String(kept.question ?? "") : "";
}

/** Keeps the call and what is in the field for this tab. */
export function keep() {
  const { call, earlier, unsent, question } = state;
  try {
    sessionStorage.setItem(KEY, JSON.stringify({ call, earlier, unsent, question }));
  } catch {
    // No storage: it is lost with the page, not before.
  }
}

/** The next caller: a new call with nothing asked. */
export function nextCall() {
  const asked = state.call.asked.map((one) => ({ ...one, outcome: state.call.outcome })).reverse();
  change({ call: newCall(), earlier: [...asked, ...state.earlier].slice(0, MOST_EARLIER) });
  keep();
}

/** Writes a settled question into the call's history. */
export function remember(found, first) {
  const { call } = state;
  const known = call.asked.find(({ question }) => question === found.question);
  if (known) known.searchId = found.searchId;
  else call.asked.push({ question: found.question, searchId: found.searchId, title: first?.title ?? "", id: first?.id ?? "", done: [] });
  change({ call });
  keep();
}

/**
 * Says what became of the question or the call.
 * @param {"opened"|"copied"|"answered"|"dispatched"} outcome
 * @param {{entry_id?: string, department?: string, note?: string}} [about]
 */
export async function tell(outcome, about = {}) {
  const { call } = state;
  if (outcome === "answered" || outcome === "dispatched") {
    call.outcome = outcome;
    call.department = about.department ?? "";
  }
  const found = await settle();
  const asked = found && call.asked.find(({ question }) => question === found.question);
  if (asked && !asked.done.includes(outcome)) asked.done.push(outcome);
  change({ call });
  const feedback = { outcome, search_id: found?.searchId, call: call.id, seat: state.seat || undefined, line: state.line || undefined, ...about };
  state.unsent.push(feedback);
  keep();
  await sendUnsent();
}

/** How long after a dispatch its ticket is asked for. */
const TICKET_AFTER_MS = [700, 2_000, 5_000, 15_000, 60_000];

/** Looks for the number of a dispatched call's ticket until it is there. */
export async function ticketOf(call) {
  for (const wait of TICKET_AFTER_MS) {
    await new Promise((done) => setTimeout(done, wait));
    try {
      const { data } = await ask("/v1/dispatches", { query: { call: call.id } });
      if (data.state === "waiting") continue;
      call.ticket = data.ticket ?? "";
      if (state.call === call) change({ call });
      keep();
    } catch {
      // Nothing is handed over here, or this key may not know.
    }
    return;
  }
}

let isSending = false;

/** Sends what waits, in its order, until the server cannot be reached. */
export async function sendUnsent() {
  if (isSending) return;
  isSending = true;
  try {
    while (state.unsent.length > 0) {
      try {
        await ask("/v1/feedback", { method: "POST", json: state.unsent[0] });
      } catch (error) {
        if (error instanceof Unreachable || error.status === 503) {
          lost(error.status === 503 ? "starting" : "away");
          return;
        }
        // Refused for good: asking again would be refused again.
        toast(`没有记上：${error.message}`);
      }
      state.unsent.shift();
      keep();
    }
  } finally {
    isSending = false;
  }
}

/** Ids without `crypto.randomUUID`, which plain HTTP within an office has not. */
function newCall() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const id = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return { id, outcome: "", department: "", asked: [] };
}
