// The workloads in jax-js: one jitted function is a whole training step, optimizer included.
// Ownership is as its README says: a function consumes its arguments, `.ref` keeps them.

import { blockUntilReady, defaultDevice, init, jit, lax, nn, numpy as np, tree, valueAndGrad } from "@jax-js/jax";
import { BATCHES, WORKLOADS, batches, initial, offer, uniform } from "./common.mjs";

const array = (values, shape) => np.array(values).reshape(shape);

/** Parameters as a list of arrays, each declared with its shape and how many inputs an output of its layer has. */
class Parameters {
  list = [];
  weight(shape) {
    const inputs = shape.slice(1).reduce((a, b) => a * b, 1);
    return this.add(shape, (count) => initial(this.list.length + 1, count, inputs));
  }
  linear(inputs, outputs) {
    this.weight([outputs, inputs]);
    this.add([outputs], (count) => initial(this.list.length + 1, count, inputs));
  }
  conv(shape, bias) {
    this.weight(shape);
    const inputs = shape.slice(1).reduce((a, b) => a * b, 1);
    if (bias) this.add([1, shape[0], 1, 1], (count) => initial(this.list.length + 1, count, inputs));
  }
  norm(channels) {
    this.add([1, channels, 1, 1], (count) => new Float32Array(count).fill(1));
    this.add([1, channels, 1, 1], (count) => new Float32Array(count));
  }
  add(shape, fill) {
    this.list.push({ shape, values: fill(shape.reduce((a, b) => a * b, 1)) });
  }
  arrays() {
    return this.list.map(({ shape, values }) => array(values, shape));
  }
}

/** Takes parameters from the list in the order in which they were declared. */
class Reader {
  at = 0;
  constructor(list) {
    this.list = list;
  }
  take() {
    return this.list[this.at++];
  }
  linear(x) {
    const [w, b] = [this.take(), this.take()];
    return np.matmul(x, w.transpose()).add(b);
  }
  conv(x, stride, padding, bias) {
    const pads = [[padding, padding], [padding, padding]];
    const y = lax.conv(x, this.take(), [stride, stride], pads);
    return bias ? y.add(this.take()) : y;
  }
  norm(x) {
    const axes = [0, 2, 3];
    const [weight, bias] = [this.take(), this.take()];
    const centred = x.sub(np.mean(x.ref, axes, { keepdims: true }));
    const variance = np.mean(np.square(centred.ref), axes, { keepdims: true });
    return centred.div(np.sqrt(variance.add(1e-5))).mul(weight).add(bias);
  }
}

const relu = (x) => nn.relu(x);

/** Windows of 2 x 2 that do not overlap. */
function maxPool(x) {
  const [n, c, h, w] = x.shape;
  return np.max(x.reshape([n, c, h / 2, 2, w / 2, 2]), [3, 5]);
}

const MODELS = {
  mlp: {
    declare(p) {
      p.linear(784, 256);
      p.linear(256, 10);
    },
    apply: (r, x) => r.linear(relu(r.linear(x))),
  },
  lenet: {
    declare(p) {
      p.conv([6, 1, 5, 5], true);
      p.conv([16, 6, 5, 5], true);
      p.linear(400, 120);
      p.linear(120, 84);
      p.linear(84, 10);
    },
    apply(r, x) {
      const first = maxPool(relu(r.conv(x, 1, 2, true)));
      const second = maxPool(relu(r.conv(first, 1, 0, true)));
      const flat = second.reshape([second.shape[0], 400]);
      return r.linear(relu(r.linear(relu(r.linear(flat)))));
    },
  },
  resnet: {
    declare(p) {
      const conv = (inputs, outputs, size) => {
        p.conv([outputs, inputs, size, size], false);
        p.norm(outputs);
      };
      conv(3, 16, 3);
      for (const [inputs, outputs] of [[16, 16], [16, 16], [16, 32]]) {
        conv(inputs, outputs, 3);
        conv(outputs, outputs, 3);
        if (inputs !== outputs) conv(inputs, outputs, 1);
      }
      p.linear(32, 10);
    },
    apply(r, x) {
      let h = relu(r.norm(r.conv(x, 1, 1)));
      for (const stride of [1, 1, 2]) {
        const body = relu(r.norm(r.conv(h.ref, stride, 1)));
        const sum = r.norm(r.conv(body, 1, 1));
        const shortcut = stride === 1 ? h : r.norm(r.conv(h, stride, 0));
        h = relu(sum.add(shortcut));
      }
      return r.linear(np.mean(h, [2, 3]));
    },
  },
};

function lossOf(model) {
  return (parameters, x, y) => {
    const logits = model.apply(new Reader(parameters), x);
    return nn.logSoftmax(logits, -1).mul(y).sum(-1).mean().neg();
  };
}

/** Adds the gradients; gives the new parameters and the new state, both lists. */
const RULES = {
  momentum: {
    state: (parameters) => [parameters.map((p) => np.zeros(p.shape))],
    apply(parameters, gradients, [velocities], rate) {
      const next = velocities.map((v, i) => v.mul(0.9).add(gradients[i]));
      return [parameters.map((p, i) => p.sub(next[i].ref.mul(rate))), [next]];
    },
  },
  adam: {
    state: (parameters) => [parameters.map((p) => np.zeros(p.shape)), parameters.map((p) => np.zeros(p.shape)), [np.ones([]), np.ones([])]],
    apply(parameters, gradients, [m, v, [power1, power2]], rate) {
      const [next1, next2] = [power1.mul(0.9), power2.mul(0.999)];
      const means = m.map((value, i) => value.mul(0.9).add(gradients[i].ref.mul(0.1)));
      const squares = v.map((value, i) => value.mul(0.999).add(np.square(gradients[i]).mul(0.001)));
      const moved = parameters.map((p, i) => {
        const mean = means[i].ref.div(np.subtract(1, next1.ref));
        const root = np.sqrt(squares[i].ref.div(np.subtract(1, next2.ref)));
        return p.sub(mean.mul(rate).div(root.add(1e-8)));
      });
      return [moved, [means, squares, [next1, next2]]];
    },
  },
};

async function training(name) {
  const [model, { rate, image, batch }] = [MODELS[name], WORKLOADS[name]];
  const rule = name === "lenet" ? RULES.adam : RULES.momentum;
  const declared = new Parameters();
  model.declare(declared);
  const data = batches(WORKLOADS[name]).map(({ x, y }) => ({ x: array(x, [batch, ...image]), y: array(y, [batch, 10]) }));
  const both = valueAndGrad(lossOf(model));
  const update = jit((parameters, state, x, y) => {
    const [loss, gradients] = both(tree.ref(parameters), x, y);
    const [moved, next] = rule.apply(parameters, gradients, state, rate);
    return [moved, next, loss];
  });
  let parameters, state, loss;
  const reset = async () => {
    tree.dispose([parameters ?? [], state ?? []]);
    parameters = declared.arrays();
    state = rule.state(parameters);
    await blockUntilReady([parameters, state]);
  };
  await reset();
  return {
    reset,
    step(i) {
      loss?.dispose();
      const { x, y } = data[i % BATCHES];
      [parameters, state, loss] = update(parameters, state, x.ref, y.ref);
    },
    async loss() {
      const value = (await loss.ref.data())[0];
      await blockUntilReady([parameters, state]);
      return value;
    },
    dispose() {
      loss?.dispose();
      tree.dispose([parameters, state, data]);
      update.dispose?.();
    },
  };
}

async function product(size) {
  const [a, b] = [array(uniform(1, size * size), [size, size]), array(uniform(2, size * size), [size, size])];
  const multiply = jit((x, y) => np.matmul(x, y));
  const mean = jit((c) => c.slice(0).mean());
  let c;
  const running = [];
  return {
    step() {
      c?.dispose();
      c = multiply(a.ref, b.ref);
      // Arrays are lazy: one that is let go of before anybody waits for it is never computed.
      running.push(c.ref.blockUntilReady().then((product) => product.dispose()));
    },
    async loss() {
      await Promise.all(running.splice(0));
      const value = mean(c.ref);
      const [number] = await value.data();
      return number;
    },
    dispose() {
      c?.dispose();
      a.dispose();
      b.dispose();
    },
  };
}

const backend = new URLSearchParams(location.search).get("backend");
const available = await init(backend);
if (!available.includes(backend)) throw new Error(`jax-js has no ${backend} here, only ${available.join(", ")}`);
defaultDevice(backend);
offer(`jax-js ${backend}`, async (name) => (name === "matmul512" ? product(512) : training(name)));
