// Measures in the browser, gathers what was measured natively, prints the tables, and, when everything was measured, writes the document.
// Run by tools/bench.sh, which says what the environment may ask for.

import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Arena } from "./arena.mjs";
import { native } from "./native.mjs";
import { race } from "./race.mjs";
import { document, nativeTable, raceTable } from "./report.mjs";
import { limits, scaling } from "./scaling.mjs";
import { scalingPlot } from "./plot.mjs";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
const words = (process.env.BENCH_ONLY ?? "").split(/\s+/).filter(Boolean);
const PARTS = ["native", "race", "scaling"];
const others = words.filter((word) => !PARTS.includes(word));
const wants = {
  part: (name) => words.length === 0 || words.includes(name),
  /** Whether something of this workload and device is to be measured: every word that is said of either must fit. */
  what: (workload, device) => {
    const fits = (names, value) => !others.some((word) => names.includes(word)) || others.includes(value);
    return fits(["mlp", "lenet", "resnet", "matmul512"], workload) && fits(["webgpu", "cpu"], device);
  },
};
const rounds = Math.max(1, Number(process.env.BENCH_ROUNDS ?? 3));

function git(...parameters) {
  try {
    return execFileSync("git", parameters, { cwd: ROOT, encoding: "utf8" }).trim();
  } catch {
    return "unknown";
  }
}

function version(name) {
  return JSON.parse(readFileSync(join(ROOT, "benches", "peers", "node_modules", name, "package.json"), "utf8")).version;
}

/** What a product reached in the race is within the device's limit too. */
function raise(limits, heats) {
  for (const { device, workload, ours } of heats.filter(({ workload }) => workload === "matmul512")) {
    const gflops = ours.flops / Math.min(...ours.samples) / 1e6;
    if (gflops > limits[device].gflops) limits[device] = { gflops, workload };
  }
}

const results = {
  date: new Date().toISOString().slice(0, 10),
  commit: git("describe", "--always", "--tags", "--dirty"),
  machine: { model: cpus()[0].model.trim(), cores: cpus().length },
  rounds,
};

if (wants.part("native")) {
  results.native = native(join(ROOT, "target", "criterion"), Number(process.env.BENCH_STARTED ?? 0) * 1000);
  console.log(`\n${nativeTable(results.native)}`);
}
if (wants.part("race") || wants.part("scaling")) {
  results.versions = { jax: version("@jax-js/jax"), tfjs: version("@tensorflow/tfjs") };
  const arena = await Arena.open(ROOT);
  try {
    results.browser = arena.browserName;
    results.limits = await limits(arena, wants);
    results.devices = arena.devices;
    if (wants.part("race")) {
      results.race = await race(arena, wants, rounds);
      raise(results.limits, results.race);
      console.log(`\n${raceTable(results)}`);
    }
    if (wants.part("scaling")) results.scaling = await scaling(arena, wants);
  } finally {
    await arena.close();
  }
}

const OUT = join(ROOT, "benches", "out");
mkdirSync(OUT, { recursive: true });
writeFileSync(join(OUT, "results.json"), `${JSON.stringify(results, null, 2)}\n`);
if (words.length === 0) {
  const docs = join(ROOT, "docs");
  writeFileSync(join(docs, "scaling-time.svg"), scalingPlot(results.scaling, "ms_per_step", "milliseconds a step"));
  writeFileSync(join(docs, "scaling-memory.svg"), scalingPlot(results.scaling, "mebibytes", "MiB on the device"));
  writeFileSync(join(docs, "performance.md"), document(results));
  console.log("\ndocs/performance.md and its plots are written");
} else {
  console.log(`\nonly a part was measured (${words.join(", ")}): docs/performance.md is left as it is`);
}
