// A dispatched call's ticket: the number the other system gives comes back to
// the agent's desk.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ENTRIES } from "./hotline.mjs";
import { World, launch, until, visit } from "./world.mjs";

let browser, world, server, tickets, agent;
const drafts = [];

before(async () => {
  tickets = createServer((request, response) => {
    let body = "";
    request.on("data", (piece) => (body += piece));
    request.on("end", () => {
      drafts.push(JSON.parse(body));
      response.setHeader("Content-Type", "application/json").end('{"ticket":"SY-2026-<b>7</b>"}');
    });
  });
  await new Promise((done) => tickets.listen(0, "127.0.0.1", done));
  world = await World.of(ENTRIES);
  const settings = `[dispatch]\nurl = "http://127.0.0.1:${tickets.address().port}/in"\nsecret = "a-secret-both-sides-know-0123456789"\n`;
  await writeFile(join(world.corpus, "jida.toml"), settings);
  agent = await world.key("agent");
  server = await world.serve();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await world?.end();
  tickets?.close();
});

test("the ticket of a dispatched call is shown with the call", async () => {
  const page = await visit(browser, server.address, { key: agent });
  await page.keyboard.type("供暖温度不达标");
  await page.locator(".line.hit").first().waitFor();
  await page.keyboard.press("Alt+d");
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("派给哪个部门").fill("市供热办");
  await dialog.getByRole("button", { name: "记录派单" }).click();
  await page.locator(".outcome .ticket").waitFor();
  assert.equal(await page.locator(".outcome .ticket").innerText(), "SY-2026-<b>7</b>");
  await until("one draft", () => drafts.length === 1);
  assert.equal(drafts[0].data.department, "市供热办");
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});
