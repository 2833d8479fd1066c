// Every page through axe: WCAG 2.2 AA, light, dark and in high contrast, with nothing found.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import { stage } from "./harness.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const { withNotebook } = stage();
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** What axe finds on a page as it is. */
async function violations(page) {
  await page.evaluate(axe);
  const found = await page.evaluate((tags) => window.axe.run(document, { runOnly: tags }), TAGS);
  return found.violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => node.target.join(" ")).slice(0, 4).join(", ")}`);
}

for (const route of ["", "#/lenet5", "#/cells", "#/bench", "#/notes/lenet5"]) {
  test(`nobody is shut out of ${route || "the contents"}`, async () => {
    for (const colorScheme of ["light", "dark"]) {
      await withNotebook({ query: "?device=cpu", route, colorScheme }, async ({ page }) => {
        await page.locator("main h1").first().waitFor();
        await page.waitForTimeout(1500);
        assert.deepEqual(await violations(page), [], colorScheme);
        if (colorScheme === "dark" && route === "#/lenet5") {
          await page.evaluate(() => (document.documentElement.dataset.theme = "contrast"));
          assert.deepEqual(await violations(page), [], "high contrast");
          await page.keyboard.press("?");
          assert.deepEqual(await violations(page), [], "the keys");
          await page.keyboard.press("Escape");
          await page.keyboard.press("s");
          await page.getByTestId("share-address").waitFor();
          assert.deepEqual(await violations(page), [], "sharing");
        }
      });
    }
  });
}
