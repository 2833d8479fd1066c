// What the peers' pages share: the same workloads as src/bench has, made-up images, and the way time is measured. It knows no library.

/** Batches that are trained on, one after the other, over and over. */
export const BATCHES = 4;

export const WORKLOADS = {
  mlp: { image: [784], batch: 128, rate: 0.01 },
  lenet: { image: [1, 28, 28], batch: 64, rate: 0.001 },
  resnet: { image: [3, 32, 32], batch: 16, rate: 0.02 },
  matmul512: { size: 512 },
};

/** Nothing is timed before so many steps and so many milliseconds; where a step is so long, one is enough. */
const WARM_UP_STEPS = 2;
const WARM_UP_MS = 300;
const LONG_MS = 1000;

/** Random numbers in [0, 1), the same in every run (mulberry32). */
export function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** So many numbers uniform in [0, 1). */
export function uniform(seed, count) {
  const next = random(seed);
  return Float32Array.from({ length: count }, next);
}

/** PyTorch's initialisation of a layer with so many inputs: uniform within 1 / sqrt(inputs). */
export function initial(seed, count, inputs) {
  const bound = 1 / Math.sqrt(inputs);
  return uniform(seed, count).map((value) => (2 * value - 1) * bound);
}

/** Batches of images that are noise around a pattern of each class, and their labels one-hot. */
export function batches({ image, batch }, channelsLast = false) {
  const size = image.reduce((a, b) => a * b, 1);
  const next = random(5);
  // A pattern is the same for so many pixels in a row.
  const run = 32;
  const runs = Math.ceil(size / run);
  const patterns = Float32Array.from({ length: 10 * runs }, next);
  const [channels, height, width] = image.length === 3 ? image : [1, 1, size];
  return Array.from({ length: BATCHES }, () => {
    const x = new Float32Array(batch * size);
    const y = new Float32Array(batch * 10);
    for (let i = 0; i < batch; i++) {
      const label = Math.floor(next() * 10);
      y[10 * i + label] = 1;
      for (let j = 0; j < size; j++) {
        const value = 0.35 * patterns[label * runs + Math.floor(j / run)] + 0.65 * next();
        const [c, rest] = [Math.floor(j / (height * width)), j % (height * width)];
        const place = channelsLast ? rest * channels + c : j;
        x[i * size + place] = (value - 0.5) / 0.213;
      }
    }
    return { x, y };
  });
}

/**
 * Puts `runPeer` on the window. `make(name)` makes a workload ready: `{ reset, step, loss, dispose }`, where `step(i)` submits one step and
 * `loss()` waits for all that were submitted and gives the last one's.
 */
export function offer(device, make) {
  window.runPeer = async (name, steps) => {
    const workload = await make(name);
    try {
      const warm = performance.now();
      const since = () => performance.now() - warm;
      for (let i = 0; i === 0 || (since() < LONG_MS && (i < WARM_UP_STEPS || since() < WARM_UP_MS)); i++) {
        workload.step(i);
        await workload.loss();
      }
      await workload.reset?.();
      const began = performance.now();
      for (let i = 0; i < steps; i++) {
        workload.step(i);
        // A page that never yields cannot be used; a message is the cheapest way to.
        if (i % 8 === 7) await breath();
      }
      const loss = await workload.loss();
      return { ms_per_step: (performance.now() - began) / steps, loss };
    } finally {
      workload.dispose?.();
    }
  };
  window.peerReady = device;
}

function breath() {
  return new Promise((resolve) => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => resolve(channel.port1.close());
    channel.port2.postMessage(0);
  });
}
