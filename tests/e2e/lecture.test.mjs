// A lecture, by keyboard: one section at a time, run and pause, blank and pointer, and notes in a second window that follows.

import assert from "node:assert/strict";
import { test } from "node:test";
import { stage } from "./harness.mjs";
import { until } from "./notebook.mjs";

const { withNotebook } = stage();

test("a lecture is walked by keyboard, and the notes follow", async () => {
  await withNotebook({ query: "?device=cpu", route: "#/cells" }, async (notebook) => {
    const { page } = notebook;
    await notebook.ready();
    const place = () => page.getByTestId("lecture-place").innerText();
    const visible = () => page.locator("section.part:not([hidden])").count();
    assert.ok((await visible()) > 5);
    await page.keyboard.press("l");
    await page.getByTestId("lecture-place").waitFor();
    assert.equal(await visible(), 1);
    const sections = Number((await place()).split("/")[1]);
    const popup = page.waitForEvent("popup");
    await page.keyboard.press("n");
    const notes = await popup;
    await notes.getByTestId("notes").waitFor();

    // Forward to the steps of the reveal cell: they come before the next section.
    const steps = page.locator("section.part:not([hidden]) .reveal .step:not([hidden])");
    while ((await page.locator("section.part:not([hidden]) .reveal").count()) === 0) await page.keyboard.press("ArrowRight");
    const at = await place();
    assert.equal(await steps.count(), 1);
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    assert.equal(await steps.count(), 3);
    assert.equal(await place(), at);
    await page.keyboard.press("ArrowLeft");
    assert.equal(await steps.count(), 2);
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    assert.notEqual(await place(), at);

    // The section with a note: the second window shows it, and its keys lead too.
    while (!(await page.locator("section.part:not([hidden]) h2").innerText()).startsWith("note")) await page.keyboard.press("ArrowRight");
    await notes.getByText("Ask who has seen this before.").waitFor();
    const before = await place();
    await notes.bringToFront();
    await notes.keyboard.press("ArrowRight");
    await until("the lecture to follow its notes", async () => {
      const seen = await place();
      return { done: seen !== before, seen };
    });
    await page.bringToFront();

    // Blank, pointer, run and pause.
    await page.keyboard.press("b");
    assert.equal(await page.locator(".blank").count(), 1);
    await page.keyboard.press("b");
    await page.keyboard.press("p");
    await page.mouse.move(300, 200);
    assert.match(await page.locator(".laser").evaluate((dot) => dot.style.transform), /300px, 200px/);
    await page.keyboard.press("Space");
    await notebook.stepsTo((step) => step > 2);
    await page.keyboard.press("Space");
    await until("the run to pause", async () => {
      const seen = await page.getByTestId("run-state").first().textContent();
      return { done: seen.includes("paused"), seen };
    });
    for (let i = 0; i < 2 * sections; i++) await page.keyboard.press("PageDown");
    assert.equal(await place(), `${sections} / ${sections}`);
    await page.keyboard.press("Escape");
    assert.ok((await visible()) > 5);
    await notes.close();
  });
});
