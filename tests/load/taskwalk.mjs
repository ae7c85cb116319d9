// Ten callers' questions answered with the keyboard alone, on the repository's
// own corpus:
//
//     node tests/load/taskwalk.mjs [KEYSTROKES PER SECOND]
//
// Each is typed as an agent types it (letters of pinyin count as they are
// typed; the input method's own choice of characters counts one key a word),
// until the answer can be read; then it is copied or handed on. Prints the keys
// and the seconds of each.
import assert from "node:assert/strict";
import { World, launch, until, visit } from "../browser/world.mjs";

const PER_SECOND = Number(process.argv[2] ?? 5);

/**
 * What the caller says, what the agent types, which line is chosen where it is
 * not the first, what has to be on screen ("": that nothing is sure), what the
 * agent does with it.
 */
const CALLERS = [
  { says: "我身份证掉了，怎么补？", words: [["shenfenzheng", "身份证"], ["diu", "丢"]], reads: "身份证丢了怎么补办", then: ["Alt+c"] },
  { says: "老板三个月没发工资了，找谁？", words: [["tuoqian", "拖欠"], ["gongzi", "工资"], ["zhaoshui", "找谁"]], reads: "单位拖欠工资，找谁管？", then: ["Alt+c"] },
  { says: "头一回考驾照，要带什么？", words: [["chuci", "初次"], ["shenling", "申领"], ["jiashizheng", "驾驶证"]], reads: "初次申领小型汽车驾驶证", then: ["Enter", "1"] },
  { says: "我们要结婚，去哪儿办？", letters: "jhdj", reads: "结婚登记", then: ["Enter", "2"] },
  { says: "楼上半夜还在装修，吵死了。", words: [["zhuangxiu", "装修"], ["zaoyin", "噪音"]], reads: "邻居装修太吵，有时间限制吗", then: ["ArrowDown", "d", "Enter"] },
  { says: "个体户怎么注册？", words: [["getihu", "个体户"], ["zhuce", "注册"]], reads: "个体工商户设立登记", then: ["Alt+c"] },
  { says: "失业了能领钱吗？", words: [["shiye", "失业"], ["lingqian", "领钱"]], pick: 2, reads: "什么条件可以领失业保险金？", then: ["c"] },
  { says: "健身房办的卡不给退。", words: [["jianshenka", "健身卡"], ["tuikuan", "退款"]], pick: 2, reads: "办的会员卡不想用了，能退吗？怎么算？", then: ["c"] },
  { says: "孩子户口怎么上？", words: [["xinshenger", "新生儿"], ["shang", "上"], ["hukou", "户口"]], reads: "新生儿上户口，要多长时间内办，谁去办", then: ["Enter", "c"] },
  { says: "小区里能不能养鸽子？", words: [["yanggezi", "养鸽子"]], reads: "", then: ["Alt+g", "Control+Enter"] },
];

const world = await World.ofTheRepository();
const browser = await launch();
try {
  const server = await world.serve();
  const page = await visit(browser, server.address, { permissions: ["clipboard-read", "clipboard-write"] });
  await page.locator("#question:focus").waitFor();
  const pace = () => page.waitForTimeout(1000 / PER_SECOND);
  console.log("| 来电人说 | 打的字 | 办的键 | 按键数 | 到能读出答案 | 到办完 | 读到 |\n|---|---|---|---|---|---|---|");
  for (const { says, words = [], letters = "", pick, reads, then } of CALLERS) {
    let keys = 0;
    const began = performance.now();
    for (const [typed, word] of words) {
      // The letters go to the input method, the key after them takes its first offer.
      for (let count = 0; count <= typed.length; count += 1) await pace();
      keys += typed.length + 1;
      await page.keyboard.insertText(word);
    }
    for (const letter of letters) {
      await pace();
      keys += 1;
      await page.keyboard.press(letter);
    }
    const question = await page.locator("#question").inputValue();
    await until("the answer can be read", () => page.evaluate(async (question) => (await import("/web/agent/state.js")).state.shown === question, question));
    if (pick) {
      await pace();
      keys += 1;
      await page.keyboard.press(`Alt+${pick}`);
    }
    const title = reads
      ? await until("an entry", () => page.locator(".reading .title").innerText())
      : await until("it says that it is not sure", () => page.locator(".doubt p").first().innerText().catch(() => ""));
    const readable = performance.now() - began;
    if (reads) assert.equal(title, reads, says);
    for (const key of then) {
      await pace();
      keys += 1;
      await page.keyboard.press(key);
      if (key === "Alt+g" || key === "d") await page.locator("dialog").waitFor();
    }
    await until("no dialog", async () => (await page.locator("dialog").count()) === 0);
    const done = performance.now() - began;
    console.log(`| ${says} | ${question} | ${[...(pick ? [`Alt+${pick}`] : []), ...then].join(" ")} | ${keys} | ${(readable / 1000).toFixed(1)} s | ${(done / 1000).toFixed(1)} s | ${title} |`);
    await page.keyboard.press("Alt+n");
    await until("the next call", async () => (await page.locator("#question").inputValue()) === "");
  }
  assert.deepEqual(page.troubles, []);
} finally {
  await browser.close();
  await world.end();
}
