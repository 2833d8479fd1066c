// The page that measures: scripts get figures of real steps from it, and readers a table. No test here says how long anything takes.

import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { OUT, stage } from "./harness.mjs";
import { until } from "./notebook.mjs";

/** There are four batches: after one more than a multiple of four steps, the loss is of the first step's images. */
const DEVICES = [
  { device: "webgpu", name: /webgpu|swiftshader/i, few: { mlp: 13, lenet: 13, resnet: 5 } },
  { device: "cpu", name: /cpu|webassembly/i, few: { mlp: 29, lenet: 29, resnet: 9 } },
];
const SCREENS = [
  { width: 1440, height: 900 },
  { width: 1920, height: 1080 },
  { width: 390, height: 844 },
];
const MINUTE = 60_000;
const { withNotebook } = stage({ webgpu: true });

const opened = ({ page }) => page.waitForFunction(() => typeof window.benchReady === "string", undefined, { timeout: MINUTE });
const measure = ({ page }, ...asked) => page.evaluate((asked) => window.runBench(...asked), asked);

/** Why scripts get no figure. */
const refusal = ({ page }, ...asked) =>
  page.evaluate((asked) => window.runBench(...asked).then(() => "", (error) => error.message), asked);

for (const { device, name, few } of DEVICES) {
  describe(device, () => {
    const at = { query: `?device=${device}`, route: "#/bench" };

    test("scripts measure steps whose losses are real", async (t) => {
      await withNotebook(at, async (notebook) => {
        await opened(notebook);
        assert.match(await notebook.page.evaluate(() => window.benchReady), name);
        for (const [workload, steps] of Object.entries(few)) {
          const [first, last] = [await measure(notebook, workload, 1), await measure(notebook, workload, steps)];
          for (const { ms_per_step, loss, memory_bytes } of [first, last]) {
            assert.ok(Number.isFinite(ms_per_step) && ms_per_step > 0, `${workload}: ${ms_per_step} ms`);
            assert.ok(Number.isFinite(loss) && memory_bytes > 0, `${workload}: loss ${loss}, ${memory_bytes} bytes`);
          }
          assert.equal(last.steps, steps);
          assert.ok(last.loss < first.loss, `${workload}: the loss went from ${first.loss} to ${last.loss} in ${steps} steps`);
          if (workload === "mlp") assert.equal((await measure(notebook, workload, 1)).loss, first.loss, `${workload} does not repeat itself`);
          t.diagnostic(`${device}: ${workload} ${last.ms_per_step.toFixed(2)} ms a step, loss ${first.loss.toFixed(4)} to ${last.loss.toFixed(4)}`);
        }
        // Rows of 512 numbers uniform in [0, 1) times such columns: a quarter of 512 on average.
        const product = await measure(notebook, "matmul512", 3);
        assert.ok(Math.abs(product.loss - 128) < 10 && product.flops === 2 * 512 ** 3, JSON.stringify(product));
      });
    });

    test("what makes no sense is refused with a sentence", async () => {
      await withNotebook(at, async (notebook) => {
        await opened(notebook);
        assert.match(await refusal(notebook, "vgg", 1), /no workload 'vgg'.*mlp, lenet, resnet, matmul512/);
        for (const steps of [0, -1, 1.5, 100_001, "many", undefined]) {
          assert.match(await refusal(notebook, "mlp", steps), /whole number from 1 to 100000/, `${steps} steps`);
        }
        assert.match(await refusal(notebook, "mlp", 1, { batch: 0 }), /batch/);
        assert.match(await refusal(notebook, "mlp", 1, { height: 3 }), /height/);
        assert.match(await refusal(notebook, "lenet", 1, { width: 3 }), /one width/);
        assert.ok((await measure(notebook, "mlp", 1, { batch: 8, width: 16, depth: 2 })).loss > 0, "and the next is measured all the same");
      });
    });
  });
}

describe("a reader", () => {
  const at = { query: "?device=cpu", route: "#/bench", permissions: ["clipboard-read", "clipboard-write"] };

  test("measures everything at the press of a button, and copies it as text", async (t) => {
    await withNotebook(at, async (notebook) => {
      const { page } = notebook;
      await opened(notebook);
      await notebook.at("measure").focus();
      await page.keyboard.press("Enter");
      await until("the figures to be there", async () => {
        const seen = await notebook.text("bench-state");
        return { done: seen === "done", seen };
      }, { timeout: 5 * MINUTE });
      for (const row of ["limit", "matmul512", "mlp", "lenet", "resnet"]) {
        const text = await notebook.text(`bench-${row}`);
        assert.match(text, /\d+ %/, `${row}: ${text}`);
        t.diagnostic(text.replace(/\s+/g, " "));
      }
      assert.match(await notebook.text("bench-limit"), /100 %/);
      const longTasks = await page.evaluate(() => window.longTasks.filter((task) => task.startTime > 3000));
      t.diagnostic(`${longTasks.length} tasks over 50 ms on the page`);

      await notebook.press("copy-text");
      await until("the text to be copied", async () => {
        const seen = await notebook.text("bench-state");
        return { done: seen === "copied", seen };
      });
      const text = await page.evaluate(() => navigator.clipboard.readText());
      t.diagnostic(`\n${text}`);
      assert.match(text, /device +CPU .*\nbrowser +Mozilla.*\ndate +\d{4}-\d\d-\d\d \d\d:\d\d UTC\nlimit +[\d.,]+ GFLOP\/s/);
      for (const row of ["Matrix product", "MLP, batch 128", "LeNet-5, batch 64", "Small ResNet, batch 16"]) {
        assert.match(text, new RegExp(`^${row}.*\\d %$`, "m"), text);
      }

      for (const viewport of SCREENS) {
        for (const colorScheme of ["light", "dark"]) {
          await page.setViewportSize(viewport);
          await page.emulateMedia({ colorScheme });
          await page.screenshot({ path: join(OUT, `bench-${viewport.width}x${viewport.height}-${colorScheme}.png`), fullPage: true });
          const wide = await page.evaluate(() => document.documentElement.scrollWidth);
          assert.ok(wide <= viewport.width, `at ${viewport.width} px the page is ${wide} px wide`);
        }
      }
    });
  });

  test("stops what takes too long, and may begin again", async () => {
    await withNotebook(at, async (notebook) => {
      await opened(notebook);
      const given = refusal(notebook, "resnet", 100_000);
      await notebook.press("measure");
      await until("Stop to be enabled", async () => ({ done: await notebook.at("stop-measuring").isEnabled(), seen: await notebook.text("bench-state") }));
      await notebook.press("stop-measuring");
      assert.match(await given, /stopped/);
      await until("the page to have stopped", async () => {
        const seen = await notebook.text("bench-state");
        return { done: seen === "stopped" && (await notebook.at("measure").isEnabled()), seen };
      });
      assert.equal(await notebook.at("error").count(), 0, "what was stopped on purpose is no error");
      assert.ok((await measure(notebook, "mlp", 2)).loss > 0);
    });
  });

  test("without clipboard, finds the text on the page; and comes here from the contents", async () => {
    await withNotebook({ ...at, permissions: [], route: "#/" }, async (notebook) => {
      const { page } = notebook;
      await page.getByRole("link", { name: "What your device does" }).click();
      await opened(notebook);
      await page.evaluate(() => Object.defineProperty(navigator, "clipboard", { value: undefined }));
      await notebook.press("measure");
      await until("a first figure", async () => {
        const seen = await notebook.text("bench-limit");
        return { done: /\d %/.test(seen), seen };
      });
      await notebook.press("stop-measuring");
      await notebook.press("copy-text");
      await notebook.at("bench-text").waitFor();
      assert.match(await notebook.text("bench-text"), /Matrix product/);
      await page.goto(page.url().replace("#/bench", "#/"));
      await until("scripts to find nothing elsewhere", async () => {
        const seen = await page.evaluate(() => [typeof window.runBench, typeof window.benchReady]);
        return { done: seen.join() === "undefined,undefined", seen };
      });
    });
  });
});
