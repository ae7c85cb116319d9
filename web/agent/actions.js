// What the agent does, by key or by button. Each action says what it did.
import { ask } from "/web/shared/api.js";
import { toast } from "/web/shared/toast.js";
import { html } from "/web/vendor/lit-html/lit-html.js";
import { openForm } from "/web/shared/dialog.js";
import { answered, askAgain, settle, typed } from "./asking.js";
import { nextCall, tell, ticketOf } from "./call.js";
import { toClipboard, wordsOf } from "./copying.js";
import { listen } from "./live.js";
import { chooseRegion } from "./place.js";
import { back, fetchAhead, known, open, openById } from "./reading.js";
import { change, current, lines, state } from "./state.js";
import { partsOf } from "./views/guide.js";

const field = () => document.getElementById("question");
const list = () => document.getElementById("lines");
const card = () => document.getElementById("card");

/** To the field, what is in it selected: typing begins anew. */
export function toField() {
  field().focus();
  field().select();
}

/** To the list; to the field where there is none. */
export function toList() {
  (list() ?? field()).focus();
}

/** Puts a question into the field and asks it. */
export function askFor(question) {
  field().value = question;
  typed(question);
}

/** Chooses a line of the list, counted from 0. */
export function chooseLine(at) {
  const count = lines().length;
  if (count === 0) return;
  change({ chosen: Math.max(0, Math.min(at, count - 1)), aside: null, opened: null });
  queueMicrotask(() => document.getElementById(`line-${state.chosen}`)?.scrollIntoView({ block: "nearest" }));
  fetchAhead();
}

/** Opens the chosen line: a hit whole, a suggestion as the question. */
export async function openLine(at = state.chosen) {
  const line = lines()[at];
  if (!line) return;
  switch (line.kind) {
    case "hit":
      change({ chosen: at });
      open(line.hit);
      return toCard();
    case "frequent":
      change({ chosen: at });
      await openById(line.matter.entry_id);
      return toCard();
    case "choice":
      return chooseClarification(line.option);
    default:
      askFor(line.suggestion.text);
      return toList();
  }
}

/** Opens the first hit of what is in the field, once it has come. */
export async function openTyped() {
  const question = state.question;
  if (!question.trim()) return openLine();
  if (!(await answered()) || state.question !== question) return;
  settle();
  if (state.hits.length > 0) await openLine();
}

/** The reading place, where keys are no text. */
export function toCard() {
  // Drawn first: what is opened stands at its top.
  queueMicrotask(() => {
    card()?.focus({ preventScroll: true });
    card()?.scrollTo({ top: 0 });
    if (matchMedia("(max-width: 760px)").matches) card()?.scrollIntoView({ block: "start" });
  });
}

/** Opens what is read now at one of its parts. */
export async function openPart(name) {
  const hit = current();
  if (!hit) return;
  if (state.opened?.id !== hit.id) await open(hit, name);
  change({ opened: { id: hit.id, part: name } });
  queueMicrotask(() => {
    const part = document.getElementById(`part-${name}`);
    part?.scrollIntoView({ block: "start" });
    part?.focus({ preventScroll: true });
  });
}

/** The parts of the opened guide, in the order of their digits. */
export function openedParts() {
  const entry = state.opened && known(state.opened.id);
  return entry ? partsOf(entry) : [];
}

/** One step back: from the entry to the list, from the list to the field. */
export function stepBack() {
  if (state.opened || state.aside) {
    const hadLines = lines().length > 0;
    back();
    return hadLines ? toList() : toField();
  }
  toField();
}

/** Copies script and source; the question counts as answered. */
export async function copy() {
  const hit = current();
  if (!hit) return toast("还没有可以复制的条目");
  if (!(await toClipboard(await wordsOf(hit)))) return toast("浏览器不让复制，请用鼠标选中文字再复制");
  toast("已复制话术和依据，记为已答复");
  await tell("copied", { entry_id: hit.id });
  await tell("answered", { entry_id: hit.id });
}

/** The call was answered at once. */
export async function answeredNow() {
  const hit = current();
  toast("已记录：当场答复");
  await tell("answered", hit ? { entry_id: hit.id } : {});
}

/** The call goes to a department. */
export async function dispatch() {
  const found = await settle();
  const department = found?.route?.department || current()?.department || "";
  const fields = html`<label>派给哪个部门<input name="department" required maxlength="100" autocomplete="off" autofocus .defaultValue=${department} /></label>
    <label>说明（可不写）<input name="note" maxlength="300" autocomplete="off" /></label>`;
  const sent = await openForm("派单", fields, {
    send: "记录派单",
    submit: async (data) => ({ department: data.get("department").trim(), note: data.get("note").trim() }),
  });
  if (!sent?.department) return;
  toast(`已记录：派单到${sent.department}`);
  await tell("dispatched", { department: sent.department, ...(sent.note ? { note: sent.note } : {}) });
  await ticketOf(state.call);
}

/** A question that could not be answered, for the editors. */
export async function reportGap() {
  const found = await settle();
  const question = state.question.trim();
  const department = found?.route?.department || current()?.department || "";
  const fields = html`<label>没有答上来的问题<textarea name="question" required maxlength="300" rows="2" ?autofocus=${!question} .defaultValue=${question}></textarea></label>
    <label>可能归哪个部门（可不写）<input name="department" maxlength="100" autocomplete="off" .defaultValue=${department} /></label>
    <label>说明（可不写）<textarea name="note" maxlength="500" rows="2" ?autofocus=${Boolean(question)}></textarea></label>
    <p class="muted">按 <kbd>Ctrl</kbd> <kbd>Enter</kbd> 提交；请不要写来电人的姓名和电话。</p>`;
  const sent = await openForm("报知识缺口", fields, {
    send: "提交",
    submit: async (data) => {
      const json = { question: data.get("question").trim(), search_id: found?.searchId, region: state.region?.code };
      for (const name of ["department", "note"]) if (data.get(name).trim()) json[name] = data.get(name).trim();
      return (await ask("/v1/gaps", { method: "POST", json })).data;
    },
  });
  if (!sent) return;
  toast(sent.reports > 1 ? `已报缺口，这个问题报过 ${sent.reports} 次` : "已报缺口，采编会收到");
  mark(question, "gap");
}

/** An error in the entry that is read now. */
export async function reportError() {
  const hit = current();
  if (!hit) return toast("先选中一条，再报它的错误");
  const found = await settle();
  const fields = html`<p class="foreign">条目：${hit.title}</p>
    <label>哪里不对<textarea name="text" required maxlength="500" rows="4" autofocus></textarea></label>
    <p class="muted">按 <kbd>Ctrl</kbd> <kbd>Enter</kbd> 提交。</p>`;
  const sent = await openForm("报条目错误", fields, {
    send: "提交",
    submit: async (data) => {
      const json = { entry_id: hit.id, text: data.get("text").trim(), search_id: found?.searchId };
      return (await ask("/v1/corrections", { method: "POST", json })).data;
    },
  });
  if (!sent) return;
  toast("已报错误，采编会收到");
  mark(state.question.trim(), "correction");
}

function mark(question, what) {
  const asked = state.call.asked.find((one) => one.question === question);
  if (asked && !asked.done.includes(what)) asked.done.push(what);
  change({});
}

/** The next caller. */
export function next() {
  nextCall();
  askFor("");
  toField();
  toast("新的一通");
}

/** Asks in this region from now on. */
export function askIn(region) {
  chooseRegion(region);
  askAgain();
  listen();
}

/** The caller said which one is meant. */
export async function chooseClarification(option) {
  if (option.region) {
    const { data } = await ask("/v1/regions", { query: { q: option.region, limit: 1 } });
    const [region] = data.regions;
    if (region) askIn(region);
  }
  askFor(option.question);
  toList();
}
