// Ours and the peers, one after the other, round by round: each of the peers' samples has one of ours just before it.

/** Whom each of our devices is held against; TensorFlow.js trains no convolutions on its wasm backend, so its plain one does. */
const FIELDS = {
  webgpu: [
    { who: "jax", backend: "webgpu" },
    { who: "tfjs", backend: "webgpu" },
  ],
  cpu: [
    { who: "jax", backend: "wasm" },
    { who: "tfjs", backend: "wasm" },
    { who: "tfjs", backend: "cpu", only: ["lenet", "resnet"] },
  ],
};

export const WORKLOADS = ["matmul512", "mlp", "lenet", "resnet"];

/** A sample takes about so long, in milliseconds, if that is at least a step; warm-up comes on top. */
const SAMPLE_MS = 1500;
const MOST_STEPS = 300;
const FIRST_STEPS = 2;

/** A peer whose step takes longer, in milliseconds, is measured in the first round only. */
export const SLOW_MS = 5000;

export const name = ({ who, backend }) => ({ ours: "Stride", jax: "jax-js", tfjs: "TensorFlow.js" })[who] + ` ${backend}`;

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** One contestant on one workload, over the rounds. */
class Entry {
  samples = [];
  error = undefined;
  /** Operations of a step, where it is told. */
  flops = undefined;

  constructor(arena, contestant, workload) {
    Object.assign(this, { arena, contestant, workload });
  }

  /** Whether it is left out of further rounds. */
  get isOut() {
    return this.error !== undefined || this.samples.at(-1) > SLOW_MS;
  }

  /** One more sample in milliseconds, or nothing, if it failed before or now. */
  async sample() {
    if (this.error) return undefined;
    const enough = (ms) => Math.min(MOST_STEPS, Math.max(1, Math.round(SAMPLE_MS / ms)));
    const known = this.samples.at(-1);
    let steps = known ? enough(known) : FIRST_STEPS;
    let result = await this.arena.measure(this.contestant, this.workload, steps);
    if (!known && !result.error && enough(result.ms_per_step) > 3 * steps) {
      // So few steps say how many are enough, and no more.
      steps = enough(result.ms_per_step);
      result = await this.arena.measure(this.contestant, this.workload, steps);
    }
    const said = result.error ?? `${result.ms_per_step.toFixed(2)} ms, loss ${result.loss.toFixed(4)} after ${steps}`;
    console.log(`  ${this.workload} ${name(this.contestant)}: ${said}`);
    this.error = result.error;
    if (result.error) return undefined;
    this.flops = result.flops;
    this.samples.push(result.ms_per_step);
    return result.ms_per_step;
  }
}

/** For every workload and device of ours: our median in milliseconds, and every peer's with the median of its ratio to ours. */
export async function race(arena, wants, rounds) {
  const heats = [];
  for (const [device, field] of Object.entries(FIELDS)) {
    for (const workload of WORKLOADS.filter((workload) => wants.what(workload, device))) {
      const peers = field.filter(({ only }) => !only || only.includes(workload));
      heats.push({
        device,
        workload,
        ours: new Entry(arena, { who: "ours", backend: device }, workload),
        peers: peers.map((peer) => ({ entry: new Entry(arena, peer, workload), ratios: [] })),
      });
    }
  }
  for (let round = 1; round <= rounds; round++) {
    console.log(`\n== race, round ${round} of ${rounds}`);
    for (const { ours, peers } of heats) {
      // Without a peer to hold against it, ours is measured all the same.
      if (peers.every(({ entry }) => entry.isOut)) await ours.sample();
      for (const { entry, ratios } of peers.filter(({ entry }) => !entry.isOut)) {
        const [mine, theirs] = [await ours.sample(), await entry.sample()];
        if (mine && theirs) ratios.push(theirs / mine);
      }
    }
  }
  return heats.map(({ device, workload, ours, peers }) => ({
    device,
    workload,
    ours: { samples: ours.samples, ms: median(ours.samples), flops: ours.flops, error: ours.error },
    peers: peers.map(({ entry, ratios }) => ({
      name: name(entry.contestant),
      samples: entry.samples,
      ms: median(entry.samples),
      ratio: median(ratios),
      error: entry.error,
    })),
  }));
}
