// Requests to the server: one way to ask, one kind of error. The desk's key is
// in a cookie no script can read, so nothing here knows it.

/** What the server refused, in words for people. */
export class Refused extends Error {
  /** @param {{status?: number, code?: string, detail?: string, title?: string, errors?: {pointer: string, detail: string}[]}} problem */
  constructor(problem) {
    super(problem.detail || problem.title || "服务没有回答");
    this.problem = problem;
    this.status = problem.status ?? 0;
    this.code = problem.code ?? "unreachable";
    this.errors = problem.errors ?? [];
  }
}

/** The server cannot be reached at all. */
export class Unreachable extends Refused {
  constructor() {
    super({ code: "unreachable", detail: "连不上服务，稍后会自动重连" });
  }
}

/**
 * Asks the server.
 * @param {string} path below the server, beginning with a slash
 * @param {{method?: string, query?: Record<string, unknown>, json?: unknown, body?: BodyInit, headers?: Record<string, string>, signal?: AbortSignal}} [asked]
 * @returns {Promise<{data: any, headers: Headers, status: number}>}
 * @throws {Refused} what is not 2xx; an abort is thrown on as it is
 */
export async function ask(path, asked = {}) {
  const url = new URL(path, location.origin);
  for (const [name, value] of Object.entries(asked.query ?? {})) {
    if (value !== undefined && value !== null && value !== "") url.searchParams.set(name, String(value));
  }
  const headers = { ...asked.headers };
  let body = asked.body;
  if (asked.json !== undefined) {
    headers["Content-Type"] = "application/json";
    body = JSON.stringify(asked.json);
  }
  let response;
  try {
    response = await fetch(url, { method: asked.method ?? "GET", headers, body, signal: asked.signal });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Unreachable();
  }
  const text = await response.text();
  const isJson = (response.headers.get("Content-Type") ?? "").includes("json");
  const data = isJson && text ? JSON.parse(text) : text;
  if (!response.ok) throw new Refused(isJson ? data : { status: response.status, detail: `服务回答 ${response.status}` });
  return { data, headers: response.headers, status: response.status };
}

/** An id as a part of an address: slashes in it stay readable. */
export function encodedId(id) {
  return id.split("/").map(encodeURIComponent).join("/");
}

/** The version an `ETag` names, as `If-Match` wants it. */
export function tagOf(headers) {
  return headers.get("ETag");
}
