// From a keystroke to the painted answer, in Chromium, on a library of full size:
//
//     node tests/load/keystrokes.mjs target/release/jida CORPUS INDEX ../shared/data/questions.jsonl [KEYSTROKES]
//
// Starts its own server on a copy of the library (it writes a journal), types
// real questions' beginnings character by character at an agent's pace, and
// prints what `docs/measurements.md` quotes. A keystroke counts from its input
// event to the first frame after the list answers exactly what is in the field.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { readFile } from "node:fs/promises";
import { launch, visit } from "../browser/world.mjs";

const [binary, corpus, index, questions, most = "400"] = process.argv.slice(2);
/** Time between two keystrokes: five a second, a quick typist. */
const PACE_MS = 200;
const MOST_CHARS = 12;

/** The server, once it is ready. */
export function served(binary, corpus, index) {
  const child = spawn(binary, ["serve", "--listen", "127.0.0.1:0", "--corpus", corpus, "--index", index], { stdio: ["ignore", "pipe", "ignore"] });
  return new Promise((ready, failed) => {
    child.once("exit", (code) => failed(new Error(`the server ended with ${code}`)));
    createInterface({ input: child.stdout }).on("line", (line) => {
      const told = /^即答已就绪：(http:\/\/[^（]+)（/.exec(line);
      if (told) ready({ child, address: told[1], said: line });
    });
  });
}

/** Notes each keystroke and when the answer to it was painted. */
function watch() {
  globalThis.strokes = [];
  const field = document.getElementById("question");
  let open = null;
  field.addEventListener("input", (event) => (open = { at: event.timeStamp, text: field.value }), true);
  const look = async () => {
    if (!open) return;
    const { state } = await import("/web/agent/state.js");
    if (!open || state.shown !== open.text || field.value !== open.text) return;
    const { at, text } = open;
    open = null;
    // The frame that paints this, then the task after it.
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => globalThis.strokes.push({ text, ms: performance.now() - at, hits: state.hits.length });
      port2.postMessage(null);
    });
  };
  new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
  setInterval(look, 4);
}

function share(sorted, part) {
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * part) - 1)];
}

if (import.meta.url === `file://${process.argv[1]}`) {
  const rows = (await readFile(questions, "utf8")).split("\n").filter(Boolean).map((line) => JSON.parse(line).question);
  const server = await served(binary, corpus, index);
  const browser = await launch();
  try {
    const page = await visit(browser, server.address);
    await page.evaluate(watch);
    let count = 0;
    for (const question of rows) {
      if (count >= Number(most)) break;
      await page.locator("#question").focus();
      await page.keyboard.press("Control+A");
      for (const character of Array.from(question).slice(0, MOST_CHARS)) {
        await page.keyboard.insertText(character);
        await page.waitForTimeout(PACE_MS);
        count += 1;
      }
    }
    const strokes = await page.evaluate(() => globalThis.strokes);
    const times = strokes.map(({ ms }) => ms).sort((a, b) => a - b);
    console.log(server.said);
    console.log(`keystrokes ${count}, answered and painted ${times.length}, with hits ${strokes.filter(({ hits }) => hits > 0).length}`);
    console.log(`p50 ${share(times, 0.5).toFixed(1)} ms, p95 ${share(times, 0.95).toFixed(1)} ms, p99 ${share(times, 0.99).toFixed(1)} ms, most ${times.at(-1).toFixed(1)} ms`);
    if (page.troubles.length) console.log(page.troubles);
  } finally {
    await browser.close();
    server.child.kill("SIGTERM");
  }
}
