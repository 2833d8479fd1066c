// One browser with one page for everyone who is measured: ours on each device, and the peers' on each of their backends.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { serve } from "../tests/e2e/server.mjs";

const READY_MS = 60_000;

/** Longer may no single measurement take, warm-up included. */
const PATIENCE_MS = 240_000;

export class Arena {
  pages = new Map();
  /** The names of our devices. */
  devices = {};

  static async open(root) {
    const arena = new Arena();
    const flags = JSON.parse(readFileSync(join(root, "webdriver.json"), "utf8"))["goog:chromeOptions"].args;
    arena.ours = await serve(join(root, "dist"), "/stride/");
    arena.theirs = await serve(join(root, "benches", "peers", "out"), "/peers/");
    arena.browser = await chromium.launch({
      executablePath: process.env.CHROMIUM,
      args: flags.filter((flag) => !flag.startsWith("--headless")),
    });
    arena.browserName = `Chromium ${arena.browser.version()}`;
    return arena;
  }

  async close() {
    await this.browser?.close();
    await this.ours?.close();
    await this.theirs?.close();
  }

  /** The page of a contestant (`ours`, `jax`, `tfjs`) on a backend; opened once and kept. */
  async page(who, backend) {
    const key = `${who} ${backend}`;
    if (!this.pages.has(key)) this.pages.set(key, this.#open(who, backend));
    return this.pages.get(key);
  }

  async #open(who, backend) {
    const page = await this.browser.newPage({ serviceWorkers: "block" });
    let broken;
    page.on("pageerror", (error) => {
      broken ??= error.message;
    });
    const mine = who === "ours";
    await page.goto(mine ? `${this.ours.address}?device=${backend}#/bench` : `${this.theirs.address}${who}.html?backend=${backend}`);
    try {
      await page.waitForFunction(() => window.benchReady ?? window.peerReady, undefined, { timeout: READY_MS });
    } catch (error) {
      throw new Error(broken ?? `${who} ${backend} was not ready: ${error.message}`);
    }
    if (mine) this.devices[backend] = await page.evaluate(() => window.benchReady);
    return page;
  }

  /** Measures; gives `{ ms_per_step, loss, … }`, or `{ error }`. */
  async measure({ who, backend }, workload, steps, size) {
    let timer;
    try {
      const page = await this.page(who, backend);
      const measured = page.evaluate(([name, steps, size]) => (window.runBench ?? window.runPeer)(name, steps, size), [workload, steps, size]);
      const late = new Promise((_, reject) => {
        timer = setTimeout(() => reject(new Error(`took longer than ${PATIENCE_MS / 1000} s`)), PATIENCE_MS);
      });
      const result = await Promise.race([measured, late]);
      return Number.isFinite(result.loss) ? result : { error: `its loss is ${result.loss}` };
    } catch (error) {
      // What is left of it is in no state to go on.
      if (/took longer/.test(error.message)) this.#forget(who, backend);
      return { error: firstLine(error.message) };
    } finally {
      clearTimeout(timer);
    }
  }

  async #forget(who, backend) {
    const page = await this.pages.get(`${who} ${backend}`);
    this.pages.delete(`${who} ${backend}`);
    await page?.close();
  }
}

function firstLine(message) {
  return message.split("\n")[0].replace(/^page\.evaluate: (Error: )?/, "");
}
