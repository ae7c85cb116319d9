// Pictures of the managers' page, to be looked at:
// `node tests/browser/managers_screenshots.mjs [FOLDER]` (docs/screenshots).
import { join } from "node:path";
import { mkdir } from "node:fs/promises";
import { Managers } from "./managers_world.mjs";
import { OFFICE, PHONE, ROOT } from "./world.mjs";

const folder = process.argv[2] ?? join(ROOT, "docs/screenshots");
await mkdir(folder, { recursive: true });
const managers = await Managers.start(24_000);
try {
  for (const [size, screen] of [["office", OFFICE], ["phone", PHONE]]) {
    for (const scheme of ["light", "dark"]) {
      const page = await managers.open("", { screen, scheme });
      await page.waitForTimeout(600);
      await page.screenshot({ path: join(folder, `managers-figures-${size}-${scheme}.png`) });
      await page.screenshot({ path: join(folder, `managers-whole-${size}-${scheme}.png`), fullPage: true });
      if (page.troubles.length) console.log(size, scheme, page.troubles);
      await page.context().close();
    }
  }
  const phone = await managers.open("", { screen: PHONE });
  await phone.waitForTimeout(600);
  for (const [at, figure] of (await phone.locator("figure").all()).entries()) {
    if (process.argv[3] === "all") await figure.screenshot({ path: join(folder, `managers-chart-${at}-phone-light.png`) });
  }
  const page = await managers.open("#region=210100&line=12345");
  await page.waitForTimeout(600);
  await page.screenshot({ path: join(folder, "managers-city-office-light.png"), fullPage: true });
  await page.goto(`${managers.server.address}/managers#`);
  await page.reload();
  await page.waitForLoadState("networkidle");
  await page.setViewportSize({ width: 700, height: 990 });
  await page.emulateMedia({ media: "print" });
  await page.waitForTimeout(600);
  await page.screenshot({ path: join(folder, "managers-report-paper.png"), fullPage: true });
  await page.pdf({ path: join(folder, "managers-report.pdf"), preferCSSPageSize: true });
} finally {
  await managers.end();
}
