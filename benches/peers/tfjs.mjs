// The workloads in TensorFlow.js. It has no jit: its kernels are called one by one. Images lie channels last, its own way.

import * as tf from "@tensorflow/tfjs";
import "@tensorflow/tfjs-backend-webgpu";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { BATCHES, WORKLOADS, batches, initial, offer, uniform } from "./common.mjs";

let seed = 0;
function variable(shape, inputs) {
  const count = shape.reduce((a, b) => a * b, 1);
  return tf.variable(tf.tensor(initial(++seed, count, inputs), shape));
}

function linear(inputs, outputs) {
  const [w, b] = [variable([inputs, outputs], inputs), variable([outputs], inputs)];
  return { parameters: [w, b], apply: (x) => tf.add(tf.matMul(x, w), b) };
}

function conv(inputs, outputs, size, stride, pad, bias) {
  const fan = inputs * size * size;
  const w = variable([size, size, inputs, outputs], fan);
  const b = bias ? variable([outputs], fan) : undefined;
  const apply = (x) => {
    const y = tf.conv2d(x, w, stride, pad);
    return b ? tf.add(y, b) : y;
  };
  return { parameters: b ? [w, b] : [w], apply };
}

/** By the statistics of the batch. */
function norm(channels) {
  const [weight, bias] = [tf.variable(tf.ones([channels])), tf.variable(tf.zeros([channels]))];
  const apply = (x) => {
    const { mean, variance } = tf.moments(x, [0, 1, 2]);
    return tf.batchNorm(x, mean, variance, bias, weight, 1e-5);
  };
  return { parameters: [weight, bias], apply };
}

const plain = (apply) => ({ parameters: [], apply });
const relu = plain((x) => tf.relu(x));
const maxPool = plain((x) => tf.maxPool(x, 2, 2, "valid"));
const chain = (...layers) => ({
  parameters: layers.flatMap((layer) => layer.parameters),
  apply: (x) => layers.reduce((value, layer) => layer.apply(value), x),
});

function residual(inputs, outputs, stride) {
  const body = chain(conv(inputs, outputs, 3, stride, 1), norm(outputs), relu, conv(outputs, outputs, 3, 1, 1), norm(outputs));
  const shortcut = stride === 1 ? plain((x) => x) : chain(conv(inputs, outputs, 1, stride, 0), norm(outputs));
  return {
    parameters: [...body.parameters, ...shortcut.parameters],
    apply: (x) => tf.relu(tf.add(body.apply(x), shortcut.apply(x))),
  };
}

const MODELS = {
  mlp: () => chain(linear(784, 256), relu, linear(256, 10)),
  lenet: () =>
    chain(
      conv(1, 6, 5, 1, 2, true), relu, maxPool,
      conv(6, 16, 5, 1, 0, true), relu, maxPool,
      plain((x) => tf.reshape(x, [x.shape[0], 400])),
      linear(400, 120), relu, linear(120, 84), relu, linear(84, 10),
    ),
  resnet: () =>
    chain(
      conv(3, 16, 3, 1, 1), norm(16), relu,
      residual(16, 16, 1), residual(16, 16, 1), residual(16, 32, 2),
      plain((x) => tf.mean(x, [1, 2])),
      linear(32, 10),
    ),
};

async function training(name) {
  const { image, batch, rate } = WORKLOADS[name];
  const [channels, height, width] = image;
  const shape = image.length === 3 ? [batch, height, width, channels] : [batch, ...image];
  const data = batches(WORKLOADS[name], true).map(({ x, y }) => ({ x: tf.tensor(x, shape), y: tf.tensor(y, [batch, 10]) }));
  seed = 0;
  const model = MODELS[name]();
  const start = model.parameters.map((parameter) => parameter.clone());
  const make = () => (name === "lenet" ? tf.train.adam(rate, 0.9, 0.999, 1e-8) : tf.train.momentum(rate, 0.9));
  let [optimizer, loss] = [make(), undefined];
  return {
    async reset() {
      model.parameters.forEach((parameter, i) => parameter.assign(start[i]));
      optimizer.dispose();
      optimizer = make();
      await model.parameters[0].data();
    },
    step(i) {
      loss?.dispose();
      const { x, y } = data[i % BATCHES];
      const cost = () => tf.losses.softmaxCrossEntropy(y, model.apply(x));
      loss = optimizer.minimize(cost, true, model.parameters);
    },
    async loss() {
      const [value] = await loss.data();
      // The update of the last parameter is the last thing that was submitted.
      await model.parameters.at(-1).data();
      return value;
    },
    dispose() {
      optimizer.dispose();
      tf.dispose([loss, start, model.parameters, data.map(({ x, y }) => [x, y])]);
    },
  };
}

async function product(size) {
  const [a, b] = [tf.tensor(uniform(1, size * size), [size, size]), tf.tensor(uniform(2, size * size), [size, size])];
  let c;
  return {
    step() {
      c?.dispose();
      c = tf.matMul(a, b);
    },
    async loss() {
      const mean = tf.tidy(() => tf.mean(tf.slice(c, [0, 0], [1, size])));
      const [value] = await mean.data();
      mean.dispose();
      return value;
    },
    dispose: () => tf.dispose([a, b, c]),
  };
}

const backend = new URLSearchParams(location.search).get("backend");
setWasmPaths("./");
if (!(await tf.setBackend(backend))) throw new Error(`TensorFlow.js cannot use its ${backend} backend here`);
await tf.ready();
if (tf.getBackend() !== backend) throw new Error(`TensorFlow.js fell back to ${tf.getBackend()}`);
offer(`tfjs ${backend}`, async (name) => (name === "matmul512" ? product(512) : training(name)));
