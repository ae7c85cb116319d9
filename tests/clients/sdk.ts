// MCP's official TypeScript SDK against a running server.
// Usage: tsx sdk.ts http://127.0.0.1:8890 KEY
import assert from "node:assert/strict";

import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

const [address, key] = process.argv.slice(2);
const question = "身份证丢了怎么补办";
const unanswerable = "上海地铁末班车几点";

async function connected(key: string): Promise<Client> {
  const client = new Client({ name: "jida-tests", version: "1" });
  const headers = { Authorization: `Bearer ${key}` };
  await client.connect(
    new StreamableHTTPClientTransport(new URL(`${address}/mcp`), { requestInit: { headers } }),
  );
  return client;
}

const client = await connected(key);
assert.equal(client.getServerVersion()?.name, "jida");
const tools = (await client.listTools()).tools.map((tool) => tool.name);
assert.deepEqual(tools, ["search_knowledge", "get_entry", "report_gap"]);

// The SDK checks what is told against the tools' output schemas, which it knows by now.
async function told(name: string, args: Record<string, unknown>): Promise<Record<string, unknown>> {
  const result = await client.callTool({ name, arguments: args });
  assert.ok(!result.isError && result.structuredContent, JSON.stringify(result));
  return result.structuredContent as Record<string, unknown>;
}
const answer = await told("search_knowledge", { query: question });
assert.equal(answer.status, "answered");
const entry = await told("get_entry", { id: answer.entry_id });
assert.equal(entry.validity, "current");
assert.equal((await told("search_knowledge", { query: unanswerable })).status, "unsure");
const gap = await told("report_gap", { question: unanswerable });
assert.ok((gap.reports as number) >= 1, JSON.stringify(gap));

const missing = await client.callTool({ name: "get_entry", arguments: { id: "none" } });
assert.ok(missing.isError, JSON.stringify(missing));
await assert.rejects(client.callTool({ name: "drop_knowledge", arguments: {} }), { code: -32602 });
await client.close();

await assert.rejects(connected("wrong"), /401|Unauthorized|密钥/);
console.log("ok: official TypeScript MCP SDK");
