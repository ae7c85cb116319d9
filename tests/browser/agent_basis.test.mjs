// What an answer rests on: articles stand in a section of their own below the
// answers, and an entry's card leads to the articles its sources name.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { World, faq, launch, overflow, seriousFindings, until, visit } from "./world.mjs";

const LAW = `# 中华人民共和国居住证法

第一条 为了规范居住证的申领，制定本法。

第二条 居住证由居住地公安机关发放。

第三条 居住证每年签注一次。
`;

let world, server, browser;

before(async () => {
  world = await World.of([
    faq("faq-permit", "居住证怎么申领", "到居住地派出所申领居住证。", {
      script: "带身份证到居住地派出所申领。", department: "公安机关",
      source: [{ title: "中华人民共和国居住证法", article: "第二条" }, { title: "居住证法", article: "第三条" }, { title: "没有收录的法", article: "第九条" }],
    }),
    faq("faq-lost", "居住证丢了怎么补领", "到派出所补领居住证。", { department: "公安机关" }),
    { id: "guide-permit", kind: "guide", title: "居住证签注", body: "居住证签注：到派出所办理。", department: "公安机关", guide: { materials: ["居住证"] } },
  ]);
  await mkdir(join(world.corpus, "laws"));
  await writeFile(join(world.corpus, "laws", "居住证法.md"), LAW);
  server = await world.serve();
  browser = await launch();
});
after(async () => {
  await browser.close();
  await world.end();
});

async function asked(question) {
  const page = await visit(browser, server.address);
  await page.locator("#question").fill(question);
  await until("it is settled", () => page.evaluate(() => document.querySelector(".visually-hidden[role=status]").textContent));
  return page;
}

const titles = (page, group) => page.locator(`[aria-labelledby=group-${group}] .name`).allTextContents();

test("articles stand under 依据 below answers and guides, and keep their digits in order", async () => {
  const page = await asked("居住证怎么申领");
  assert.equal(await page.locator("#group-basis").textContent(), "依据");
  const [answers, basis] = [await titles(page, "hit"), await titles(page, "basis")];
  assert.equal(answers[0], "居住证怎么申领");
  assert.deepEqual(answers.filter((title) => title.includes("法")), []);
  assert.ok(basis.length >= 2 && basis.every((title) => title.includes("居住证法")), basis.join());
  const digits = await page.locator("#lines .line kbd").allTextContents();
  assert.deepEqual(digits, digits.map((_, at) => String(at + 1)));
  await page.keyboard.press(`Alt+${answers.length + 1}`);
  assert.equal((await page.locator("#card .title").textContent()).trim(), basis[0]);
  assert.deepEqual(await seriousFindings(page), []);
  assert.equal(await overflow(page), 0);
  if (process.env.SCREENSHOT) {
    await page.keyboard.press("Alt+1");
    await page.locator(".articles button").first().waitFor();
    await page.screenshot({ path: process.env.SCREENSHOT });
  }
  await page.context().close();
});

test("an article that is asked for by name stays first on the card", async () => {
  const page = await asked("居住证法第三条");
  assert.match((await titles(page, "hit"))[0], /居住证法.*第三条/);
  assert.match(await page.locator("#card .title").textContent(), /第三条/);
  await page.context().close();
});

test("the card of an answer leads to the articles its sources name", async () => {
  const page = await asked("居住证怎么申领");
  await page.locator(".articles button").first().waitFor();
  await until("both are found", async () => (await page.locator(".articles button").count()) === 2);
  assert.deepEqual(await page.locator(".articles button").allTextContents(), ["看第二条", "看第三条"]);
  assert.equal(await page.getByText("没有收录的法").count(), 1);
  await page.locator(".articles button").first().click();
  await page.locator("#card .title", { hasText: "第二条" }).waitFor();
  assert.match(await page.locator("#card").textContent(), /居住证由居住地公安机关发放/);
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});
