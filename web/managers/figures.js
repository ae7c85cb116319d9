// What the page shows of the figures: cards, and for each chart its table.
import { count, percent } from "./charts.js";
import { dayName, daysBetween } from "./period.js";

/** Most names of a chart; the table and the file have all. */
const MOST_DRAWN = 12;

/** Figures of which less is better. */
const LESS_IS_BETTER = new Set(["dispatched", "no_result", "refusal", "copy_seconds"]);

/** The cards: the first large, then groups. */
export const CARDS = [
  ["instant_answer"],
  ["dispatched", "satisfaction", "copy_seconds", "adoption"],
  ["first_place", "first_three", "no_result", "refusal"],
  ["calls", "reviews", "corrections", "gaps"],
];

/** A figure's value as people read it. */
export function valueOf({ unit, value }) {
  if (unit === "share") return percent(value);
  return value === null ? "—" : `${Math.round(value * 10) / 10} 秒`;
}

/** How it moved against the period before: `{words, tone}`, none where one is missing. */
export function moved({ name, unit, value, before }) {
  if (value === null || before?.value === null || before?.value === undefined) return null;
  const by = unit === "share" ? Math.round((value - before.value) * 1000) / 10 : Math.round((value - before.value) * 10) / 10;
  if (by === 0) return { words: "与上期持平", tone: "" };
  const isBetter = by > 0 !== LESS_IS_BETTER.has(name);
  const size = unit === "share" ? `${Math.abs(by).toFixed(1)} 个百分点` : `${Math.abs(by)} 秒`;
  return { words: `${by > 0 ? "▲" : "▼"} ${size}`, tone: isBetter ? "good" : "bad" };
}

/** What a value is made of. */
export function partsOf({ numerator, denominator }) {
  return numerator ? `${count(numerator.count)} ÷ ${count(denominator.count)}` : `${count(denominator.count)} 通`;
}

const rateOf = (counts) => (counts?.accepted ? counts.answered / counts.accepted : null);

/** The chart of the days, with its table. */
export function ofDays(now, before, period, periodBefore) {
  const [of, ofBefore] = [now, before].map((groups) => new Map(groups.map((group) => [group.key, group.counts])));
  const days = daysBetween(period);
  const then = periodBefore ? daysBetween(periodBefore) : [];
  return {
    data: {
      labels: days.map((day) => dayName(day)),
      rates: days.map((day) => rateOf(of.get(day))),
      before: days.map((_, at) => rateOf(ofBefore.get(then[at]))),
      beforeLabels: then.map((day) => dayName(day)),
      calls: days.map((day) => of.get(day)?.accepted ?? 0),
    },
    columns: ["日期", "即时答复率", "当场答复", "转派", "放弃", "已知结果", "上期同位日", "上期即时答复率"],
    rows: days.map((day, at) => [day, ...cells(of.get(day)), then[at] ?? "", percent(rateOf(ofBefore.get(then[at])))]),
  };
}

function cells(counts = {}) {
  return [percent(rateOf(counts)), counts.answered ?? 0, counts.dispatched ?? 0, counts.abandoned ?? 0, counts.accepted ?? 0];
}

/** The chart of names, those with most calls first, with its table. */
export function ofNames(groups, name, inOrder = false) {
  const known = groups.filter(({ counts, counts_before: before }) => counts.accepted || before?.accepted);
  if (!inOrder) known.sort((one, other) => other.counts.accepted - one.counts.accepted || (one.key < other.key ? -1 : 1));
  const shown = inOrder ? known : known.slice(0, MOST_DRAWN);
  return {
    keys: shown.map(({ key }) => key),
    data: {
      labels: shown.map((group) => group.name),
      rates: shown.map(({ counts }) => rateOf(counts)),
      before: shown.map(({ counts_before: before }) => rateOf(before)),
      texts: shown.map(({ counts }) => `${percent(rateOf(counts))} · ${count(counts.accepted)} 通`),
    },
    columns: [name, "即时答复率", "当场答复", "转派", "放弃", "已知结果", "上期即时答复率", "查询", "无结果"],
    rows: known.map(({ name: group, counts, counts_before: before }) => [group, ...cells(counts), percent(rateOf(before)), counts.searches, counts.empty]),
    left: known.length - shown.length,
  };
}

/** The chart of the hours: like the days. */
export function ofHours(groups) {
  const of = new Map(groups.map((group) => [group.key, group]));
  const hours = Array.from({ length: 24 }, (_, hour) => String(hour).padStart(2, "0"));
  return {
    data: {
      labels: hours.map((hour) => `${Number(hour)} 时`),
      rates: hours.map((hour) => rateOf(of.get(hour)?.counts)),
      before: hours.map((hour) => rateOf(of.get(hour)?.counts_before)),
      beforeLabels: hours.map((hour) => `${Number(hour)} 时`),
      calls: hours.map((hour) => of.get(hour)?.counts.accepted ?? 0),
    },
    columns: ["时段", "即时答复率", "当场答复", "转派", "放弃", "已知结果", "上期即时答复率"],
    rows: hours.map((hour) => [`${Number(hour)} 时`, ...cells(of.get(hour)?.counts), percent(rateOf(of.get(hour)?.counts_before))]),
  };
}

/** From the question to the answer: each step is a part of the one before. */
export function ofSteps(counts, before) {
  const steps = [["查了知识库", "searched"], ["看了条目", "looked"], ["复制了条目", "copied"], ["当场答复了", "used"]];
  const share = (of, name) => (of?.searched ? of[name] / of.searched : null);
  return {
    data: {
      labels: steps.map(([words]) => words),
      counts: steps.map(([, name]) => counts[name]),
      texts: steps.map(([, name]) => `${count(counts[name])} 通 · ${percent(share(counts, name))}`),
    },
    columns: ["一步", "电话", "占查过的", "上期占查过的"],
    rows: steps.map(([words, name]) => [words, counts[name], percent(share(counts, name)), percent(share(before, name))]),
  };
}

/** Where the entry stood that was used. */
export function ofPlaces(counts, before) {
  const places = [["第 1 位", "first"], ["第 2、3 位", "third"], ["第 4 至 10 位", "tenth"], ["不在查到的里", "lower"]];
  const all = (of) => places.reduce((sum, [, name]) => sum + (of?.[name] ?? 0), 0);
  const share = (of, name) => (all(of) ? of[name] / all(of) : null);
  return {
    data: {
      labels: places.map(([words]) => words),
      isLastOther: true,
      counts: places.map(([, name]) => counts[name]),
      texts: places.map(([, name]) => `${count(counts[name])} 次 · ${percent(share(counts, name))}`),
    },
    columns: ["位置", "查询", "占用了条目的查询", "上期"],
    rows: places.map(([words, name]) => [words, counts[name], percent(share(counts, name)), percent(share(before, name))]),
  };
}
