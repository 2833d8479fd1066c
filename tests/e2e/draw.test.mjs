// A reader's drawing is classified, before and while the network trains.

import assert from "node:assert/strict";
import { test } from "node:test";
import { stage } from "./harness.mjs";
import { SEVEN, until } from "./notebook.mjs";

const { withNotebook } = stage();

test("a drawn digit gets ten probabilities", async () => {
  await withNotebook({ query: "?device=cpu" }, async (notebook) => {
    await notebook.ready();
    await notebook.draw(SEVEN);
    const shown = () => until("ten probabilities", async () => {
      const seen = await notebook.probabilities();
      return { done: seen.length === 10, seen };
    });
    const before = await shown();
    const sum = before.reduce((a, b) => a + b, 0);
    assert.ok(Math.abs(sum - 100) < 2, `the probabilities ${before} add up to ${sum} %`);

    await notebook.press("run");
    await notebook.accuracyOver(90);
    await notebook.pause();
    const after = await shown();
    assert.notDeepEqual(after, before, "training did not change what the network makes of the drawing");
  });
});
