// What the desk knows now, in one place. Whoever changes it says so here, and
// the page is drawn anew before the next thing happens.

export const state = {
  /** Who is logged in, as `/v1/session` says. */
  session: null,
  /** `up`, `away` (no connection), `starting` (no index yet). */
  server: "up",
  /** Why the question was refused; empty where it was not. */
  refused: "",
  /** Whether a key is needed and nobody gave one. */
  isLocked: false,
  notices: [],
  collections: [],
  /** As typed. */
  question: "",
  /** The question the list answers; behind `question` for the blink of an eye. */
  shown: "",
  hits: [],
  suggestions: [],
  /** Which line of the list is chosen, from 0. */
  chosen: 0,
  /** What the settled question brought: `{searchId, status, route, clarify}`. */
  settled: null,
  /** The entry read in whole: `{id, entry}`; entry null while it is fetched. */
  opened: null,
  /** The call at hand: `{id, outcome, department, asked}`; see `call.js`. */
  call: null,
  /** What was asked in calls before it, the newest first. */
  earlier: [],
  /** Feedback that could not be sent yet. */
  unsent: [],
  /** Where is asked: `{code, name, above}`, null everywhere; and the last ones. */
  region: null,
  recent: [],
  /** Id of the collection; "" the whole library, null the key's own. */
  collection: null,
  seat: "",
  line: "",
  /** An entry looked at beside the list (a newer document, a frequent matter). */
  aside: null,
};

let draw = () => {};
let isDue = false;

/** Takes what draws the page. */
export function drawnBy(drawing) {
  draw = drawing;
}

/** Changes what is known. */
export function change(some) {
  Object.assign(state, some);
  redraw();
}

/** Draws anew, once for all changes of this moment. */
export function redraw() {
  if (isDue) return;
  isDue = true;
  queueMicrotask(() => {
    isDue = false;
    draw(state);
  });
}

/**
 * The lines of the list: hits, what the caller may have meant, suggested
 * questions; before anything is typed the frequent matters of the collection.
 */
export function lines() {
  if (!state.question.trim()) return frequent().map((matter) => ({ kind: "frequent", matter }));
  return [
    ...state.hits.map((hit) => ({ kind: "hit", hit })),
    ...(state.settled?.clarify?.options ?? []).map((option) => ({ kind: "choice", option })),
    ...state.suggestions.map((suggestion) => ({ kind: "suggestion", suggestion })),
  ];
}

/** The frequent matters of the chosen collection. */
export function frequent() {
  const chosen = state.collection ?? state.session?.scope?.collection;
  return state.collections.find(({ id }) => id === chosen)?.frequent ?? [];
}

/** The hit that is read now: the one beside the list, or the chosen line's. */
export function current() {
  if (state.aside) return state.aside;
  const line = lines()[state.chosen];
  if (line?.kind === "hit") return line.hit;
  // A suggested question or a frequent matter is chosen: the first hit stays readable.
  return state.hits[0] ?? null;
}
