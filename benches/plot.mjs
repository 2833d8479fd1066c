// Scaling as an SVG: a row a network, a column an axis, a line a device; both scales logarithmic. Colours are those of the notebook.

import { SCALES } from "./scaling.mjs";

const NAMES = { mlp: "MLP", resnet: "Small ResNet" };
const AXES = { batch: "batch", width: { mlp: "units of a hidden layer", resnet: "channels" }, depth: { mlp: "hidden layers", resnet: "blocks of the first stage" } };
const SERIES = [
  { device: "webgpu", name: "WebGPU", color: "#005c9e" },
  { device: "cpu", name: "CPU (WebAssembly)", color: "#c24e00" },
];
const PANEL = { width: 250, height: 170, left: 52, top: 30, gap: 34, row: 72 };
const INK = "#1f2428";
const QUIET = "#5d666e";
const GRID = "#e6e9ec";

const text = (x, y, content, { anchor = "middle", color = QUIET, size = 11, weight = 400 } = {}) =>
  `<text x="${x}" y="${y}" text-anchor="${anchor}" fill="${color}" font-size="${size}" font-weight="${weight}">${content}</text>`;

/** Powers of ten that enclose the numbers. */
function decades(numbers) {
  const logs = numbers.map((number) => Math.log10(number));
  return [Math.floor(Math.min(...logs)), Math.max(Math.ceil(Math.max(...logs)), Math.floor(Math.min(...logs)) + 1)];
}

function panel(points, axis, workload, key, [low, high], x0, y0) {
  const { width, height } = PANEL;
  const values = SCALES[workload][axis];
  const [first, last] = [Math.log2(values[0]), Math.log2(values.at(-1))];
  const x = (value) => x0 + 12 + ((Math.log2(value) - first) / (last - first)) * (width - 24);
  const y = (value) => y0 + height - ((Math.log10(value) - low) / (high - low)) * height;
  const parts = [];
  for (let power = low; power <= high; power++) {
    const at = y(10 ** power);
    parts.push(`<line x1="${x0}" x2="${x0 + width}" y1="${at}" y2="${at}" stroke="${GRID}"/>`);
    parts.push(text(x0 - 6, at + 4, Number(10 ** power).toLocaleString("en", { maximumFractionDigits: 6 }), { anchor: "end" }));
  }
  for (const value of values) parts.push(text(x(value), y0 + height + 16, value));
  const label = AXES[axis][workload] ?? AXES[axis];
  parts.push(text(x0 + width / 2, y0 + height + 32, label, { color: INK }));
  for (const { device, color } of SERIES) {
    const line = points.filter((p) => p.workload === workload && p.axis === axis && p.device === device).map((p) => [x(p.value), y(p[key])]);
    const at = line.map(([px, py]) => `${px.toFixed(1)},${py.toFixed(1)}`);
    parts.push(`<polyline points="${at.join(" ")}" fill="none" stroke="${color}" stroke-width="2" stroke-linejoin="round"/>`);
    for (const [px, py] of line) parts.push(`<circle cx="${px.toFixed(1)}" cy="${py.toFixed(1)}" r="3" fill="${color}"/>`);
  }
  return parts.join("\n");
}

/** `key` of the points, against each axis. */
export function scalingPlot(points, key, label) {
  const { width, height, left, top, gap, row } = PANEL;
  const workloads = Object.keys(SCALES);
  const axes = Object.keys(SCALES[workloads[0]]);
  const total = [left + axes.length * (width + gap + left) - gap - left + 24, 34 + workloads.length * (height + row) + 8];
  const parts = [];
  let at = left;
  for (const { name, color } of SERIES) {
    parts.push(`<line x1="${at}" x2="${at + 22}" y1="18" y2="18" stroke="${color}" stroke-width="3"/>`);
    parts.push(text(at + 28, 22, name, { anchor: "start", color: INK, size: 12 }));
    at += 60 + 7 * name.length;
  }
  workloads.forEach((workload, r) => {
    const range = decades(points.filter((p) => p.workload === workload).map((p) => p[key]));
    const y0 = 34 + top + r * (height + row);
    parts.push(text(left, y0 - 12, `${NAMES[workload]}: ${label}`, { anchor: "start", color: INK, size: 12, weight: 600 }));
    axes.forEach((axis, c) => parts.push(panel(points, axis, workload, key, range, left + c * (width + gap + left), y0)));
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${total[0]} ${total[1]}" width="${total[0]}" height="${total[1]}" font-family="Inter, 'Segoe UI', 'DejaVu Sans', sans-serif" role="img" aria-label="${label} against ${axes.join(", ")}">
<rect width="100%" height="100%" fill="#ffffff"/>
${parts.join("\n")}
</svg>
`;
}
