// The page on the screens it is read on: nothing sticks out sideways, and pictures to look at are left in out/.

import assert from "node:assert/strict";
import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { OUT, ROOT, stage } from "./harness.mjs";
import { SEVEN } from "./notebook.mjs";

const SCREENS = [
  { width: 1440, height: 900 },
  { width: 1920, height: 1080 },
  { width: 390, height: 844 },
  { width: 320, height: 640 },
];
const PARTS = ["plot-loss", "plot-accuracy", "plot-learning-rate", "plot-activations", "feature-maps", "filters", "confusion", "mistakes", "draw-pad"];
const README_PICTURE = "lenet5-1440x900-light.png";

const { withNotebook } = stage();

test("a trained notebook fits every screen, light and dark", async (t) => {
  await withNotebook({ query: "?device=cpu" }, async (notebook) => {
    const { page } = notebook;
    await notebook.ready();
    await notebook.press("run");
    await notebook.accuracyOver(95);
    await notebook.draw(SEVEN);
    await notebook.pause();
    for (const part of PARTS) assert.ok(await notebook.at(part).first().isVisible(), `${part} is not to be seen`);

    for (const viewport of SCREENS) {
      for (const colorScheme of ["light", "dark"]) {
        await page.setViewportSize(viewport);
        await page.emulateMedia({ colorScheme });
        await notebook.at("run").evaluate((element) => element.scrollIntoView({ block: "start", behavior: "instant" }));
        await page.evaluate(() => window.scrollBy({ top: -24, behavior: "instant" }));
        await page.waitForTimeout(500);
        const name = `lenet5-${viewport.width}x${viewport.height}-${colorScheme}`;
        await page.screenshot({ path: join(OUT, `${name}.png`) });
        await page.screenshot({ path: join(OUT, `${name}-whole.png`), fullPage: true });
        const wide = await page.evaluate(() => document.documentElement.scrollWidth);
        assert.ok(wide <= viewport.width, `at ${viewport.width} px the page is ${wide} px wide`);
      }
    }
    t.diagnostic("pictures are in tests/e2e/out");
  });

  if (process.env.UPDATE_README) {
    mkdirSync(join(ROOT, "docs"), { recursive: true });
    copyFileSync(join(OUT, README_PICTURE), join(ROOT, "docs", "lenet5.png"));
  }
});
