// A world for browser tests: a corpus in a temporary folder, the real binary,
// a server on a port of its own, pages in a real Chromium. Everything started
// here is ended by its own handle.
import { spawn, execFile } from "node:child_process";
import { mkdtemp, mkdir, readFile, rm, writeFile, cp } from "node:fs/promises";
import { createWriteStream } from "node:fs";
import { createInterface } from "node:readline";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { chromium } from "playwright-core";

const run = promisify(execFile);

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../..");
const BINARY = process.env.JIDA_BINARY ?? join(ROOT, "target/debug/jida");
const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";

/** Longest wait for what has to happen: far above what it should take. */
export const PATIENCE_MS = Number(process.env.PATIENCE_MS ?? 20_000);

/** An office screen and a phone. */
export const OFFICE = { width: 1366, height: 768 };
export const PHONE = { width: 390, height: 844 };

/** A FAQ as a line of JSONL; `more` are further fields. */
export function faq(id, title, body, more = {}) {
  return { id, kind: "faq", title, body, ...more };
}

/** Asks again until something true comes, or patience is at its end. */
export async function until(wanted, look) {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    if (Date.now() > deadline) throw new Error(`not seen: ${wanted}`);
    await new Promise((done) => setTimeout(done, 25));
  }
}

/** A corpus and an index in a temporary folder. */
export class World {
  /** @param {object[]} entries what the library holds at first */
  static async of(entries) {
    const world = await World.empty();
    const lines = entries.map((entry) => JSON.stringify(entry) + "\n").join("");
    await writeFile(join(world.corpus, "entries.jsonl"), lines);
    return world;
  }

  /** A world with this repository's own corpus. */
  static async ofTheRepository() {
    const world = await World.empty();
    const isSource = (path) => !path.includes("library.db");
    await cp(join(ROOT, "corpus"), world.corpus, { recursive: true, filter: isSource });
    return world;
  }

  static async empty() {
    const folder = await mkdtemp(join(tmpdir(), "jida-desk-"));
    await mkdir(join(folder, "corpus"));
    return new World(folder);
  }

  constructor(folder) {
    this.folder = folder;
    this.corpus = join(folder, "corpus");
    this.servers = [];
  }

  get #folders() {
    return ["--corpus", this.corpus, "--index", join(this.folder, "index")];
  }

  /** Runs a command of the binary to its end; what it printed. */
  async jida(...given) {
    return (await run(BINARY, [...given, ...this.#folders])).stdout;
  }

  /** A new key with a role, known to its running servers; `more` are further arguments. */
  async key(role, ...more) {
    const said = await this.jida("key", "create", "--role", role, "--name", role, ...more);
    const key = said.trim().split(/\s+/).at(-1);
    const running = this.servers.filter((server) => server.isRunning);
    await Promise.all(running.map((server) => until("the key works", () => server.api("/v1/session", { key }).catch(() => null))));
    return key;
  }

  /** Starts a server; a `port` is for one that comes back where it was. */
  async serve({ port = 0, more = [] } = {}) {
    const child = spawn(BINARY, ["serve", "--listen", `127.0.0.1:${port}`, ...more, ...this.#folders], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    child.stderr.pipe(createWriteStream(join(this.folder, "serve.log"), { flags: "a" }));
    const address = await new Promise((found, failed) => {
      child.once("exit", (code) => failed(new Error(`the server ended with ${code}, see ${this.folder}/serve.log`)));
      // Read to the end: a server whose output is closed would fail at its next line.
      createInterface({ input: child.stdout }).on("line", (line) => {
        const told = /^即答已就绪：(http:\/\/[^（]+)（/.exec(line);
        if (told) found(told[1]);
      });
    });
    const server = new Server(child, address);
    this.servers.push(server);
    await until("/readyz is 200", async () => (await fetch(`${address}/readyz`)).status === 200);
    return server;
  }

  /** Ends its servers and removes its folder. */
  async end() {
    await Promise.all(this.servers.map((server) => server.stop()));
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** A running server. */
export class Server {
  constructor(child, address) {
    this.child = child;
    this.address = address;
  }

  get port() {
    return Number(new URL(this.address).port);
  }

  get isRunning() {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Ends it at once, as a power cut does. */
  async stop() {
    if (!this.isRunning) return;
    const ended = new Promise((done) => this.child.once("exit", done));
    this.child.kill("SIGKILL");
    await ended;
  }

  /** Asks the API directly; throws where it is refused. */
  async api(path, { key, method = "GET", json, headers = {} } = {}) {
    const response = await fetch(this.address + path, {
      method,
      headers: {
        ...(key ? { Authorization: `Bearer ${key}` } : {}),
        ...(json === undefined ? {} : { "Content-Type": "application/json" }),
        ...headers,
      },
      body: json === undefined ? undefined : JSON.stringify(json),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text ? JSON.parse(text) : null;
  }
}

/** One Chromium for a file of tests; end it with `close()`. */
export function launch() {
  // Tests run as root in a container, where Chromium's own sandbox cannot.
  return chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", "--disable-gpu"] });
}

/**
 * A page of a new visitor. What the page's scripts throw, and what the policy
 * against inline scripts refuses, is collected in `page.troubles`.
 */
export async function visit(browser, address, { screen = OFFICE, scheme = "light", key, ...more } = {}) {
  const context = await browser.newContext({ viewport: screen, colorScheme: scheme, locale: "zh-CN", ...more });
  context.setDefaultTimeout(PATIENCE_MS);
  if (key) await context.addCookies([{ name: "jida_key", value: key, url: address, httpOnly: true, sameSite: "Strict" }]);
  const page = await context.newPage();
  page.troubles = [];
  page.on("pageerror", (error) => page.troubles.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error" && /Content Security Policy/.test(message.text())) page.troubles.push(message.text());
  });
  await page.goto(address);
  return page;
}

/** What axe-core finds serious or critical on the page as it is now. */
export async function seriousFindings(page) {
  // Evaluated, not added as a script: the page's own policy forbids inline ones.
  const source = await readFile(join(ROOT, "tests/browser/node_modules/axe-core/axe.min.js"), "utf8");
  await page.evaluate(source);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.target.join(" ")} (${node.any.map((any) => any.message).join("; ")})`).join(", ")}`);
}

/** How far the page is wider than its window, in pixels; 0 is good. */
export function overflow(page) {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}
