// A reader goes through the notebook: contents, search, predictions, footnotes and terms, looks, and keys for all of it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { stage } from "./harness.mjs";

const { withNotebook } = stage();
const CPU = { query: "?device=cpu" };

test("the contents lead to lessons, and lessons to each other's headings", async () => {
  await withNotebook({ ...CPU, route: "" }, async ({ page }) => {
    await page.getByRole("link", { name: "LeNet-5", exact: true }).click();
    await page.getByRole("heading", { level: 1, name: "LeNet-5, layer by layer" }).waitFor();
    const painted = await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime);
    console.log(`first contentful paint of the contents: ${Math.round(painted)} ms after opening`);
    const link = page.getByRole("link", { name: "Link to: Draw a digit" });
    await link.click();
    await page.waitForFunction(() => location.hash.startsWith("#/lenet5/draw-a-digit"));
    await page.waitForFunction(() => Math.abs(document.getElementById("draw-a-digit").getBoundingClientRect().top) < 100);
    await page.reload();
    await page.waitForFunction(() => document.getElementById("draw-a-digit") !== null);
    assert.match(await page.title(), /LeNet-5/);
  });
});

test("search finds words and mathematics, by keyboard alone", async () => {
  await withNotebook(CPU, async ({ page }) => {
    await page.getByTestId("run").waitFor();
    await page.keyboard.press("/");
    await page.keyboard.type("weight sharing");
    await page.locator(".results a").first().waitFor();
    await page.getByTestId("search").fill("C_\\text{out}");
    await page.locator(".results mark", { hasText: "C_\\text{out}" }).first().waitFor();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => location.hash === "#/lenet5/the-network");
    assert.equal(await page.locator("dialog").count(), 0);
    await page.keyboard.press("/");
    await page.keyboard.type("nothing has these words");
    await page.getByText("Nothing has all of these words").waitFor();
    await page.keyboard.press("Escape");
    await page.locator("dialog").waitFor({ state: "detached" });
  });
});

test("predictions are kept and told at the page's end", async () => {
  await withNotebook(CPU, async ({ page }) => {
    const first = page.getByTestId("predict-first-loss");
    await first.getByRole("textbox").fill("many");
    await first.getByRole("button").click();
    await first.getByText("'many' is no number").waitFor();
    await first.getByRole("textbox").fill("2,3");
    await page.keyboard.press("Enter");
    await first.getByText("Right.").waitFor();
    await page.getByTestId("predict-most-work").getByRole("button", { name: "C5" }).click();
    await page.getByTestId("predict-most-work").getByText("Not this one.").waitFor();
    assert.match(await page.getByTestId("predictions").innerText(), /2 of 3 made, 1 right/);
    await page.reload();
    await page.getByTestId("predict-first-loss").getByText("Right.").waitFor();
    await page.keyboard.press("c");
    await page.getByText("2 of 3 questions answered, 1 right").waitFor();
  });
});

test("a term explains itself to a pointer, a tap and the keyboard", async () => {
  await withNotebook(CPU, async ({ page }) => {
    const term = page.getByRole("link", { name: "nats" }).first();
    await term.hover();
    await page.locator(".card", { hasText: "natural logarithms" }).waitFor();
    // A reader may point at the card itself, to read or to mark it.
    await page.locator(".card").hover();
    await page.waitForTimeout(300);
    assert.equal(await page.locator(".card").count(), 1);
    await page.keyboard.press("Escape");
    await page.locator(".card").waitFor({ state: "detached" });
    await page.mouse.move(5, 5);
    await term.focus();
    await page.locator(".card", { hasText: "natural logarithms" }).waitFor();
    await page.keyboard.press("Escape");
    await page.locator(".card").waitFor({ state: "detached" });
    await term.click();
    await page.mouse.move(5, 5);
    await page.locator(".card").waitFor();
    assert.match(page.url(), /#\/lenet5/, "a tap pins and leads nowhere");
  });
});

test("looks are chosen and kept, and keys are listed", async () => {
  await withNotebook(CPU, async ({ page }) => {
    await page.getByTestId("run").waitFor();
    await page.keyboard.press("?");
    for (const words of ["search all lessons", "lecture mode", "laser pointer"]) await page.getByText(words).first().waitFor();
    await page.keyboard.press("Escape");
    const opener = page.getByRole("button", { name: "Keys" });
    await opener.click();
    await page.getByRole("button", { name: "Close" }).click();
    await page.locator("dialog").waitFor({ state: "detached" });
    assert.ok(await opener.evaluate((button) => button === document.activeElement), "the focus goes back to where it was");
    const size = () => page.evaluate(() => parseFloat(getComputedStyle(document.documentElement).fontSize));
    const before = await size();
    await page.keyboard.press("+");
    assert.ok((await size()) > 1.1 * before);
    await page.getByLabel("Colours and size of the text").first().click();
    await page.getByLabel("High contrast").check();
    await page.reload();
    await page.getByTestId("run").waitFor();
    assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), "rgb(0, 0, 0)");
    assert.ok((await size()) > 1.1 * before);
  });
});
