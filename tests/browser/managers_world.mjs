// A hotline with some months behind it, for the managers' page.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { ROOT, World, faq, launch, visit } from "./world.mjs";

const run = promisify(execFile);

/** What the library holds: an entry that is due for review, and others. */
const ENTRIES = [
  faq("heat", "暖气不热找谁", "拨打供热单位的电话，两小时内上门测温。", { department: "城市管理局", category: "供热供水/供热", next_review_on: "2030-01-01" }),
  faq("card", "社保卡丢了怎么补", "带身份证到银行网点补办。", { department: "人力资源和社会保障局", category: "社会保障" }),
];

/** A server with calls, keys, a browser. */
export class Managers {
  static async start(calls = 3_000) {
    const managers = new Managers();
    managers.world = await World.of(ENTRIES);
    for (const role of ["agent", "editor", "chatbot"]) managers[role] = await managers.world.key(role);
    managers.server = await managers.world.serve();
    const { server, agent } = managers;
    const { search_id } = await server.api(`/v1/search?q=${encodeURIComponent("暖气不热")}&call=first&line=12345&region=210102`, { key: agent });
    const tell = (json) => server.api("/v1/feedback", { key: agent, method: "POST", json: { search_id, ...json } });
    await tell({ outcome: "copied", entry_id: "heat" });
    await tell({ outcome: "answered", satisfaction: 5 });
    if (calls) await run("python3", [join(ROOT, "tests/browser/managers_calls.py"), managers.world.corpus, String(calls)]);
    const gap = await server.api("/v1/gaps", { key: agent, method: "POST", json: { question: "网约车证过期了怎么办" } });
    await server.api(`/v1/gaps/${gap.id}`, { key: managers.editor, method: "POST", json: { status: "dismissed", reason: "示例" } });
    const { id } = await server.api("/v1/corrections", { key: agent, method: "POST", json: { entry_id: "card", text: "网点改了" } });
    await server.api(`/v1/corrections/${id}`, { key: managers.editor, method: "POST", json: { status: "done", reason: "改好了" } });
    managers.browser = await launch();
    return managers;
  }

  async end() {
    await this.browser?.close();
    await this.world?.end();
  }

  /** The page with a key, once its figures are there. */
  async open(hash = "", more = {}) {
    const page = await visit(this.browser, `${this.server.address}/managers${hash}`, { key: this.agent, ...more });
    await page.locator(".cards .large .value").waitFor();
    await page.waitForLoadState("networkidle");
    return page;
  }
}
