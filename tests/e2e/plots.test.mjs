// What a reader does with plots: reads values off, sees a part from near, keeps a run to compare, saves the picture and the numbers; the
// table of runs, which survives a reload; and what is taken along.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { OUT, stage } from "./harness.mjs";
import { until } from "./notebook.mjs";

const { withNotebook } = stage();
const CPU = "?device=cpu";

/** Trains for so many steps at least, and pauses. */
async function train(notebook, steps) {
  await notebook.ready();
  await notebook.press("run");
  await notebook.stepsTo((step) => step >= steps);
  return notebook.pause();
}

/** What a press saves: the file's name and its bytes. */
async function saved(notebook, testid) {
  const waiting = notebook.page.waitForEvent("download");
  // The tools are there for the keyboard whether the pointer is near or not.
  await notebook.at(testid).press("Enter");
  const download = await waiting;
  return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
}

const steps = (notebook) => notebook.at("plot-loss-touch").getAttribute("data-steps");

test("values are read off by pointer and by keys, and a part is seen from near", async () => {
  await withNotebook({ query: CPU }, async (notebook) => {
    const { page } = notebook;
    const last = await train(notebook, 60);
    const touch = notebook.at("plot-loss-touch");
    await touch.scrollIntoViewIfNeeded();
    const box = await touch.boundingBox();
    const at = (share) => [box.x + 80 + share * (box.width - 110), box.y + box.height / 2];
    await page.mouse.move(...at(0.5));
    const values = notebook.at("plot-loss-values");
    const shown = await values.innerText();
    assert.match(shown, /step \d+/);
    assert.match(shown, /training[\s\S]*\d\.\d+[\s\S]*nats/);
    await page.screenshot({ path: join(OUT, "plots-pointer.png") });

    // A range is dragged, another is reached by the wheel, and a double click puts it back.
    await page.mouse.down();
    await page.mouse.move(...at(0.8), { steps: 5 });
    await page.mouse.up();
    const [from, to] = (await steps(notebook)).split(" ").map(Number);
    assert.ok(from > 0.35 * last && to < 0.95 * last && from < to, `steps ${from} to ${to} of ${last}`);
    await page.keyboard.down("Control");
    await page.mouse.wheel(0, 400);
    await page.keyboard.up("Control");
    await until("the wheel to zoom out", async () => {
      const seen = await steps(notebook);
      return { done: seen !== `${from.toFixed(1)} ${to.toFixed(1)}`, seen };
    });
    assert.equal(await page.evaluate(() => window.visualViewport.scale), 1);
    await page.mouse.dblclick(...at(0.5));
    await until("all steps", async () => ({ done: (await steps(notebook)) === null, seen: await steps(notebook) }));

    // By keys alone.
    await page.mouse.move(5, 5);
    await touch.focus();
    await page.keyboard.press("End");
    await page.keyboard.press("ArrowLeft");
    const spoken = await touch.getAttribute("aria-valuetext");
    assert.match(spoken, /^step \d+: .*training [\d.]+ nats/);
    await page.keyboard.press("ArrowLeft");
    assert.notEqual(await touch.getAttribute("aria-valuetext"), spoken);
    assert.equal(await values.count(), 1);
    await page.keyboard.press("+");
    assert.notEqual(await steps(notebook), null);
    await page.keyboard.press("0");
    assert.equal(await steps(notebook), null);
    await page.keyboard.press("Escape");
    assert.equal(await values.count(), 0);
    assert.ok(!(await touch.evaluate((element) => element === document.activeElement)));

    // The kind of axis is part of the page's address.
    await notebook.at("plot-loss-logarithmic-values").press("Enter");
    assert.equal(await notebook.at("plot-loss-logarithmic-values").getAttribute("aria-pressed"), "true");
    await until("the address", async () => ({ done: page.url().includes("?", page.url().indexOf("#")), seen: page.url() }));
  });
});

test("a tap pins the read-out", async () => {
  await withNotebook({ query: CPU, hasTouch: true, isMobile: true, viewport: { width: 390, height: 844 } }, async (notebook) => {
    await train(notebook, 20);
    const touch = notebook.at("plot-loss-touch");
    await touch.scrollIntoViewIfNeeded();
    const box = await touch.boundingBox();
    await notebook.page.touchscreen.tap(box.x + box.width / 2, box.y + box.height / 2);
    await notebook.page.waitForTimeout(500);
    assert.match(await notebook.at("plot-loss-values").innerText(), /step \d+/);
    const opacity = await notebook.page.locator(".plot-tools").first().evaluate((element) => getComputedStyle(element).opacity);
    assert.equal(opacity, "1");
    for (const colorScheme of ["light", "dark"]) {
      await notebook.page.emulateMedia({ colorScheme });
      await notebook.page.waitForTimeout(300);
      await notebook.page.screenshot({ path: join(OUT, `plots-390x844-${colorScheme}.png`) });
    }
  });
});

test("pictures, numbers, the experiment and the script are saved", async () => {
  await withNotebook({ query: CPU }, async (notebook) => {
    const last = await train(notebook, 55);
    const png = await saved(notebook, "plot-loss-save-the-picture-as-png");
    assert.equal(png.name, "lenet5-loss.png");
    assert.deepEqual([...png.bytes.subarray(1, 4)], [...Buffer.from("PNG")]);
    const svg = (await saved(notebook, "plot-loss-save-the-picture-as-svg")).bytes.toString();
    assert.match(svg, /^<svg [\s\S]*loss \(nats\)[\s\S]*<polyline[\s\S]*<\/svg>\s*$/);
    assert.ok(svg.includes("training") && svg.includes("test"), "the picture does not name its curves");

    const numbers = (await saved(notebook, "plot-loss-save-the-numbers-as-csv")).bytes.toString().trim().split("\r\n");
    assert.equal(numbers[0], '"step"'.slice(1, 5) + ',"training, each batch (nats)",training (nats),test (nats)');
    assert.equal(numbers.filter((line) => /^\d+,[\d.]+,/.test(line)).length, last);

    const telemetry = (await saved(notebook, "save-csv")).bytes.toString().trim().split("\r\n");
    assert.match(telemetry[0], /^step,epoch,training loss \(nats\)/);
    assert.equal(Number(telemetry.at(-1).split(",")[0]), last);
    const toml = (await saved(notebook, "save-toml")).bytes.toString();
    assert.match(toml, /batch_size = 64[\s\S]*\[\[model\.layers\]\]/);
    const script = await saved(notebook, "save-py");
    assert.equal(script.name, "lenet5.py");
    assert.match(script.bytes.toString(), /\("C1", nn\.Conv2d\(1, 6, kernel_size=5, padding=2\)\)/);
    try {
      execFileSync("python3", ["-c", "import ast, sys; ast.parse(sys.stdin.read())"], { input: script.bytes });
    } catch (error) {
      if (error.code !== "ENOENT") throw error;
    }
    assert.match(await notebook.text("take-away-said"), /Saved as lenet5\.py/);
  });
});

test("runs are kept to compare, and the table of runs survives a reload", async () => {
  await withNotebook({ query: CPU }, async (notebook) => {
    const { page } = notebook;
    await train(notebook, 20);
    await notebook.at("plot-loss-keep-this-run-s-curves-to-compare").press("Enter");
    assert.match(await notebook.at("kept-run").innerText(), /run 1: the same settings/);

    // Another optimizer begins anew; the first run is a row, and so is the second once it stands still.
    await notebook.at("optimizer").selectOption("sgd");
    await notebook.stepsTo(0);
    assert.match(await notebook.at("kept-run").innerText(), /run 1: optimizer adam, learning rate 0\.001/);
    await train(notebook, 30);
    const rows = notebook.at("run-row");
    await until("two rows", async () => ({ done: (await rows.count()) === 2, seen: await rows.allInnerTexts() }));
    const heads = await notebook.at("run-table").locator("thead th").allInnerTexts();
    assert.deepEqual(heads.map((head) => head.replace(/[▲▼]/g, "").trim()).slice(1, -1), ["Began", "Optimizer", "Learning rate", "Seed", "Steps", "Train loss (nats)", "Test accuracy (%)", "Duration (s)"]);

    // Sorted by steps, one way and the other, by keys.
    const column = notebook.at("run-table").getByRole("columnheader", { name: /Steps/ });
    const order = async () => (await rows.locator("td:nth-child(6)").allInnerTexts()).map(Number);
    await column.getByRole("button").press("Enter");
    assert.equal(await column.getAttribute("aria-sort"), "ascending");
    const rising = await order();
    assert.deepEqual(rising, rising.toSorted((a, b) => a - b));
    await column.getByRole("button").press("Enter");
    assert.equal(await column.getAttribute("aria-sort"), "descending");
    assert.deepEqual(await order(), rising.toReversed());

    await page.reload();
    await notebook.ready();
    assert.equal(await rows.count(), 2);
    assert.equal(await notebook.at("kept-run").count(), 0);
    for (const box of await rows.getByRole("checkbox").all()) await box.check();
    assert.equal(await notebook.at("kept-run").count(), 2);
    await train(notebook, 20);
    for (const [width, height] of [[1440, 900], [390, 844]]) {
      for (const colorScheme of ["light", "dark"]) {
        await page.setViewportSize({ width, height });
        await page.emulateMedia({ colorScheme });
        await notebook.at("plot-loss").scrollIntoViewIfNeeded();
        await page.waitForTimeout(400);
        await page.screenshot({ path: join(OUT, `plots-compare-${width}x${height}-${colorScheme}.png`) });
        await notebook.at("run-table").scrollIntoViewIfNeeded();
        await notebook.at("take-away-said").scrollIntoViewIfNeeded();
        await page.waitForTimeout(300);
        await page.screenshot({ path: join(OUT, `plots-table-${width}x${height}-${colorScheme}.png`) });
        assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= width);
      }
    }
    await page.setViewportSize({ width: 1440, height: 900 });

    // The run with Adam is opened again: its optimizer is back.
    const adam = rows.filter({ hasText: "adam" }).first();
    await adam.getByRole("button", { name: /^Open/ }).press("Enter");
    await until("Adam", async () => {
      const seen = await notebook.at("optimizer").inputValue();
      return { done: seen === "adam", seen };
    });
    await adam.getByRole("button", { name: /^Remove/ }).press("Enter");
    await notebook.press("clear-runs");
    assert.match(await notebook.text("run-table"), /No run has ended yet/);
    assert.equal(await notebook.at("kept-run").count(), 0);
    await page.reload();
    await notebook.ready();
    assert.match(await notebook.text("run-table"), /No run has ended yet/);
  });
});

test("a browser that keeps nothing still shows the table", async () => {
  await withNotebook({ query: CPU }, async (notebook) => {
    await notebook.page.evaluate(() => {
      Storage.prototype.setItem = () => {
        throw new DOMException("full", "QuotaExceededError");
      };
    });
    await train(notebook, 10);
    await until("a row", async () => ({ done: (await notebook.at("run-row").count()) === 1, seen: await notebook.text("run-table") }));
    assert.match(await notebook.text("run-table"), /does not keep these rows/);
  });
});
