// Runs the page tests, one file after the other, on the built page in dist/. `--update-readme` also renews the README's picture;
// other words choose the files whose names contain them.

import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const words = process.argv.slice(2).filter((word) => !word.startsWith("--"));
if (process.argv.includes("--update-readme")) process.env.UPDATE_README = "1";

const files = readdirSync(here)
  .filter((name) => name.endsWith(".test.mjs") && (words.length === 0 || words.some((word) => name.includes(word))))
  .sort()
  .map((name) => join(here, name));

run({ files, concurrency: false, timeout: 20 * 60 * 1000 })
  .on("test:fail", () => {
    process.exitCode = 1;
  })
  .compose(new spec())
  .pipe(process.stdout);
