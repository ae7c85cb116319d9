// What an agent pastes into the ticket or reads out: the script with its source.
import { plain } from "/web/shared/foreign.js";
import { sourceLines } from "/web/shared/words.js";
import { entryOf } from "./reading.js";

/** A body up to this long is copied whole where there is no script. */
const MOST_CHARS = 600;
const MOST_SOURCES = 3;

/** The words for the clipboard. */
export async function wordsOf(hit) {
  const said = hit.script || (await bodyOf(hit));
  const sources = sourceLines(hit.source).slice(0, MOST_SOURCES).map(({ words }) => words);
  return sources.length > 0 ? `${said}\n依据：${sources.join("；")}` : said;
}

async function bodyOf(hit) {
  const entry = await entryOf(hit.id).catch(() => null);
  const text = plain(entry?.body ?? "");
  return text && text.length <= MOST_CHARS ? text : hit.snippet || text.slice(0, MOST_CHARS) || hit.title;
}

/** Puts a text into the clipboard; false where the browser refuses. */
export async function toClipboard(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Plain HTTP within an office has no clipboard of that kind, but the older one.
    return selectedAndCopied(text);
  }
}

function selectedAndCopied(text) {
  const before = document.activeElement;
  const area = document.createElement("textarea");
  area.className = "visually-hidden";
  area.value = text;
  document.body.append(area);
  area.select();
  const isCopied = document.execCommand("copy");
  area.remove();
  before?.focus?.({ preventScroll: true });
  return isCopied;
}
