// Where and for whom is asked: region, collection, seat, line. Kept in this
// browser; what is found there is checked, since anything could have written it.
import { change, state } from "./state.js";

const KEY = "jida.desk";
export const LINES = { "": "未指定", 12345: "12345", 8890: "8890", web: "网上" };
const MOST_RECENT = 5;

/** Reads what is remembered into the state. */
export function remembered() {
  let kept = {};
  try {
    kept = JSON.parse(localStorage.getItem(KEY) ?? "{}") ?? {};
  } catch {
    // Not ours, or no storage: the desk begins with nothing.
  }
  change({
    region: checkedRegion(kept.region),
    recent: Array.isArray(kept.recent) ? kept.recent.map(checkedRegion).filter(Boolean).slice(0, MOST_RECENT) : [],
    collection: typeof kept.collection === "string" ? kept.collection : null,
    seat: checkedSeat(kept.seat) ?? "",
    line: kept.line in LINES ? kept.line : "",
  });
}

/** Takes over and keeps a choice. */
export function choose(some) {
  change(some);
  const { region, recent, collection, seat, line } = state;
  try {
    localStorage.setItem(KEY, JSON.stringify({ region, recent, collection, seat, line }));
  } catch {
    // No storage (a locked-down browser): it holds until the page is closed.
  }
}

/** Chooses a region; null asks without one. */
export function chooseRegion(region) {
  const others = state.recent.filter(({ code }) => code !== region?.code);
  choose({ region, recent: (region ? [region, ...others] : others).slice(0, MOST_RECENT) });
}

/** A seat's name as it may be; null where it may not. */
export function checkedSeat(seat) {
  const text = typeof seat === "string" ? seat.trim() : null;
  return text !== null && /^[\p{L}\p{N}_-]{0,20}$/u.test(text) ? text : null;
}

function checkedRegion(region) {
  const isNamed = (one) => typeof one?.name === "string" && /^\d{6}$/.test(one?.code);
  if (!isNamed(region)) return null;
  const above = Array.isArray(region.above) ? region.above.filter(isNamed) : [];
  return { code: region.code, name: region.name, above };
}
