// Pictures of the agent's desk on this repository's own corpus, to be looked
// at: `node tests/browser/screenshots.mjs [FOLDER]` (docs/screenshots).
import { join } from "node:path";
import { mkdir } from "node:fs/promises";
import { OFFICE, PHONE, ROOT, World, launch, until, visit } from "./world.mjs";

const folder = process.argv[2] ?? join(ROOT, "docs/screenshots");
await mkdir(folder, { recursive: true });
const world = await World.ofTheRepository();
const browser = await launch();

/** Types a question as a person does and waits until it stands. */
async function asked(page, question) {
  await page.locator("#question").fill(question);
  await until("it is settled", () => page.evaluate(() => document.querySelector(".visually-hidden[role=status]")?.textContent));
}

const VIEWS = {
  welcome: async () => {},
  frequent: async (page) => {
    await page.keyboard.press("Alt+k");
    await page.locator("dialog input").fill("户籍");
    await until("it is offered", async () => (await page.locator("dialog [role=option]").count()) === 1);
    await page.keyboard.press("Enter");
    await page.locator(".line.frequent").first().waitFor();
  },
  call: async (page) => {
    await asked(page, "身份证丢了怎么补办");
    await page.keyboard.press("Alt+a");
    await page.keyboard.press("Alt+n");
    await asked(page, "初次申领驾驶证");
    await page.keyboard.press("Enter");
    await page.keyboard.press("a");
    await asked(page, "闯红灯扣几分");
    await page.waitForTimeout(3500);
  },
  answer: (page) => asked(page, "身份证丢了怎么补办"),
  guide: async (page) => {
    await asked(page, "初次申领驾驶证");
    await page.keyboard.press("Enter");
    await page.locator(".part").first().waitFor();
  },
  policy: async (page) => {
    await asked(page, "交通违法记分制度说明");
    await page.keyboard.press("Enter");
    await page.locator(".part").first().waitFor();
  },
  unsure: (page) => asked(page, "社保"),
  nothing: (page) => asked(page, "qqqwwwzzz"),
  help: (page) => page.keyboard.press("F1"),
  gap: async (page) => {
    await asked(page, "小区里能不能养鸽子");
    await page.keyboard.press("Alt+g");
  },
  dispatch: async (page) => {
    await asked(page, "工地拖欠农民工工资");
    await page.keyboard.press("Alt+d");
  },
  regions: async (page) => {
    await page.keyboard.press("Alt+r");
    await page.locator("dialog input").fill("shen");
    await until("regions", () => page.locator("dialog [role=option]").count());
  },
};

try {
  const server = await world.serve();
  const key = await world.key("reviewer");
  const headers = { "If-None-Match": "*" };
  const ends_at = new Date(Date.now() + 86_400_000).toISOString();
  await server.api("/v1/notices/water", { key, method: "PUT", headers, json: { title: "大东区今晚停水检修", text: "19:00 至次日 5:00，莲花街以东。来电问停水的，请告知已安排送水车。", region: "210104", entries: ["guide-hotline-submit-request"], ends_at, reason: "示例" } });
  const frequent = [["补领身份证", "guide-identity-idcard-apply"], ["初次申领驾驶证", "guide-traffic-licence-first"], ["结婚登记", "guide-marriage-registration"]];
  await server.api("/v1/collections/people", { key, method: "PUT", headers, json: { name: "户籍与证件", categories: ["户籍", "证件", "交通管理", "婚姻登记"], frequent: frequent.map(([label, entry_id]) => ({ label, entry_id })), reason: "示例" } });
  const wanted = process.argv.slice(3);
  for (const [name, view] of Object.entries(VIEWS)) {
    if (wanted.length && !wanted.includes(name)) continue;
    for (const [size, screen] of [["office", OFFICE], ["phone", PHONE]]) {
      for (const scheme of ["light", "dark"]) {
        const page = await visit(browser, server.address, { screen, scheme });
        await page.evaluate(() => localStorage.setItem("jida.desk", JSON.stringify({ region: { code: "210104", name: "大东区", above: [{ code: "210100", name: "沈阳市" }, { code: "210000", name: "辽宁省" }] }, recent: [], collection: "", seat: "A07", line: "12345" })));
        await page.reload();
        await page.locator(".urgent").waitFor();
        await view(page);
        await page.waitForTimeout(250);
        await page.screenshot({ path: join(folder, `agent-${name}-${size}-${scheme}.png`) });
        if (page.troubles.length) console.log(name, size, page.troubles);
        await page.context().close();
      }
    }
    console.log(name);
  }
} finally {
  await browser.close();
  await world.end();
}
