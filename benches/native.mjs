// What Criterion found natively, read from its files.

import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** Every benchmark under `folder` that was measured since `since`, in milliseconds: `{ device, group, what, ms, gflops, share }`. */
export function native(folder, since) {
  const found = readdirSync(folder, { recursive: true })
    .filter((path) => path.endsWith(join("new", "benchmark.json")))
    .map((path) => join(folder, path))
    .filter((path) => statSync(path).mtimeMs >= since)
    .map((path) => {
      const about = JSON.parse(readFileSync(path, "utf8"));
      const estimates = JSON.parse(readFileSync(path.replace("benchmark.json", "estimates.json"), "utf8"));
      const [device, group] = about.group_id.split("/");
      const ns = estimates.median.point_estimate;
      return { device, group, what: about.function_id, ms: ns / 1e6, gflops: about.throughput.Elements / ns };
    });
  for (const device of new Set(found.map((entry) => entry.device))) {
    const mine = found.filter((entry) => entry.device === device);
    const limit = Math.max(...mine.filter((entry) => entry.group === "product").map((entry) => entry.gflops));
    for (const entry of mine) entry.share = entry.gflops / limit;
  }
  const order = ["product", "kernel", "step"];
  return found.sort((a, b) => a.device.localeCompare(b.device) || order.indexOf(a.group) - order.indexOf(b.group) || a.what.localeCompare(b.what, "en", { numeric: true }));
}
