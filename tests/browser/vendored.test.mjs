// The vendored files are those of the npm packages, unchanged.
import { test } from "node:test";
import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { ROOT } from "./world.mjs";

const VENDOR = join(ROOT, "web/vendor");
/** Where a vendored folder stands in its package. */
const PACKAGES = { "chart.js": "chart.js", "lit-html": "lit-html", marked: "marked" };
/** Files that stand elsewhere in the package. */
const MOVED = { "chart.js/chart.umd.min.js": "chart.js/dist/chart.umd.min.js", "marked/marked.esm.js": "marked/lib/marked.esm.js" };

for (const [folder, name] of Object.entries(PACKAGES)) {
  test(`${folder} is the package's`, async () => {
    const files = (await readdir(join(VENDOR, folder), { recursive: true, withFileTypes: true })).filter((item) => item.isFile());
    assert.ok(files.length > 0);
    for (const file of files) {
      const path = join(file.parentPath ?? file.path, file.name);
      const relative = path.slice(VENDOR.length + 1);
      const original = join(ROOT, "tests/browser/node_modules", MOVED[relative] ?? relative.replace(folder, name));
      assert.deepEqual(await readFile(path), await readFile(original), relative);
    }
  });
}
