// The results as text: tables for the terminal and the document, docs/performance.md. What its prose says is true of any run.

import { SLOW_MS, WORKLOADS } from "./race.mjs";
import { SCALES } from "./scaling.mjs";

const TITLES = {
  matmul512: "product of two 512 × 512 matrices",
  mlp: "784-256-10 with a ReLU, batch 128, SGD with momentum 0.9",
  lenet: "with ReLU and max pooling, batch 64, Adam",
  resnet: "3 × 32 × 32 images, batch 16, SGD with momentum 0.9; see below",
};
const SHORT = { matmul512: "matmul512", mlp: "MLP", lenet: "LeNet-5", resnet: "ResNet" };
const DEVICES = { webgpu: "WebGPU", cpu: "CPU (WebAssembly)" };
const GROUPS = { product: "Matrix product", kernel: "Kernel", step: "Training step" };

/** Three figures. */
export function figures(value) {
  if (!Number.isFinite(value)) return "–";
  if (value >= 100) return Math.round(value).toLocaleString("en");
  return value.toFixed(value >= 10 ? 1 : value >= 1 ? 2 : 3);
}

/** A table in Markdown that can be read as plain text too. */
export function table(header, rows) {
  const cells = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...cells.map((row) => [...row[column]].length)));
  const line = (row) => `| ${row.map((cell, i) => (i === 0 ? cell + " ".repeat(widths[i] - [...cell].length) : " ".repeat(widths[i] - [...cell].length) + cell)).join(" | ")} |`;
  const rule = `| ${widths.map((width, i) => (i === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`)).join(" | ")} |`;
  return [line(header), rule, ...rows.map(line)].join("\n");
}

/** What a workload of ours reaches of the limit of its device. */
function share(results, device, flops, ms) {
  const limit = results.limits[device];
  return limit && ms ? `${Math.round((100 * flops) / ms / 1e6 / limit.gflops)} %` : "–";
}

/** Everyone's milliseconds, with the peers' as multiples of ours. */
export function raceTable(results) {
  const rows = [];
  for (const device of Object.keys(DEVICES)) {
    for (const workload of WORKLOADS) {
      const heat = results.race.find((heat) => heat.device === device && heat.workload === workload);
      if (!heat) continue;
      const name = `${SHORT[workload]}, ${DEVICES[device]}`;
      rows.push([name, "Stride", heat.ours.error ? "failed" : figures(heat.ours.ms), "1", heat.ours.error ? "–" : share(results, device, heat.ours.flops, heat.ours.ms)]);
      for (const peer of heat.peers) rows.push(["", peer.name, peer.error ? "failed" : figures(peer.ms), figures(peer.ratio), ""]);
    }
  }
  return table(["workload and device", "who", "ms a step", "times ours", "of our limit"], rows);
}

/** What failed, each with its own words. */
function failures(results) {
  const failed = results.race.flatMap(({ workload, device, ours, peers }) =>
    [{ name: `Stride ${device}`, error: ours.error }, ...peers].filter(({ error }) => error).map(({ name, error }) => ({ workload, name, error })),
  );
  if (failed.length === 0) return "";
  return `\nWhat failed said so:\n\n${failed.map(({ workload, name, error }) => `- ${name}, ${SHORT[workload]}: \`${error.replaceAll("`", "'")}\``).join("\n")}\n`;
}

export function nativeTable(found) {
  if (found.length === 0) return "(nothing was measured natively)";
  const rows = found.map(({ device, group, what, ms, gflops, share }) => [
    `${GROUPS[group]}: ${what}`,
    device.toUpperCase(),
    figures(ms),
    figures(gflops),
    `${Math.round(100 * share)} %`,
  ]);
  return table(["natively", "device", "ms", "GFLOP/s", "of limit"], rows);
}

function scalingTable(points) {
  const rows = [];
  for (const [workload, axes] of Object.entries(SCALES)) {
    for (const [axis, values] of Object.entries(axes)) {
      for (const value of values) {
        const of = (device) => points.find((p) => p.workload === workload && p.axis === axis && p.value === value && p.device === device);
        const cells = Object.keys(DEVICES).flatMap((device) => [figures(of(device)?.ms_per_step ?? NaN), figures(of(device)?.mebibytes ?? NaN)]);
        rows.push([`${SHORT[workload]}, ${axis} ${value}`, ...cells]);
      }
    }
  }
  return table(["", ...Object.values(DEVICES).flatMap((device) => [`${device}, ms`, "MiB"])], rows);
}

export function document(results) {
  const { machine, versions, limits, devices } = results;
  const limit = (device) => `${figures(limits[device].gflops)} GFLOP/s (${limits[device].workload.replace("matmul", "a product of size ")})`;
  return `# Performance

Written by \`make bench\`; do not edit. It renews every number below.

| | |
| --- | --- |
| machine | ${machine.model}, ${machine.cores} cores |
| browser | ${results.browser}, headless, with the flags of \`webdriver.json\` |
| devices | ${devices.webgpu}; ${devices.cpu} |
| Stride | ${results.commit} |
| peers | jax-js ${versions.jax}, TensorFlow.js ${versions.tfjs} |
| date | ${results.date} |
| command | \`make bench\`, ${results.rounds === 1 ? "1 round" : `${results.rounds} rounds`} |

Where the adapter is SwiftShader or llvmpipe, WebGPU computes on the CPU: the figures then compare programs on that adapter, and say nothing
of a graphics card.

## Beside others, in one browser

${Object.entries(TITLES).map(([name, title]) => `- ${SHORT[name]}: ${title}`).join("\n")}

The small ResNet is a convolution to 16 channels, residual blocks 16 → 16, 16 → 16 and 16 → 32 with stride 2, the mean over the image and a
linear layer, with batch normalisation after every convolution. A step is a whole training step in 32-bit floats: forward, loss, backward,
optimizer; of the product, the forward pass alone.

Times are medians over the rounds. In every round each peer is measured right after us, in a page of its own of the same browser; "times ours" is
the median of the ratios of these pairs. Who takes over ${SLOW_MS / 1000} s a step is measured in the first round only. Everyone is warmed up first, submits its
steps without waiting in between, and is timed until the last loss has been read back.

A step of jax-js is one jitted function; TensorFlow.js has no such thing. The peers keep no running statistics in batch normalisation, and their
images lie on the device as floats; ours are unpacked from bytes in every step, as in the lessons. Everyone's WebAssembly runs on one thread: the
pages are not cross-origin isolated, as those of most file servers are not.

${raceTable(results)}
${failures(results)}
"Of our limit" is the share of the most GFLOP/s that our own matrix products reach on the device: ${limit("webgpu")} on WebGPU,
${limit("cpu")} on the CPU. Operations are counted as on the page \`#/bench\`.

## How our time and memory grow

A training step against batch, width and depth, with the other two as above; the memory is everything that a run takes on the device, its
data set of four batches included.

![Milliseconds a step against batch, width and depth](scaling-time.svg)

![Memory on the device against batch, width and depth](scaling-memory.svg)

<details><summary>The numbers</summary>

${scalingTable(results.scaling)}

</details>

## Natively

The same engine without a browser, by Criterion: medians, and the share of the best of the device's own matrix products.

${nativeTable(results.native)}
`;
}
