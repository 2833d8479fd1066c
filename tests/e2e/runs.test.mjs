// Several runs on a page, a run that splits, goes back, stops by rule and is saved, on each device.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { stage } from "./harness.mjs";
import { until } from "./notebook.mjs";

const DEVICES = [
  { device: "webgpu", webgpu: true, query: "?device=webgpu" },
  { device: "cpu", webgpu: false, query: "?device=cpu" },
];

const model = {
  input: [1, 28, 28],
  layers: [
    { layer: "flatten" },
    { name: "OUT", layer: "linear", in_features: 784, out_features: 10 },
  ],
};
const experiment = (name, learning_rate) => ({
  experiment: { name, values: { seed: 1, batch_size: 32, learning_rate, optimizer: { name: "sgd" }, model } },
});
const widget = (name, values) => ({ widget: { name, values } });

/** A lesson with two experiments and a panel for each, and with a widget of a run that there is not. */
const TWO = {
  front: { title: "Two runs", summary: "", section: "", minutes: 1, order: 9, prerequisites: [] },
  outline: [],
  footnotes: [],
  blocks: [
    experiment("small steps", 0.001),
    experiment("large steps", 0.1),
    widget("run-panel", {}),
    widget("run-panel", { run: "large steps" }),
    widget("curves", { run: "no such" }),
  ].map((part, index) => ({ line: index + 1, part })),
};
const [SMALL, LARGE, NONE] = [3, 4, 5];

for (const { device, webgpu, query } of DEVICES) {
  describe(device, () => {
    const { withNotebook } = stage({ webgpu });

    test("two experiments are two runs, which run side by side", async () => {
      await withNotebook({ query, route: "#/two", lessons: { two: TWO } }, async ({ page }) => {
        const at = (line, id) => page.locator(`[data-line="${line}"]`).getByTestId(id);
        const number = async (line, id) => Number((await at(line, id).innerText()).replace(/[^\d.]/g, ""));
        for (const line of [SMALL, LARGE]) {
          await until("Run to be enabled", async () => ({ done: await at(line, "run").isEnabled().catch(() => false), seen: line }));
          await at(line, "run").click();
        }
        const steps = () => Promise.all([number(SMALL, "step-count"), number(LARGE, "step-count")]);
        await until("both to train", async () => {
          const seen = await steps();
          return { done: seen.every((count) => count > 60), seen };
        });
        // Both go on; the images may still be on their way.
        for (const line of [SMALL, LARGE]) assert.match(await at(line, "run-state").innerText(), /^(running|waiting for images)$/);
        await at(SMALL, "pause").click();
        const [, before] = await steps();
        await until("the other to go on", async () => {
          const seen = await steps();
          return { done: seen[1] > before + 30, seen };
        });
        assert.equal(await at(SMALL, "run-state").innerText(), "paused");
        await at(LARGE, "pause").click();
        const losses = await Promise.all([number(SMALL, "train-loss"), number(LARGE, "train-loss")]);
        assert.ok(losses[1] < losses[0], `small steps should be slower: ${losses}`);
        // A change of one run's settings is that run's alone.
        await at(LARGE, "batch-size").fill("16");
        await at(LARGE, "batch-size").press("Enter");
        await until("the run to begin anew", async () => ({ done: (await number(LARGE, "step-count")) === 0, seen: await steps() }));
        assert.equal(await at(LARGE, "run-name").innerText(), "batch 16");
        assert.ok((await number(SMALL, "step-count")) > 60);
        assert.match(await page.locator(`[data-line="${NONE}"]`).innerText(), /line 5 .*no experiment of this page is named "no such"/i);
      });
    });

    test("a fork goes on the same until a setting differs, and is drawn over the run", async () => {
      await withNotebook({ query }, async (notebook) => {
        await notebook.ready();
        await notebook.singleSteps(2);
        await notebook.press("fork-now");
        await until("the fork", async () => {
          const seen = await notebook.text("fork-step-count").catch(() => "");
          return { done: seen === "2" && (await notebook.at("fork-step").isEnabled()), seen };
        });
        const stepFork = async () => {
          const before = Number(await notebook.text("fork-step-count"));
          await notebook.press("fork-step");
          await until("the fork's step", async () => {
            const seen = Number(await notebook.text("fork-step-count"));
            return { done: seen === before + 1 && (await notebook.at("fork-step").isEnabled()), seen };
          });
          return notebook.text("fork-loss");
        };
        const [run, fork] = [await notebook.singleSteps(2), [await stepFork(), await stepFork()]];
        assert.deepEqual(fork, run, "with nothing changed both are the same");
        assert.equal(await notebook.text("fork-name"), "as it was");
        await notebook.at("fork-rate").fill("0.3");
        await notebook.at("fork-rate").press("Enter");
        await until("its name", async () => {
          const seen = await notebook.text("fork-name");
          return { done: seen === "lr 0.3", seen };
        });
        await stepFork();
        const [after, changed] = [await notebook.singleSteps(2), await stepFork()];
        assert.notEqual(changed, after[1], "another rate is another curve");
        const label = await notebook.at("plot-loss").getAttribute("aria-label");
        assert.match(label, /training \(lr 0\.3\) .* at step 6/);
        await notebook.at("fork").first().scrollIntoViewIfNeeded();
        await notebook.page.screenshot({ path: `tests/e2e/out/fork-${device}.png` });
        await notebook.press("fork-close");
        await until("the fork to be gone", async () => ({ done: (await notebook.at("fork").count()) === 0, seen: "" }));
      });
    });

    test("a run goes back to a kept step and on again to the same losses", async () => {
      await withNotebook({ query }, async (notebook) => {
        await notebook.ready();
        const losses = await notebook.singleSteps(10);
        const slider = notebook.at("rewind");
        await until("a past", async () => {
          const seen = await slider.getAttribute("data-steps").catch(() => "");
          return { done: seen === "0 8", seen };
        });
        await slider.focus();
        await slider.press("ArrowLeft");
        await notebook.stepsTo(0);
        await slider.press("ArrowRight");
        await notebook.stepsTo(8);
        assert.equal(await notebook.text("train-loss"), losses[7]);
        await until("the filters of that step", async () => {
          const seen = await notebook.text("filters");
          return { done: seen.includes("at step 8"), seen };
        });
        assert.deepEqual(await notebook.singleSteps(2), losses.slice(8), "the same to the last digit");
      });
    });

    test("a run stops by rule, and its weights are saved as a file", async () => {
      await withNotebook({ query }, async (notebook) => {
        await notebook.ready();
        await notebook.at("rules").locator("summary").click();
        await notebook.at("stop-steps").fill("12");
        await notebook.at("stop-steps").press("Enter");
        assert.match(await notebook.text("rules-now"), /after 12 steps/);
        await notebook.press("run");
        await notebook.stepsTo(12);
        await until("the reason", async () => {
          const seen = await notebook.text("stopped").catch(() => "");
          return { done: /stopped after 12 steps/i.test(seen), seen };
        });
        const downloading = notebook.page.waitForEvent("download");
        await notebook.press("save-weights");
        const download = await downloading;
        assert.equal(download.suggestedFilename(), "weights-step-12.safetensors");
        const bytes = readFileSync(await download.path());
        const header = JSON.parse(bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE(0))).toString());
        assert.deepEqual(header["C1.weight"].shape, [6, 1, 5, 5]);
        assert.deepEqual(header["optimizer.exp_avg.OUT.bias"].shape, [10]);
        assert.equal(header.__metadata__.step, "12");
      });
    });
  });
}
