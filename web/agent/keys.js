// The keyboard. While a text is typed, letters are text: with Alt they act.
// Elsewhere they act alone.
import { openHelp } from "./views/help.js";
import { chooseCollection, openPlace, openRegions } from "./views/choices.js";
import {
  answeredNow, chooseLine, copy, dispatch, next, openLine, openPart, openTyped, openedParts, reportError, reportGap,
  stepBack, toField, toList,
} from "./actions.js";
import { lines, state } from "./state.js";

/** Letter, what it does, and how the help sheet says it. */
export const LETTERS = [
  ["c", copy, "复制话术和依据，记为已答复"],
  ["a", answeredNow, "记为当场答复"],
  ["d", dispatch, "派单（部门已填好，回车确认）"],
  ["g", reportGap, "报知识缺口，问题已填好"],
  ["f", reportError, "报这一条的错误"],
  ["n", next, "下一位来电"],
  ["r", openRegions, "换区域"],
  ["k", chooseCollection, "换语境库"],
  ["s", openPlace, "坐席、线路、登录"],
];
const BY_LETTER = new Map(LETTERS.map(([letter, action]) => [letter, action]));

/** Listens to the whole page. */
export function listenToKeys() {
  document.addEventListener("keydown", (event) => {
    // What an input method is composing belongs to it alone.
    if (event.isComposing || event.keyCode === 229 || event.ctrlKey || event.metaKey) return;
    if (document.querySelector("dialog[open]")) return;
    if (event.key === "F1") {
      openHelp();
      return event.preventDefault();
    }
    const done = event.altKey ? withAlt(event) : isText(event.target) ? inText(event) : elsewhere(event);
    if (done) event.preventDefault();
  });
}

function isText(element) {
  return element.matches?.("input:not([type=checkbox]), textarea, select");
}

/** The letter or digit of a key whatever the layout or the input method makes of it. */
function signOf(event) {
  if (/^[\x21-\x7e]$/.test(event.key)) return event.key.toLowerCase();
  const named = { "？": "?", "／": "/", "、": "/" }[event.key];
  return named ?? /^(?:Key|Digit|Numpad)([A-Z0-9])$/.exec(event.code)?.[1].toLowerCase() ?? "";
}

function withAlt(event) {
  const sign = /^(?:Key|Digit)(.)$/.exec(event.code)?.[1].toLowerCase() ?? signOf(event);
  if (/^[1-9]$/.test(sign)) return chosenByDigit(Number(sign));
  return acted(sign);
}

function acted(letter) {
  const action = BY_LETTER.get(letter);
  if (action) action();
  return Boolean(action);
}

/** The line with that digit is chosen and read; a frequent matter is opened. */
function chosenByDigit(digit) {
  const line = lines()[digit - 1];
  if (!line || !["hit", "frequent"].includes(line.kind)) return false;
  if (line.kind === "frequent") openLine(digit - 1);
  else {
    chooseLine(digit - 1);
    toList();
  }
  return true;
}

function inText(event) {
  if (event.target.id !== "question") return false;
  switch (event.key) {
    case "ArrowDown":
      if (lines().length === 0) return false;
      toList();
      return true;
    case "ArrowUp":
      if (lines().length === 0) return false;
      chooseLine(lines().length - 1);
      toList();
      return true;
    case "Enter":
      openTyped();
      return true;
    case "Escape":
      event.target.select();
      return true;
    default:
      return false;
  }
}

function elsewhere(event) {
  const isOnControl = event.target.closest?.("button, a, summary, input");
  const isReading = Boolean(state.opened) && event.target.closest?.("#card");
  switch (event.key) {
    case "ArrowDown":
    case "ArrowUp":
      // An opened entry scrolls.
      return isReading || isOnControl ? false : moved(event.key === "ArrowDown" ? 1 : -1);
    case "Home":
    case "End":
      if (isReading || isOnControl) return false;
      chooseLine(event.key === "Home" ? 0 : lines().length - 1);
      return true;
    case "Enter":
      if (isOnControl || state.opened) return false;
      openLine();
      return true;
    case "Escape":
      stepBack();
      return true;
    default:
      return bySign(signOf(event));
  }
}

function moved(by) {
  if (state.chosen + by < 0) {
    toField();
    return true;
  }
  chooseLine(state.chosen + by);
  toList();
  return true;
}

function bySign(sign) {
  if (sign === "/") {
    toField();
    return true;
  }
  if (sign === "?") {
    openHelp();
    return true;
  }
  if (/^[1-9]$/.test(sign)) {
    const part = openedParts()[Number(sign) - 1];
    if (!state.opened) return chosenByDigit(Number(sign));
    if (part) openPart(part.name);
    return Boolean(part);
  }
  return acted(sign);
}
