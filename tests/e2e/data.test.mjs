// When the data cannot be fetched, or the reader brings a wrong file, the page says so and goes on.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { stage } from "./harness.mjs";
import { until } from "./notebook.mjs";

const DATA = (path) => path.startsWith("/data/");
const FAILED_FETCH = /503|Failed to load resource/;
const OUT_OF_REACH = { query: "?device=cpu", refuses: DATA, expected: FAILED_FETCH };

const { withNotebook } = stage();

describe("data out of reach", () => {
  test("retry fetches it once it is back", async () => {
    await withNotebook(OUT_OF_REACH, async (notebook, server) => {
      await notebook.at("retry-data").waitFor();
      assert.match(await notebook.text("data-status"), /\w+.*\./, "the page does not say what is wrong");
      server.refuses = () => false;
      await notebook.press("retry-data");
      await notebook.ready();
      await notebook.singleSteps(1);
    });
  });

  test("digits drawn by the browser let the lesson go on", async () => {
    await withNotebook(OUT_OF_REACH, async (notebook) => {
      await notebook.at("use-synthetic").waitFor();
      await notebook.press("use-synthetic");
      await notebook.ready();
      await notebook.press("run");
      await notebook.stepsTo((step) => step >= 20);
      await notebook.pause();
      assert.match(await notebook.text("data-status"), /synthetic/i);
    });
  });
});

describe("the reader's own files", () => {
  /** An IDX file of bytes. */
  const idx = (dimensions, bytes) => {
    const header = Buffer.alloc(4 + 4 * dimensions.length);
    header.writeUInt32BE(0x0800 + dimensions.length, 0);
    dimensions.forEach((size, i) => header.writeUInt32BE(size, 4 + 4 * i));
    return Buffer.concat([header, bytes]);
  };
  const file = (name, buffer) => ({ name, mimeType: "application/octet-stream", buffer });
  const IMAGES = 64;
  const pixels = Buffer.from({ length: IMAGES * 28 * 28 }, (_, i) => i % 251);
  const WRONG = {
    "not IDX at all": [file("notes.txt", Buffer.from("no images in here"))],
    "cut short": [file("train-images-idx3-ubyte", idx([IMAGES, 28, 28], pixels.subarray(0, 1000)))],
  };

  for (const [what, files] of Object.entries(WRONG)) {
    test(`a file that is ${what} gets one sentence and changes nothing`, async () => {
      await withNotebook({ query: "?device=cpu" }, async (notebook) => {
        await notebook.ready();
        await notebook.singleSteps(2);
        const status = await until("all images", async () => {
          const seen = await notebook.text("data-status");
          return { done: seen.includes("60,000 of 60,000 training images, 10,000 test"), seen };
        });
        await notebook.giveFiles(files);
        const sentence = await until("a sentence about the file", async () => {
          const seen = (await notebook.at("error").count()) ? await notebook.text("error") : "";
          return { done: seen.length > 0, seen };
        });
        assert.ok(sentence.includes(files[0].name), `"${sentence}" does not name the file`);
        assert.equal(await notebook.stepCount(), 2);
        assert.equal((await notebook.text("data-status")).replace(/\s+/g, " "), status.replace(/\s+/g, " "));
        await notebook.singleSteps(1);
      });
    });
  }
});
