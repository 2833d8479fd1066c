// The main job: on each device, real MNIST is learnt, and Run, Pause, Step and Reset do what they say.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { stage } from "./harness.mjs";
import { until } from "./notebook.mjs";

const DEVICES = [
  { device: "webgpu", webgpu: true, query: "?device=webgpu", name: /webgpu|swiftshader/i },
  { device: "cpu", webgpu: true, query: "?device=cpu", name: /cpu|webassembly/i },
  { device: "cpu, as there is no WebGPU", webgpu: false, query: "", name: /cpu|webassembly/i },
];

for (const { device, webgpu, query, name } of DEVICES) {
  describe(device, () => {
    const { withNotebook } = stage({ webgpu });

    test("learns MNIST to over 90 % and pauses", async (t) => {
      await withNotebook({ query }, async (notebook) => {
        await notebook.ready();
        assert.match(await notebook.text("device-name"), name);
        await notebook.press("run");
        await notebook.page.waitForFunction(() => /[1-9]/.test(document.querySelector('[data-testid="step-count"]').textContent));
        const firstStep = await notebook.page.evaluate(() => performance.now());

        const [beginning, start] = [await notebook.stepCount(), Date.now()];
        await notebook.accuracyOver(90);
        const [end, seconds] = [await notebook.stepCount(), (Date.now() - start) / 1000];
        const stopped = await notebook.pause();
        const accuracy = await notebook.text("test-accuracy");
        const longTasks = await notebook.page.evaluate((since) => window.longTasks.filter((task) => task.startTime > since), firstStep);

        assert.ok(stopped >= end, "the step count went back");
        t.diagnostic(`${device}: ${await notebook.text("device-name")}`);
        t.diagnostic(`${device}: first trained step ${(firstStep / 1000).toFixed(1)} s after the page's load began`);
        t.diagnostic(`${device}: ${((end - beginning) / seconds).toFixed(1)} steps a second; ${accuracy} after ${stopped} steps`);
        const longest = Math.max(0, ...longTasks.map((task) => task.duration));
        t.diagnostic(`${device}: ${longTasks.length} tasks over 50 ms on the page while it trained, the longest ${longest.toFixed(0)} ms`);
      });
    });

    test("a learning rate holds from the next step on, and another optimizer begins anew", async () => {
      await withNotebook({ query }, async (notebook) => {
        await notebook.ready();
        await notebook.press("run");
        await until("some steps", async () => ({ done: (await notebook.stepCount()) > 2, seen: await notebook.text("step-count") }));
        // Typed as a person types, while the panel is drawn again and again.
        await notebook.at("learning-rate").fill("");
        await notebook.at("learning-rate").pressSequentially("0.0002", { delay: 200 });
        await notebook.at("learning-rate").press("Tab");
        const plot = notebook.at("plot-learning-rate");
        await until("the plot to show the new rate", async () => {
          const seen = await plot.getAttribute("aria-label");
          return { done: seen.includes("0.0002"), seen };
        });
        await notebook.pause();
        assert.ok((await notebook.stepCount()) > 2);
        await notebook.at("optimizer").selectOption("momentum");
        await notebook.stepsTo(0);
        assert.equal(await notebook.at("learning-rate").inputValue(), "0.05");
      });
    });

    test("Step adds one, and Reset gives the same curve again", async () => {
      await withNotebook({ query }, async (notebook) => {
        await notebook.ready();
        const first = await notebook.singleSteps(3);
        assert.equal(await notebook.stepCount(), 3);
        assert.equal(new Set(first).size, 3, `three steps showed the losses ${first}`);
        await notebook.press("reset");
        await notebook.stepsTo(0);
        assert.deepEqual(await notebook.singleSteps(3), first);
      });
    });
  });
}
