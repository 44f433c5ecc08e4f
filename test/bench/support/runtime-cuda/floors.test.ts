import { expect, test } from "vitest";
import {
  decodeWork,
  floorOf,
  kernelWork,
  type ModelShape,
  prefillWork,
} from "../../../../bench/support/runtime-cuda/floors.ts";

const heads = { heads: 4, kvHeads: 2, headDim: 8 };

test.each([
  { kernel: "copy", shape: { inputs: 100 }, bytes: 800, flops: 0 },
  { kernel: "product", shape: { rows: 3, inputs: 10, outputs: 20 }, bytes: 400 + 60 + 240, flops: 1200 },
  { kernel: "product-add", shape: { rows: 3, inputs: 10, outputs: 20 }, bytes: 400 + 60 + 480, flops: 1200 },
  { kernel: "product-gate", shape: { rows: 3, inputs: 10, outputs: 20 }, bytes: 800 + 60 + 120, flops: 2400 },
  {
    kernel: "product-add-wgmma",
    shape: { rows: 3, inputs: 10, outputs: 20 },
    bytes: 400 + 60 + 480,
    flops: 1200,
  },
  {
    kernel: "product-int8",
    shape: { rows: 3, inputs: 200, outputs: 20 },
    bytes: 4000 + 40 + 1200 + 240,
    flops: 24_000,
  },
  {
    kernel: "product-int4",
    shape: { rows: 3, inputs: 200, outputs: 20 },
    bytes: 2000 + 80 + 1200 + 240,
    flops: 24_000,
  },
  { kernel: "norm", shape: { rows: 3, inputs: 10 }, bytes: 180 + 40, flops: 0 },
  { kernel: "embed", shape: { rows: 3, inputs: 10, vocabulary: 99 }, bytes: 180, flops: 0 },
  // 4 heads of queries, 2 of keys and 2 of values: floats in, halves out, and the turns of each position.
  { kernel: "place", shape: { ...heads, rows: 3 }, bytes: 3 * (64 * 6 + 32), flops: 0 },
  {
    kernel: "decode",
    shape: { ...heads, rows: 3, contextTokens: 10 },
    bytes: 3 * 10 * 64 + 3 * 128,
    flops: 4 * 30 * 32,
  },
  // The first of three tokens sees 8, the next 9, the last 10.
  {
    kernel: "prefill",
    shape: { ...heads, rows: 3, contextTokens: 10 },
    bytes: 10 * 64 + 3 * 128,
    flops: 4 * 27 * 32,
  },
  { kernel: "sample", shape: { rows: 3, vocabulary: 50 }, bytes: 600, flops: 0 },
] as const)("$kernel: what it reads and writes, and its products", ({ kernel, shape, bytes, flops }) => {
  expect(kernelWork(kernel, shape)).toEqual({ bytes, flops });
});

test("what takes longer is the floor", () => {
  const ceilings = { bytesPerSecond: 1e12, flopsPerSecond: 1e14 };
  expect(floorOf({ bytes: 1e9, flops: 1e9 }, ceilings)).toEqual({ milliseconds: 1, bound: "bytes" });
  expect(floorOf({ bytes: 1e9, flops: 1e12 }, ceilings)).toEqual({ milliseconds: 10, bound: "products" });
});

const small: ModelShape = {
  layers: 2,
  hidden: 32,
  intermediate: 100,
  ...{ heads: 4, kvHeads: 2, headDim: 8, vocabularySize: 50 },
};
// Queries and outputs 32 values, keys and values 16 each, three of 100: by 32 inputs and 2 layers.
const weights = 2 * 32 * (32 + 32 + 16 + 16 + 300);

test("a step of single tokens reads all weights once, and each sequence's keys and values", () => {
  expect(decodeWork(small, 3, 10)).toEqual({
    bytes: 2 * (weights + 1600) + 3 * 10 * 2 * 64,
    flops: 6 * (weights + 1600) + 4 * 2 * 30 * 32,
  });
});

test("a prompt has logits of its last token alone", () => {
  expect(prefillWork(small, 3)).toEqual({
    bytes: 2 * (weights + 1600),
    flops: 6 * weights + 3200 + 4 * 2 * 6 * 32,
  });
});

test("an 8B shape in bf16 reads 15 GB for a token", () => {
  const llama = { layers: 32, hidden: 4096, intermediate: 14336, heads: 32, kvHeads: 8, headDim: 128 };
  const { bytes } = decodeWork({ ...llama, vocabularySize: 128_256 }, 1, 0);
  expect(bytes).toBe(2 * 7_504_658_432);
});
