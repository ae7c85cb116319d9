// The line to the server: news as they come, and what happens when it is cut.
// Nothing typed is lost meanwhile; as soon as the server answers again the
// desk asks what it missed.
import { ask } from "/web/shared/api.js";
import { logIn, whoAmI } from "/web/shared/login.js";
import { askAgain } from "./asking.js";
import { sendUnsent } from "./call.js";
import { forgetEntries } from "./reading.js";
import { change, state } from "./state.js";

/** How often a server that is away is looked for; longer while only the news fail. */
const LOOK_MS = 1000;
const MOST_WAIT_MS = 15_000;

let events = null;
let looking = 0;
let isAsking = false;
/** How often in a row the news broke off without a word. */
let broken = 0;

/** Listens for notices and changes; again after another region is chosen. */
export function listen() {
  events?.close();
  const region = state.region ? `?region=${state.region.code}` : "";
  events = new EventSource(`/v1/events${region}`);
  events.addEventListener("notices", ({ data }) => {
    broken = 0;
    change({ notices: parsed(data)?.notices ?? [] });
  });
  events.addEventListener("library", forgetEntries);
  events.onerror = () => {
    // Whether it is the server or only this line is seen by looking.
    events.close();
    broken += 1;
    look();
  };
}

// A browser opens six connections to a server at most: a desk nobody looks at
// gives its one back, and takes it up again with the news of that moment.
document.addEventListener("visibilitychange", () => {
  if (document.hidden) events?.close();
  else if (state.server === "up" && state.session) listen();
});

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The server does not answer: says so, and looks until it does. */
export function lost(how) {
  change({ server: how });
  looking ||= setTimeout(look, LOOK_MS);
}

async function look() {
  clearTimeout(looking);
  let how = "away";
  try {
    const response = await fetch("/readyz", { cache: "no-store" });
    how = response.ok ? "up" : "starting";
  } catch {
    // Still away.
  }
  looking = 0;
  if (how !== "up") return lost(how);
  const wasAway = state.server !== "up";
  change({ server: "up" });
  if (wasAway) {
    askAgain();
    sendUnsent();
  }
  if (broken < 2) await begin();
  else setTimeout(begin, Math.min(LOOK_MS * 2 ** broken, MOST_WAIT_MS));
}

/** Who is logged in and what there is to choose from; then listens. */
export async function begin() {
  try {
    const session = await whoAmI();
    const collections = (await ask("/v1/collections")).data.collections.filter(({ removed }) => !removed);
    const isThere = !state.collection || collections.some(({ id }) => id === state.collection);
    change({ session, collections, collection: isThere ? state.collection : null });
    listen();
  } catch (error) {
    if (error.status === 401) return needsKey(error.message);
    lost(error.status === 503 ? "starting" : "away");
  }
}

/** Asks for a key, once at a time; what is typed stays. */
export async function needsKey(why) {
  if (isAsking) return;
  isAsking = true;
  const session = await logIn(why);
  isAsking = false;
  change({ isLocked: !session });
  if (!session) return;
  change({ session });
  askAgain();
  sendUnsent();
  await begin();
}
