// Which days are looked at: named periods, and the address that keeps them.

const DAY_MS = 86_400_000;
const two = (number) => String(number).padStart(2, "0");

/** A day as `2026-11-25`. */
export const dayOf = (at) => `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;

const daysBack = (days) => (now) => [dayOf(new Date(now.getFullYear(), now.getMonth(), now.getDate() - days + 1)), dayOf(now)];
const month = (shift) => (now) => [
  dayOf(new Date(now.getFullYear(), now.getMonth() + shift, 1)),
  dayOf(new Date(now.getFullYear(), now.getMonth() + shift + 1, 0)),
];

/** By name: what the button says, and the days. */
export const PERIODS = {
  week: ["近 7 天", daysBack(7)],
  days: ["近 30 天", daysBack(30)],
  quarter: ["近 90 天", daysBack(90)],
  month: ["本月", month(0)],
  before: ["上月", month(-1)],
};

/** The days of a named period. */
export function daysOf(name, now = new Date()) {
  const [from, to] = PERIODS[name][1](now);
  return { from, to };
}

/** What the address says: days, line, region. */
export function asked() {
  const query = new URLSearchParams(location.hash.slice(1));
  const is = (name, form) => (form.test(query.get(name) ?? "") ? query.get(name) : "");
  const day = /^\d{4}-\d\d-\d\d$/;
  const days = is("from", day) && is("to", day) ? { from: is("from", day), to: is("to", day) } : daysOf("days");
  return { ...days, line: is("line", /^(12345|8890|web|chatbot)$/), region: is("region", /^\d{6}$/) };
}

/** Writes it into the address. */
export function keep(chosen) {
  const query = new URLSearchParams(Object.entries(chosen).filter(([, value]) => value));
  history.replaceState(null, "", `#${query}`);
}

/** Each day from the first to the last. */
export function daysBetween({ from, to }) {
  const days = [];
  for (let at = Date.parse(from); at <= Date.parse(to) && days.length < 4000; at += DAY_MS) days.push(new Date(at).toISOString().slice(0, 10));
  return days;
}

/** `11月5日`, with the year where it is asked for. */
export function dayName(day, withYear = false) {
  const [year, of, number] = day.split("-").map(Number);
  return `${withYear ? `${year}年` : ""}${of}月${number}日`;
}

/** `2026年11月` for a whole month, else from … to …. */
export function periodName({ from, to }) {
  const [year, of, first] = from.split("-").map(Number);
  if (first === 1 && to === dayOf(new Date(year, of, 0))) return `${year}年${of}月`;
  return from === to ? dayName(from, true) : `${dayName(from, true)}至${dayName(to, from.slice(0, 4) !== to.slice(0, 4))}`;
}
