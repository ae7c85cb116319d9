// Every key of the agent's desk, and what it does on the server.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { ENTRIES } from "./hotline.mjs";
import { World, launch, until, visit } from "./world.mjs";

let world, server, browser, editor;

before(async () => {
  world = await World.of(ENTRIES);
  server = await world.serve();
  editor = await world.key("reviewer");
  const json = { name: "证件", categories: ["证件"], frequent: [{ label: "补身份证", entry_id: "faq-lost" }, { label: "换身份证", entry_id: "faq-expired-card" }], reason: "试" };
  await server.api("/v1/collections/cards", { key: editor, method: "PUT", headers: { "If-None-Match": "*" }, json });
  browser = await launch();
});
after(async () => {
  await browser.close();
  await world.end();
});

async function desk(more = {}) {
  const page = await visit(browser, server.address, { permissions: ["clipboard-read", "clipboard-write"], ...more });
  await page.locator("#question:focus").waitFor();
  return page;
}

/** Types a question; comes when the list answers it. */
async function asked(page, question) {
  await page.keyboard.type(question);
  await shows(page, question);
}

async function shows(page, text) {
  await until(`a hit for ${text}`, () =>
    page.evaluate((text) => document.querySelector("#question").value === text && document.querySelectorAll("#lines[aria-busy=false] .line.hit").length, text),
  );
}

const focused = (page) => page.evaluate(() => document.activeElement?.id);
const chosen = (page) => page.locator('[role=option][aria-selected="true"]').innerText();
const clipboard = (page) => page.evaluate(() => navigator.clipboard.readText());
const title = (page) => page.locator(".reading .title").innerText();
const isOpen = (page) => page.locator(".reading .part").count();

test("the field has the focus at once, and the slash returns to it", async () => {
  const page = await desk();
  await asked(page, "身份证");
  await page.keyboard.press("ArrowDown");
  assert.equal(await focused(page), "lines");
  await page.keyboard.press("/");
  assert.equal(await focused(page), "question");
  assert.equal(await page.locator("#question").inputValue(), "身份证");
  await page.keyboard.type("居住证");
  assert.equal(await page.locator("#question").inputValue(), "居住证", "what was there is selected and replaced");
  await page.context().close();
});

test("arrows and digits choose, Enter opens, Escape goes back step by step", async () => {
  const page = await desk();
  await asked(page, "身份证");
  await page.keyboard.press("ArrowDown");
  const first = await title(page);
  await page.keyboard.press("ArrowDown");
  const second = await title(page);
  assert.notEqual(second, first);
  await page.keyboard.press("1");
  assert.equal(await title(page), first);
  await page.keyboard.press("2");
  assert.equal(await title(page), second);
  await page.keyboard.press("ArrowUp");
  assert.equal(await title(page), first);
  await page.keyboard.press("Enter");
  await until("it is open", () => isOpen(page));
  assert.equal(await focused(page), "card");
  await page.keyboard.press("Escape");
  assert.equal(await focused(page), "lines");
  assert.equal(await isOpen(page), 0);
  await page.keyboard.press("Escape");
  assert.equal(await focused(page), "question");
  await page.context().close();
});

test("Alt and a digit choose while the field has the focus; digits alone are text there", async () => {
  const page = await desk();
  await asked(page, "身份证");
  const first = await title(page);
  await page.keyboard.press("Alt+2");
  await until("another is read", async () => (await title(page)) !== first);
  await page.keyboard.press("/");
  await page.keyboard.press("End");
  await page.keyboard.type("2");
  assert.equal(await page.locator("#question").inputValue(), "身份证2");
  await page.context().close();
});

test("Enter in the field opens the first hit of what is typed, however fast", async () => {
  const page = await desk();
  await page.keyboard.type("居住证怎么办理");
  await page.keyboard.press("Enter");
  await until("it is open", () => isOpen(page));
  assert.equal(await title(page), "居住证怎么办理");
  await page.context().close();
});

test("c copies script and source, and the call counts as answered", async () => {
  const before = await server.api(`/v1/stats/instant-answer`, { key: editor });
  const page = await desk();
  await asked(page, "身份证丢了怎么补办");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("c");
  const expected = "本人带户口簿到任一派出所申请补领，一般三十日内领证。\n依据：《中华人民共和国居民身份证法》第十一条（主席令第五十一号，2011年10月29日）";
  await until("the clipboard holds it", async () => (await clipboard(page)) === expected);
  await until("the call is counted", async () => (await server.api("/v1/stats/instant-answer", { key: editor })).answered === before.answered + 1);
  const copied = await until("the copy is counted", async () => (await server.api("/v1/stats/entries?by=copied", { key: editor })).entries[0]);
  assert.equal(copied.id, "faq-lost");
  assert.match(await page.locator(".side").innerText(), /当场答复[\s\S]*已复制/);
  await page.context().close();
});

test("letters are text in the field, and act there with Alt", async () => {
  const page = await desk();
  await page.keyboard.type("cgfadn");
  assert.equal(await page.locator("#question").inputValue(), "cgfadn");
  assert.equal(await page.locator("dialog").count(), 0);
  await page.keyboard.press("Control+A");
  await asked(page, "身份证丢了怎么补办");
  await page.keyboard.press("Alt+c");
  await until("the clipboard holds it", async () => (await clipboard(page)).startsWith("本人带户口簿"));
  assert.equal(await page.locator("#question").inputValue(), "身份证丢了怎么补办");
  await page.context().close();
});

test("g reports a gap with the question in it", async () => {
  const page = await desk();
  await page.keyboard.type("阳台能不能封成房间");
  await page.keyboard.press("Alt+g");
  await page.locator("dialog").waitFor();
  assert.equal(await page.locator("dialog textarea[name=question]").inputValue(), "阳台能不能封成房间");
  await page.locator("dialog textarea[name=note]").fill("来电人问了两次");
  await page.keyboard.press("Control+Enter");
  await page.locator("dialog").waitFor({ state: "detached" });
  const { gaps } = await server.api("/v1/gaps?status=open", { key: editor });
  const gap = gaps.find(({ questions }) => questions.some(({ text }) => text === "阳台能不能封成房间"));
  assert.equal(gap.reports, 1);
  assert.equal(await focused(page), "question");
  await page.context().close();
});

test("f reports an error in the entry that is read", async () => {
  const page = await desk();
  await asked(page, "居住证怎么办理");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("f");
  await page.locator("dialog textarea:focus").waitFor();
  await page.keyboard.type("半年的算法不对");
  await page.keyboard.press("Control+Enter");
  await page.locator("dialog").waitFor({ state: "detached" });
  const { corrections } = await server.api("/v1/corrections?status=open", { key: editor });
  assert.deepEqual(corrections.map(({ entry_id, text }) => [entry_id, text]), [["faq-residence", "半年的算法不对"]]);
  assert.equal(await focused(page), "lines");
  await page.context().close();
});

test("a and d say what became of the call, n begins the next one", async () => {
  const before = await server.api("/v1/stats/instant-answer", { key: editor });
  const page = await desk();
  await asked(page, "供暖温度不达标怎么办");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("d");
  await page.locator("dialog input[name=department]:focus").waitFor();
  assert.equal(await page.locator("dialog input[name=department]").inputValue(), "住房和城乡建设部门");
  await page.keyboard.press("Enter");
  await until("dispatched", async () => (await server.api("/v1/stats/instant-answer", { key: editor })).dispatched === before.dispatched + 1);
  await page.keyboard.press("n");
  assert.equal(await focused(page), "question");
  assert.equal(await page.locator("#question").inputValue(), "");
  assert.match(await page.locator(".call").innerText(), /结果还没记/);
  assert.match(await page.locator(".side").innerText(), /刚才答过[\s\S]*供暖温度不达标怎么办/);
  await asked(page, "居住证怎么办理");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("a");
  await until("two calls", async () => {
    const now = await server.api("/v1/stats/instant-answer", { key: editor });
    return now.answered === before.answered + 1 && now.dispatched === before.dispatched + 1 && now.accepted === before.accepted + 2;
  });
  await page.context().close();
});

test("Alt+R chooses the region, which is remembered and says how a hit was reached", async () => {
  const page = await desk();
  await page.keyboard.type("供暖");
  await page.keyboard.press("Alt+r");
  await page.locator("dialog input:focus").waitFor();
  await page.keyboard.type("dadongqu");
  await until("the district is offered", async () => /大东区/.test(await page.locator("dialog [role=option]").first().innerText()));
  await page.keyboard.press("Enter");
  await page.locator("dialog").waitFor({ state: "detached" });
  assert.equal(await page.locator("#question").inputValue(), "供暖");
  await page.locator("#question").fill("供暖温度不达标怎么办");
  await until("the way is told", async () => /大东区 → 沈阳市 → 辽宁省/.test(await page.locator(".facts").innerText()));
  await page.reload();
  assert.match(await page.locator(".top").innerText(), /大东区/);
  await page.evaluate(() => localStorage.setItem("jida.desk", '{"region":{"code":"x","name":7},"recent":9,"seat":{}}'));
  await page.reload();
  assert.match(await page.locator(".top").innerText(), /不限/);
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

test("the frequent matters of the chosen collection are one key away", async () => {
  const page = await desk();
  await page.keyboard.press("Alt+k");
  await page.locator("dialog input:focus").waitFor();
  await page.keyboard.type("证件");
  await until("it is offered", async () => (await page.locator("dialog [role=option]").count()) === 1);
  await page.keyboard.press("Enter");
  await page.locator(".line.frequent").first().waitFor();
  await page.keyboard.press("Alt+2");
  await until("it is open", () => isOpen(page));
  assert.equal(await title(page), "身份证到期怎么换");
  await page.keyboard.press("Escape");
  await page.keyboard.press("/");
  await page.keyboard.type("供暖温度不达标怎么办");
  await until("nothing of another subject", async () => /没有找到/.test(await page.locator("#card").innerText()));
  await page.context().close();
});

test("the seat and the line are remembered; a wrong seat is refused in words", async () => {
  const page = await desk();
  await page.keyboard.press("Alt+s");
  await page.locator("dialog input[name=seat]").fill("<b>");
  await page.keyboard.press("Enter");
  assert.match(await page.locator("dialog [role=alert]").innerText(), /坐席号只能用/);
  await page.locator("dialog input[name=seat]").fill("A07");
  await page.locator("dialog select").selectOption("8890");
  await page.locator("dialog button.primary").click();
  await page.reload();
  assert.match(await page.locator(".top").innerText(), /A07\s*8890/);
  await page.context().close();
});

test("the help sheet opens with ? and F1 and lists every key", async () => {
  const page = await desk();
  await asked(page, "身份证");
  await page.keyboard.press("F1");
  const sheet = await page.locator("dialog").innerText();
  for (const key of ["/", "Enter", "Esc", "c", "a", "d", "g", "f", "n", "r", "k", "s"]) assert.ok(sheet.split(/\s+/).includes(key), key);
  await page.keyboard.press("Escape");
  assert.equal(await focused(page), "question");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("?");
  await page.locator("dialog").waitFor();
  // A hand quicker than the dialog's end keeps what it has reached.
  await page.evaluate(() => {
    document.querySelector("dialog").close();
    document.querySelector("#question").focus();
  });
  await page.locator("dialog").waitFor({ state: "detached" });
  assert.equal(await focused(page), "question");
  await page.context().close();
});

test("everything works with the mouse", async () => {
  const page = await desk();
  await page.locator("#question").fill("身份证");
  await shows(page, "身份证");
  await page.locator(".line.hit").nth(1).click();
  await until("it is open", () => isOpen(page));
  await page.locator(".reading .actions button", { hasText: "复制" }).click();
  await until("copied", async () => (await clipboard(page)).length > 0);
  await page.locator(".reading .back").click();
  assert.equal(await isOpen(page), 0);
  for (const words of ["派单", "报缺口", "报错误"]) {
    await page.locator(".reading .actions button", { hasText: words }).click();
    await page.locator("dialog form").waitFor();
    await page.locator("dialog button", { hasText: "取消" }).click();
    await page.locator("dialog").waitFor({ state: "detached" });
  }
  await page.locator(".side button", { hasText: "下一位" }).click();
  assert.equal(await page.locator("#question").inputValue(), "");
  await page.context().close();
});
