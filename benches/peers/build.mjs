// Bundles the peers' pages into out/, each with all it needs, so that a file server can show them. Nothing of it is shipped.

import { build } from "esbuild";
import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "out");
mkdirSync(out, { recursive: true });
const PEERS = ["jax", "tfjs"];
await build({
  entryPoints: PEERS.map((name) => join(here, `${name}.mjs`)),
  outdir: out,
  bundle: true,
  format: "esm",
  target: "es2022",
  platform: "browser",
  minify: true,
  logLevel: "error",
});
for (const name of PEERS) {
  writeFileSync(join(out, `${name}.html`), `<!doctype html><meta charset="utf-8"><title>${name}</title><link rel="icon" href="data:,"><script type="module" src="./${name}.js"></script>\n`);
}
const wasm = join(here, "node_modules", "@tensorflow", "tfjs-backend-wasm", "dist");
for (const file of readdirSync(wasm).filter((file) => file.endsWith(".wasm"))) copyFileSync(join(wasm, file), join(out, file));
