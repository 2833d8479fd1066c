// What every page test needs: a browser with or without WebGPU, the built page under a sub-path, and a watch on what must not happen.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, before } from "node:test";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { Notebook } from "./notebook.mjs";
import { serve } from "./server.mjs";

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
export const DIST = join(ROOT, "dist");
export const OUT = join(ROOT, "tests", "e2e", "out");
const BASE = "/a/folder/deep/";

/** The flags that make WebGPU real without a graphics card are those of webdriver.json, so that both kinds of browser tests use the same. */
const FLAGS = JSON.parse(readFileSync(join(ROOT, "webdriver.json"), "utf8"))["goog:chromeOptions"].args.filter((flag) => !flag.startsWith("--headless"));
const isWebGpu = (flag) => flag.includes("webgpu");

function launch(webgpu) {
  const executablePath = process.env.CHROMIUM;
  assert.ok(executablePath, "CHROMIUM must name the browser to test in; make test finds one by itself");
  return chromium.launch({ executablePath, args: webgpu ? FLAGS : FLAGS.filter((flag) => !isWebGpu(flag)) });
}

/** Collects what a page must not do: fail, or ask another host. */
class Watch {
  problems = [];
  foreign = [];

  constructor(context, origin) {
    context.on("console", (message) => {
      if (message.type() === "error") this.problems.push(`console: ${message.text()} (${message.location().url})`);
    });
    context.on("weberror", (error) => this.problems.push(`uncaught: ${error.error()}`));
    context.on("request", (request) => {
      const url = request.url();
      if (/^(https?|wss?):/.test(url) && !url.startsWith(`${origin}/`)) this.foreign.push(url);
    });
  }

  /** Fails unless all was quiet; what matches `expected` may have happened. */
  assertQuiet(expected) {
    assert.deepEqual(this.problems.filter((problem) => !expected?.test(problem)), [], "the page reported errors");
    assert.deepEqual(this.foreign, [], "the page asked another host");
  }
}

/** Registers a browser and a server for the tests of one file; the result opens notebooks, each in a context of its own. */
export function stage({ webgpu = false } = {}) {
  const shared = {};
  before(async () => {
    assert.ok(existsSync(join(DIST, "index.html")), "dist/ holds no page: run make build first");
    mkdirSync(OUT, { recursive: true });
    shared.server = await serve(DIST, BASE);
    shared.browser = await launch(webgpu);
  });
  after(async () => {
    await shared.browser?.close();
    await shared.server?.close();
  });

  /**
   * Opens the page with `query` (as in `?device=cpu`) and gives it to `use`; whatever happens, closes it, and it must have been quiet.
   * `lessons` are lessons for the test alone, by their names, in the form that the page reads.
   */
  async function withNotebook({ query = "", route = "#/lenet5", refuses = () => false, expected, lessons = {}, ...options }, use) {
    const { browser, server } = shared;
    server.refuses = refuses;
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, serviceWorkers: "block", ...options });
    try {
      for (const [name, json] of Object.entries(lessons)) {
        await context.route(`**/lessons/${name}.json`, (request) => request.fulfill({ json }));
      }
      const watch = new Watch(context, server.origin);
      const page = await context.newPage();
      await page.addInitScript(recordLongTasks);
      await page.goto(`${server.address}${query}${route}`);
      await use(new Notebook(page), server);
      watch.assertQuiet(expected);
    } finally {
      await context.close();
    }
  }

  return { withNotebook };
}

/** Runs in the page: remembers every task over 50 ms. */
function recordLongTasks() {
  window.longTasks = [];
  if (!PerformanceObserver.supportedEntryTypes?.includes("longtask")) return;
  new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) window.longTasks.push({ startTime, duration });
  }).observe({ type: "longtask", buffered: true });
}
