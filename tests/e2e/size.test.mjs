// How much the page weighs, as a file server with gzip would send it. What was once taken out of it must not creep back.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { DIST } from "./harness.mjs";

/** The most that each part may weigh, in kilobytes: what it weighs, and a little room. */
const BUDGETS = [
  { part: "page", file: /^app-.*\.wasm$/, most: 625 },
  { part: "worker", file: /^worker.*\.wasm$/, most: 465 },
  { part: "glue", file: /\.js$/, most: 27 },
  { part: "style", file: /\.css$/, most: 13 },
];

const gzipped = (name) => gzipSync(readFileSync(join(DIST, name)), { level: 9 }).length / 1000;

test("no part of the page is heavier than it may be", (t) => {
  const names = readdirSync(DIST);
  let total = 0;
  for (const { part, file, most } of BUDGETS) {
    const files = names.filter((name) => file.test(name));
    assert.ok(files.length > 0, `dist/ holds no ${part}`);
    const weight = files.reduce((sum, name) => sum + gzipped(name), 0);
    total += weight;
    t.diagnostic(`${part}: ${weight.toFixed(1)} kB gzipped of ${most} kB`);
    assert.ok(weight <= most, `the ${part} weighs ${weight.toFixed(1)} kB; it may weigh ${most} kB`);
  }
  t.diagnostic(`all together: ${total.toFixed(1)} kB gzipped`);
  const counted = (name) => BUDGETS.some(({ file }) => file.test(name));
  assert.deepEqual(names.filter((name) => /\.(wasm|m?js|css)$/.test(name) && !counted(name)), [], "something weighs that is not counted");
});
