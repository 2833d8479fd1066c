// A page's state travels in its address: written, read, damaged, with hidden and locked controls, and put back by one key.

import assert from "node:assert/strict";
import { test } from "node:test";
import { stage } from "./harness.mjs";

const { withNotebook } = stage();
const CPU = { query: "?device=cpu" };

/** Opens the share box and gives the address in it. */
async function shared(page) {
  await page.getByTestId("share").click();
  const address = await page.getByTestId("share-address").inputValue();
  await page.getByRole("button", { name: "Close" }).click();
  return address;
}

test("a link brings the page back as it was", async () => {
  await withNotebook(CPU, async (notebook) => {
    const { page } = notebook;
    await notebook.ready();
    assert.doesNotMatch(await shared(page), /\?1-/, "a page as the lesson has it has a plain address");
    await page.getByTestId("optimizer").selectOption({ label: "SGD, momentum 0.9" });
    await page.getByTestId("seed").fill("7");
    await page.keyboard.press("Enter");
    await page.getByTestId("plot-loss-logarithmic-values").click();
    const address = await shared(page);
    assert.match(address, /#\/lenet5\?1-/);
    assert.ok(address.length < 2000);
    // The address bar has it too, so that a reload loses nothing.
    await page.waitForFunction(() => location.hash.includes("?1-"));
    await page.reload();
    await notebook.ready();
    assert.equal(await page.getByTestId("seed").inputValue(), "7");
    assert.equal(await page.getByTestId("optimizer").inputValue(), "momentum");
    assert.equal(await page.getByTestId("plot-loss-logarithmic-values").getAttribute("aria-pressed"), "true");
    // One key puts the page back; it can be undone.
    await page.locator("body").click({ position: { x: 5, y: 300 } });
    await page.keyboard.press("r");
    await page.waitForFunction(() => document.querySelector("[data-testid=seed]").value === "1");
    await page.getByRole("button", { name: "Undo" }).click();
    await page.waitForFunction(() => document.querySelector("[data-testid=seed]").value === "7");
  });
});

test("a damaged link is said to be so, and the lesson opens", async () => {
  await withNotebook({ ...CPU, route: "#/lenet5?1-eyJlIjp7IiI6-12345678" }, async (notebook) => {
    const { page } = notebook;
    await page.getByText("This link is damaged").waitFor();
    await notebook.ready();
    assert.equal(await page.getByTestId("seed").inputValue(), "1");
    await page.getByRole("button", { name: "All right" }).click();
    await page.getByText("This link is damaged").waitFor({ state: "detached" });
  });
  await withNotebook({ ...CPU, route: "#/lenet5?9-abc" }, async ({ page }) => {
    await page.getByText("made by another version").waitFor();
  });
});

test("a lecturer's link hides and locks controls, and never results", async () => {
  await withNotebook(CPU, async (notebook) => {
    const { page } = notebook;
    await notebook.ready();
    await page.getByTestId("share").click();
    await page.getByText("An exercise").click();
    await page.getByLabel("Batch size").last().selectOption("hidden");
    await page.getByLabel("Seed").last().selectOption("locked");
    const address = await page.getByTestId("share-address").inputValue();
    await page.goto("about:blank");
    await page.goto(address);
    await notebook.ready();
    assert.equal(await page.getByTestId("batch-size").count(), 0);
    assert.ok(await page.getByTestId("seed").isDisabled());
    await notebook.press("step");
    await notebook.stepsTo(1);
    assert.ok((await notebook.number("train-loss")) > 0);
  });
});

test("a link to a heading leaves the page as it was set, and starting over keeps what a lecturer locked", async () => {
  await withNotebook(CPU, async (notebook) => {
    const { page } = notebook;
    await notebook.ready();
    await page.getByTestId("seed").fill("7");
    await page.keyboard.press("Enter");
    await page.getByTestId("share").click();
    await page.getByText("An exercise").click();
    await page.getByLabel("Batch size").last().selectOption("locked");
    const address = await page.getByTestId("share-address").inputValue();
    await page.goto("about:blank");
    await page.goto(address);
    await notebook.ready();
    await page.getByRole("link", { name: "Link to: The network" }).click();
    await page.waitForFunction(() => /#\/lenet5\/the-network\?1-/.test(location.hash));
    assert.equal(await page.getByTestId("seed").inputValue(), "7");
    assert.ok(await page.getByTestId("batch-size").isDisabled());
    // The demonstration that the link holds can be given twice.
    await page.getByTestId("seed").fill("9");
    await page.keyboard.press("Enter");
    await page.getByTestId("reset-page").click();
    await page.waitForFunction(() => document.querySelector("[data-testid=seed]").value === "7");
    assert.ok(await page.getByTestId("batch-size").isDisabled());
    // A wrong entry keeps the focus where it was typed.
    await page.getByTestId("learning-rate").fill("many");
    await page.keyboard.press("Enter");
    await page.getByTestId("error").first().waitFor();
    assert.equal(await page.evaluate(() => document.activeElement?.dataset.testid), "learning-rate");
  });
});
