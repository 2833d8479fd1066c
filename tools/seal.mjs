// The last thing after a build: writes into the page which scripts it may run (Content-Security-Policy), and into the service worker which
// files the build consists of. Both must see the files as they are shipped.

import { createHash } from "node:crypto";
import { readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";

const folder = process.argv[2];
const hash = (text, how) => createHash("sha256").update(text).digest(how);

/** All files below a folder, as paths relative to the build. */
function files(below = folder) {
  return readdirSync(below).flatMap((name) => {
    const path = join(below, name);
    return statSync(path).isDirectory() ? files(path) : [relative(folder, path)];
  });
}

const page = join(folder, "index.html");
let html = readFileSync(page, "utf8");
const scripts = [...html.matchAll(/<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/g)].map((found) => `'sha256-${hash(found[1], "base64")}'`);
const policy = [
  "default-src 'none'",
  `script-src 'self' 'wasm-unsafe-eval' ${scripts.join(" ")}`,
  "worker-src 'self'",
  // Files that a reader drops are read through addresses of the page's own.
  "connect-src 'self' blob:",
  "style-src 'self'",
  // Widths and places that are computed while the page is shown.
  "style-src-attr 'unsafe-inline'",
  "img-src 'self' blob: data:",
  "font-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");
html = html.replace(/<meta charset=[^>]*>/, (charset) => `${charset}<meta http-equiv="Content-Security-Policy" content="${policy}">`);
if (!html.includes("Content-Security-Policy")) throw new Error("index.html has no <meta charset> to put the policy after");
writeFileSync(page, html);

// Data sets are kept when they are fetched, and what tells of changing lessons never.
const kept = files().filter((path) => !path.startsWith("data/") && path !== "sw.js" && path !== "index.html" && path !== "lessons/watch.json").sort();
const version = hash(["index.html", ...kept].map((path) => `${path} ${hash(readFileSync(join(folder, path)), "hex")}`).join("\n"), "hex").slice(0, 16);
const worker = join(folder, "sw.js");
const text = readFileSync(worker, "utf8").replace("__VERSION__", version).replace("__FILES__", JSON.stringify(["./", ...kept]));
writeFileSync(worker, text);
