// Once opened, the notebook is there without a network; and nothing that it was not built from may run in it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { stage } from "./harness.mjs";

const { withNotebook } = stage();

test("a page that was opened once opens without a network and trains", async () => {
  await withNotebook({ query: "?device=cpu", serviceWorkers: "allow" }, async (notebook) => {
    const { page } = notebook;
    await notebook.ready();
    await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
    // The data set is kept as it is fetched: the second visit fetches it through the service worker.
    await page.reload();
    await notebook.ready();
    await page.waitForFunction(async () => {
      const name = (await caches.keys()).find((name) => name.endsWith(" data"));
      return name !== undefined && (await (await caches.open(name)).keys()).length > 3;
    });
    await page.getByText("60,000 of 60,000").waitFor();
    await page.context().setOffline(true);
    await page.reload();
    await notebook.ready();
    await notebook.press("run");
    await notebook.stepsTo((step) => step > 3);
    await page.keyboard.press("c");
    await page.getByRole("heading", { name: "Contents" }).waitFor();
    await page.context().setOffline(false);
  });
});

test("the page runs no script but its own", async () => {
  await withNotebook({ query: "?device=cpu", expected: /Content Security Policy|violates/ }, async (notebook) => {
    const { page } = notebook;
    await notebook.ready();
    const policy = await page.locator("meta[http-equiv=Content-Security-Policy]").getAttribute("content");
    for (const part of ["default-src 'none'", "script-src 'self'", "connect-src 'self'"]) assert.ok(policy.includes(part), policy);
    assert.doesNotMatch(policy, /script-src[^;]*unsafe-inline/);
    const ran = await page.evaluate(async () => {
      const script = document.createElement("script");
      script.textContent = "window.foreign = true";
      document.head.append(script);
      const asked = await fetch("https://example.org/").then(() => true, () => false);
      return { script: window.foreign === true, asked };
    });
    assert.deepEqual(ran, { script: false, asked: false });
  });
});
