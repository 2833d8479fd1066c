// How much the page weighs, as a file server with gzip would send it. It is reported, and what a phone would wait long for is refused.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { DIST } from "./harness.mjs";

test("wasm and JavaScript have been built, and are reported", (t) => {
  const files = readdirSync(DIST).filter((name) => /\.(wasm|js)$/.test(name));
  assert.ok(files.some((name) => name.endsWith(".wasm")), "dist/ holds no wasm");
  const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;
  let total = 0;
  for (const name of files) {
    const size = gzipSync(readFileSync(join(DIST, name)), { level: 9 }).length;
    total += size;
    t.diagnostic(`${name}: ${kilobytes(size)} gzipped`);
  }
  t.diagnostic(`wasm and JavaScript together: ${kilobytes(total)} gzipped`);
  assert.ok(total < 1_200_000, `${kilobytes(total)} are too many`);
});
