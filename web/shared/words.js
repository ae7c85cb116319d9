// Names of the server for people: kinds, levels, validity, ways of matching.

const KINDS = { policy: "政策", guide: "办事指南", faq: "问答" };
const LEVELS = { national: "国家", province: "省级", city: "市级", county: "区县" };
const MATCHED = {
  pinned: "人工置顶",
  exact: "文号、条款或电话",
  title: "标准问",
  phrase: "原文",
  words: "词语",
  bigrams: "字面",
  synonyms: "同义词",
  adopted: "过往采用",
  meaning: "意思相近",
  pinyin: "拼音",
  sound: "谐音",
};
const STATES = { draft: "草稿", review: "待审", published: "已发布", retired: "已下线" };

/** 政策, 办事指南, 问答. */
export const kindName = (kind) => KINDS[kind] ?? kind;
/** 国家, 省级, 市级, 区县. */
export const levelName = (level) => LEVELS[level] ?? level;
/** By what a hit was found. */
export const matchedNames = (ways) => ways.map((way) => MATCHED[way] ?? way);
/** 草稿, 待审, 已发布, 已下线. */
export const statusName = (status) => STATES[status] ?? status;

/** `2026-11-25` → `2026年11月25日`. */
export function day(date) {
  const [year, month, ofMonth] = String(date).split("-").map(Number);
  return ofMonth ? `${year}年${month}月${ofMonth}日` : String(date);
}

/** From so many days on an end is worth a warning. */
const SOON_DAYS = 60;

function until(last) {
  const isSoon = Date.parse(last) - Date.now() < SOON_DAYS * 86_400_000;
  return isSoon ? { words: `将于${day(last)}后失效`, tone: "warn" } : { words: `现行，至${day(last)}`, tone: "good" };
}

/**
 * A hit's validity in words, with how it is to be taken.
 * @param {{state: string, until?: string, from?: string, by?: string}} validity
 * @returns {{words: string, tone: "good"|"warn"|"bad"}}
 */
export function validityWords(validity) {
  switch (validity.state) {
    case "current":
      return validity.until ? until(validity.until) : { words: "现行", tone: "good" };
    case "upcoming":
      return { words: validity.from ? `${day(validity.from)}起施行` : "尚未施行", tone: "warn" };
    case "expired":
      return { words: validity.until ? `已于${day(validity.until)}失效` : "已失效", tone: "bad" };
    case "superseded":
      return { words: "已废止", tone: "bad" };
    default:
      return { words: validity.state, tone: "warn" };
  }
}

/** A source on one line: 《法》第十条（文号，机关，日期）. */
export function sourceLine(source) {
  const isQuoted = source.title?.startsWith("《");
  const named = (source.title ? (isQuoted ? source.title : `《${source.title}》`) : "") + (source.article ?? "");
  const more = [source.number, source.issuer, source.date && day(source.date)].filter(Boolean).join("，");
  if (!named) return more;
  return more ? `${named}（${more}）` : named;
}

/**
 * Sources with the articles of one document on one line.
 * @returns {{words: string, link?: string, document: object, articles: string[]}[]}
 */
export function sourceLines(sources) {
  const documents = new Map();
  for (const source of sources) {
    const { article, ...document } = source;
    const key = JSON.stringify(document);
    if (!documents.has(key)) documents.set(key, { document, articles: [] });
    if (article) documents.get(key).articles.push(article);
  }
  return [...documents.values()]
    .map(({ document, articles }) => ({ words: sourceLine({ ...document, article: articles.join("、") }), link: document.link, document, articles }))
    .filter(({ words }) => words);
}

/** How sure the server is, in words; empty where nothing needs to be said. */
export function certaintyWords(confidence) {
  if (confidence >= 0.7) return "";
  return confidence >= 0.35 ? "不太确定，请核对" : "把握不大，请核对";
}
