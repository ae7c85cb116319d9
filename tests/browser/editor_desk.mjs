// The editor's desk as tests use it: a small library, keys, a page that is
// logged in, and the dialog that asks for a reason.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { World, faq, launch, until, visit } from "./world.mjs";

/** What the library holds at first: questions that find their own entries. */
export const ENTRIES = [
  faq("heat", "暖气不热找谁", "拨打供热单位的电话，两小时内上门测温。", {
    similar_questions: ["供热温度不够怎么办", "家里暖气不热"], department: "住建局", category: "住房/供热", region: "210100",
    script: "请先联系供热单位，两小时内上门测温。", next_review_on: "2026-01-01",
  }),
  faq("card", "社保卡丢了怎么补", "带身份证到银行网点补办。", { similar_questions: ["社会保障卡补办"], department: "人社局", category: "社保", expires_on: "2020-12-31" }),
  faq("night", "夜间施工扰民怎么投诉", "向生态环境部门投诉。", { similar_questions: ["半夜工地太吵"], department: "生态环境局", category: "环保" }),
  faq("park", "路边停车怎么收费", "按小时计。", { similar_questions: ["停车费多少钱一小时"], department: "交通局", category: "交通" }),
];
const CASES = "问题,期望,编号\n暖气不热找谁,第一,heat\n路边停车怎么收费,第一,night\n";

/** A server, a browser and keys for a file of tests. */
export class Desk {
  static async start(entries = ENTRIES) {
    const desk = new Desk();
    desk.world = await World.of(entries);
    await writeFile(join(desk.world.corpus, "cases.txt"), CASES);
    await writeFile(join(desk.world.corpus, "synonyms.txt"), "社保卡, 社会保障卡\n");
    for (const role of ["editor", "reviewer", "agent"]) desk[role] = await desk.world.key(role);
    desk.server = await desk.world.serve();
    desk.browser = await launch();
    return desk;
  }

  async end() {
    await this.browser?.close();
    await this.world?.end();
  }

  /** A page of the desk, opened at a view. */
  async open(hash = "", more = {}) {
    const page = await visit(this.browser, `${this.server.address}/editor${hash}`, { key: this.editor, ...more });
    await page.locator("main h1").waitFor();
    return page;
  }

  api(path, more = {}) {
    return this.server.api(path, { key: this.editor, ...more });
  }

  /** Ids that a question finds. */
  async found(question) {
    const { hits } = await this.api(`/v1/search?q=${encodeURIComponent(question)}`);
    return hits.map((hit) => hit.id);
  }

  untilFound(question, id) {
    return until(`${question} finds ${id}`, async () => (await this.found(question))[0] === id);
  }
}

/** Says why, and sends. */
export async function giveReason(page, send, reason = "测试") {
  const dialog = page.locator("dialog[open]");
  await dialog.locator("input[name=reason]").fill(reason);
  await dialog.getByRole("button", { name: send, exact: true }).click();
  await dialog.waitFor({ state: "detached" });
}
