// Our own time and memory against batch, width and depth, and the limit of each device: the best of a few matrix products.

const SWEEP = ["matmul256", "matmul384", "matmul512", "matmul768", "matmul1024"];
const DEVICES = ["webgpu", "cpu"];

/** What is varied, with the other two as they usually are. */
export const SCALES = {
  mlp: { batch: [16, 32, 64, 128, 256, 512], width: [64, 128, 256, 512, 1024], depth: [1, 2, 3, 4, 6, 8] },
  resnet: { batch: [4, 8, 16, 32], width: [8, 16, 32], depth: [1, 2, 3, 4] },
};

/** A sample takes about so long, in milliseconds, if that is at least two steps. */
const SAMPLE_MS = 800;

/** Products that take longer, in milliseconds, end the sweep. */
const PATIENCE_MS = 800;

async function timed(arena, device, workload, size) {
  const contestant = { who: "ours", backend: device };
  const first = await arena.measure(contestant, workload, 2, size);
  if (first.error || 2 * first.ms_per_step > SAMPLE_MS) return first;
  return arena.measure(contestant, workload, Math.min(300, Math.round(SAMPLE_MS / first.ms_per_step)), size);
}

/** For every device the most GFLOP/s that a product reached, and which product that was. */
export async function limits(arena, wants) {
  const limits = {};
  for (const device of DEVICES.filter((device) => wants.what(undefined, device) || wants.what("matmul512", device))) {
    for (const workload of SWEEP) {
      const { ms_per_step: ms, flops, error } = await timed(arena, device, workload);
      if (error) throw new Error(`${workload} on ${device}: ${error}`);
      const gflops = flops / ms / 1e6;
      console.log(`  ${workload} on ${device}: ${gflops.toFixed(2)} GFLOP/s`);
      if (gflops > (limits[device]?.gflops ?? 0)) limits[device] = { gflops, workload };
      if (ms > PATIENCE_MS) break;
    }
  }
  return limits;
}

/** Points `{ workload, axis, value, device, ms_per_step, mebibytes }`. */
export async function scaling(arena, wants) {
  console.log("\n== scaling");
  const points = [];
  for (const device of DEVICES) {
    for (const [workload, axes] of Object.entries(SCALES)) {
      if (!wants.what(workload, device)) continue;
      for (const [axis, values] of Object.entries(axes)) {
        for (const value of values) {
          const result = await timed(arena, device, workload, { [axis]: value });
          if (result.error) throw new Error(`${workload} with ${axis} ${value} on ${device}: ${result.error}`);
          console.log(`  ${workload} on ${device}, ${axis} ${value}: ${result.ms_per_step.toFixed(2)} ms`);
          points.push({ workload, axis, value, device, ms_per_step: result.ms_per_step, mebibytes: result.memory_bytes / 2 ** 20 });
        }
      }
    }
  }
  return points;
}
