// The lesson page as its reader uses it: buttons to press, numbers to read, a pad to draw on. It knows the page's test ids and nothing of browsers.

import assert from "node:assert/strict";

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** The first number of a text, with or without separators of thousands. */
function numberIn(text) {
  const found = /-?\d{1,3}(?:[,\u2009\u202f\u00a0]\d{3})+(?:\.\d+)?|-?\d+(?:\.\d+)?(?:e-?\d+)?/.exec(text ?? "");
  return found ? Number(found[0].replace(/[,\u2009\u202f\u00a0]/g, "")) : undefined;
}

/** Asks again and again until the answer is a yes; the last thing that was seen goes into the complaint. */
export async function until(what, ask, { timeout = MINUTE, every = 100 } = {}) {
  const end = Date.now() + timeout;
  for (;;) {
    const { done, seen } = await ask();
    if (done) return seen;
    if (Date.now() > end) assert.fail(`waited ${timeout / SECOND} s for ${what}; last seen: ${JSON.stringify(seen)}`);
    await new Promise((resolve) => setTimeout(resolve, every));
  }
}

export class Notebook {
  constructor(page) {
    this.page = page;
  }

  at(id) {
    return this.page.getByTestId(id);
  }

  async text(id) {
    return (await this.at(id).innerText()).trim();
  }

  async number(id) {
    return numberIn(await this.text(id));
  }

  stepCount() {
    return this.number("step-count");
  }

  async press(id) {
    await this.at(id).click();
  }

  /** Waits until Run may be pressed. */
  async ready({ timeout = 2 * MINUTE } = {}) {
    await this.at("run").waitFor({ timeout });
    await until("Run to be enabled", async () => ({ done: await this.at("run").isEnabled(), seen: await this.text("run-state").catch(() => "") }), {
      timeout,
    });
  }

  /** Waits until the step counter is `wanted`, or satisfies it. */
  stepsTo(wanted, options) {
    const fits = typeof wanted === "function" ? wanted : (step) => step === wanted;
    return until(
      `the step count (${wanted})`,
      async () => {
        const seen = await this.stepCount();
        return { done: fits(seen), seen };
      },
      options,
    );
  }

  /** Waits until the test accuracy, in percent, is over `percent`. */
  accuracyOver(percent, options) {
    return until(
      `a test accuracy over ${percent} %`,
      async () => {
        const seen = await this.number("test-accuracy");
        return { done: seen > percent, seen };
      },
      { timeout: 5 * MINUTE, every: 250, ...options },
    );
  }

  /** Presses Pause and waits until the counter has stood still for a second. */
  async pause() {
    await this.press("pause");
    let last = await this.stepCount();
    let since = Date.now();
    return until("the step counter to stand still", async () => {
      const seen = await this.stepCount();
      if (seen !== last) [last, since] = [seen, Date.now()];
      return { done: Date.now() - since > SECOND, seen };
    });
  }

  /** Trains `count` single steps; gives the loss that the page shows after each. */
  async singleSteps(count) {
    const losses = [];
    for (let i = 0; i < count; i++) {
      const before = await this.stepCount();
      await until("Step to be enabled", async () => ({ done: await this.at("step").isEnabled(), seen: await this.text("run-state") }));
      await this.press("step");
      await this.stepsTo(before + 1);
      losses.push(await this.text("train-loss"));
    }
    return losses;
  }

  /** Draws strokes on the pad; a stroke is a list of [x, y], from 0 to 1 each. */
  async draw(strokes) {
    const pad = this.at("draw-pad");
    await pad.scrollIntoViewIfNeeded();
    const box = await pad.boundingBox();
    const at = ([x, y]) => [box.x + x * box.width, box.y + y * box.height];
    for (const [first, ...rest] of strokes) {
      await this.page.mouse.move(...at(first));
      await this.page.mouse.down();
      for (const point of rest) await this.page.mouse.move(...at(point), { steps: 6 });
      await this.page.mouse.up();
    }
  }

  /** The ten probabilities that the page shows for the drawing, as far as it shows them. */
  async probabilities() {
    const text = await this.text("draw-probabilities").catch(() => "");
    return [...text.matchAll(/(\d+(?:\.\d+)?)\s*%/g)].map((found) => Number(found[1]));
  }

  /** Gives the page files, as if the reader had dropped or chosen them. */
  async giveFiles(files) {
    const drop = this.at("drop-files");
    const isInput = await drop.evaluate((element) => element.matches("input[type=file]"));
    await (isInput ? drop : drop.locator("input[type=file]").first()).setInputFiles(files);
  }
}

/** A seven. */
export const SEVEN = [[[0.25, 0.2], [0.75, 0.2], [0.45, 0.85]]];
