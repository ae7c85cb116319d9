// What an answer rests on: the articles its sources name, as entries that can
// be opened. They are looked for by their name, as an agent would type it.
import { ask } from "/web/shared/api.js";
import { redraw, state } from "./state.js";

const MOST_KEPT = 200;
/** Articles looked up for one entry: each is a request. */
const MOST_ARTICLES = 6;

/** By region, title and article: the article's hit, null where there is none. */
const found = new Map();

/** Whether a hit is an article of a law or document. */
export function isArticle(hit) {
  return hit.kind === "policy" && Boolean(hit.part?.article);
}

/**
 * The hits in the order of the list: the first as it is, then answers, guides
 * and documents, then the articles they rest on.
 */
export function inSections(hits) {
  const [first, ...others] = hits;
  if (!first) return hits;
  return [first, ...others.filter((hit) => !isArticle(hit)), ...others.filter(isArticle)];
}

/** The articles sources name: `{title, article}`, one by one. */
function namedIn(sources) {
  return sources.flatMap(({ title, article }) => {
    const labels = String(article ?? "").match(/第[〇零一二三四五六七八九十百千\d]+条(?:之[一二三四五六七八九十]+)?/g) ?? [];
    return title ? labels.map((label) => ({ title: title.replace(/^《|》$/g, ""), article: label })) : [];
  });
}

const keyOf = ({ title, article }) => JSON.stringify([state.region?.code, title, article]);

/** The article an entry names, where it has been found in the library. */
export function articleOf(title, article) {
  const [one] = namedIn([{ title, article }]);
  return one ? (found.get(keyOf(one)) ?? null) : null;
}

/** Looks for the articles a hit rests on, each once. */
export function findBasis(hit) {
  if (isArticle(hit)) return;
  if (found.size > MOST_KEPT) found.clear();
  for (const one of namedIn(hit.source ?? []).slice(0, MOST_ARTICLES)) {
    const key = keyOf(one);
    if (found.has(key)) continue;
    found.set(key, null);
    look(one)
      .then((article) => {
        found.set(key, article);
        if (article) redraw();
      })
      .catch(() => found.delete(key));
  }
}

/** The library changed: what was not there may be. */
export function forgetBasis() {
  found.clear();
}

async function look({ title, article }) {
  const query = { q: `《${title}》${article}`, kind: "policy", region: state.region?.code, limit: 3, typing: true };
  const { data } = await ask("/v1/search", { query });
  // By its article's key, or as its whole title.
  const isNamed = (hit) => hit.matched_by.some((by) => by === "exact" || by === "title");
  const isIt = (hit) => isArticle(hit) && isNamed(hit) && isSameLaw(hit.part.document_title, title);
  return data.hits.find((hit) => isIt(hit) && hit.validity.state === "current") ?? data.hits.find(isIt) ?? null;
}

/** 民法典 is 中华人民共和国民法典, and a part of it (民法典 总则编) as well. */
function isSameLaw(one, other) {
  const plain = (title) => title.replace(/^中华人民共和国/, "").replace(/\s+\S+编$/, "").replace(/[\s《》（）()]/g, "");
  return plain(one) === plain(other);
}
