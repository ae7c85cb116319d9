// Entries in whole: fetched before they are wanted, opened, and shown in the
// place of a hit where they come from elsewhere (a newer document, a matter
// asked often).
import { ask, encodedId } from "/web/shared/api.js";
import { prepareMarkdown } from "/web/shared/foreign.js";
import { toast } from "/web/shared/toast.js";
import { refusal } from "./asking.js";
import { findBasis, forgetBasis } from "./basis.js";
import { tell } from "./call.js";
import { change, current, redraw, state } from "./state.js";

const MOST_KEPT = 80;
const LEVELS = [
  [/^0{6}$/, "national"],
  [/0{4}$/, "province"],
  [/0{2}$/, "city"],
];

/** Entries by id: what was promised, and what has come. */
const promised = new Map();
const come = new Map();

/** An entry that has been fetched, or nothing yet. */
export function known(id) {
  return come.get(id) ?? null;
}

/** Fetches an entry, once. */
export function entryOf(id) {
  if (!promised.has(id)) {
    if (promised.size >= MOST_KEPT) forgetEntries();
    const fetched = Promise.all([ask(`/v1/entries/${encodedId(id)}`), prepareMarkdown()]).then(([{ data }]) => {
      come.set(id, data);
      redraw();
      return data;
    });
    fetched.catch(() => promised.delete(id));
    promised.set(id, fetched);
  }
  return promised.get(id);
}

/** The library changed: what is read now stays in sight until it has come anew. */
export function forgetEntries() {
  promised.clear();
  forgetBasis();
  for (const id of come.keys()) if (id !== state.opened?.id) come.delete(id);
  fetchAhead();
}

/** Fetches what is read now, so that opening it waits for nothing. */
export function fetchAhead() {
  const hit = current();
  if (!hit || state.server !== "up") return;
  findBasis(hit);
  // What takes its place is named by its title.
  for (const id of [hit.id, hit.validity.by].filter(Boolean)) entryOf(id).catch(() => {});
}

/** Opens a hit: the whole entry, at the part that was asked for. */
export async function open(hit, part = "") {
  change({ opened: { id: hit.id, part } });
  tell("opened", { entry_id: hit.id });
  try {
    await entryOf(hit.id);
  } catch (error) {
    change({ opened: null });
    told(error);
  }
}

/** Opens an entry that is no hit. */
export async function openById(id) {
  try {
    const entry = await entryOf(id);
    change({ aside: await asHit(entry) });
    fetchAhead();
    await open(state.aside);
  } catch (error) {
    told(error);
  }
}

function told(error) {
  if (error.status === 404) return toast("这个条目已经不在知识库里");
  refusal(error);
}

/** Back to the list; what stood beside it goes. */
export function back() {
  change({ opened: null, aside: null });
}

/** An entry in the form of a hit. */
async function asHit(entry) {
  const names = (await ask("/v1/regions", { query: { q: entry.region, limit: 1 } })).data.regions;
  const name = entry.region === "000000" ? "全国" : (names.find(({ code }) => code === entry.region)?.name ?? entry.region);
  const level = LEVELS.find(([code]) => code.test(entry.region))?.[1] ?? "county";
  return {
    ...entry,
    snippet: "",
    highlights: { title: [], snippet: [] },
    confidence: 1,
    matched_by: [],
    region: { code: entry.region, name, level },
    validity: validityOf(entry),
    source: entry.source ?? [],
  };
}

function validityOf(entry) {
  const today = new Date().toLocaleDateString("sv-SE");
  if (entry.superseded_by) return { state: "superseded", by: entry.superseded_by };
  if (entry.status === "retired") return { state: "expired", until: null };
  if (entry.expires_on && entry.expires_on < today) return { state: "expired", until: entry.expires_on };
  if (entry.effective_from && entry.effective_from > today) return { state: "upcoming", from: entry.effective_from };
  return { state: "current", until: entry.expires_on ?? null };
}
