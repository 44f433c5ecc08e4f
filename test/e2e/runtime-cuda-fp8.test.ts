/** Floats of 8 bits on the CUDA device: weights, and the KV cache. */
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { cacheBytesPerToken } from "../../components/planning/models/cache.ts";
import { readModelConfig } from "../../components/planning/models/model-config.ts";
import { createCudaDevice } from "../../runtime/device/cuda.ts";
import { cudaOf, cudaUnderTest } from "../support/runtime/cuda-devices.ts";
import { distance } from "../support/runtime/goldens.ts";
import { madeUpModel } from "../support/runtime/made-up-weights.ts";
import { expandedModel } from "../support/runtime/quantised-models.ts";
import { referenceLogprobs } from "../support/runtime/reference.ts";
import { llamaShape, qwenShape } from "../support/runtime/shapes.ts";
import { blocksFrom, byToken, Steps, smallLimits } from "../support/runtime/steps.ts";

/** A value near the middle of two may be rounded to either: sums differ by what bfloat16 rounds. */
const tolerance = 0.15;

/** E4M3 by its code: of the largest exponent only the last one is no number. */
const codes = Array.from({ length: 127 }, (_, code) => {
  const [exponent, mantissa] = [code >> 3, code & 7];
  return exponent === 0 ? mantissa * 2 ** -9 : (8 + mantissa) * 2 ** (exponent - 10);
});

/** The nearest, of two the one with an even code; beyond the largest that one. */
function toFloat8(value: number): number {
  const size = Math.abs(value);
  const below = codes.findLastIndex((code) => code <= size);
  const [low = 0, high = low] = codes.slice(below, below + 2);
  const isUp = size - low > high - size || (size - low === high - size && below % 2 === 1);
  return Math.sign(value) * (isUp ? high : low);
}

const oracle = new URL("../support/runtime/oracle/", import.meta.url);

test.each(
  cudaUnderTest.flatMap((cuda) => ["fp8-by-others", "fp8-of-one-scale"].map((name) => ({ ...cuda, name }))),
)("$name $where: what the same weights in bfloat16 give, bit for bit", ({ name, addon }) => {
  const directory = fileURLToPath(new URL(name, oracle));
  const tokens = Array.from({ length: 30 }, (_, index) => (index * 7) % 40);
  const answers = [directory, expandedModel(directory)].map((from) => {
    const device = cudaOf(from, addon);
    const slice = { tokens, start: 0, end: 30, blocks: blocksFrom(0, 30), choice: { logprobs: 40 } };
    const [answer] = new Steps(device).run([slice]);
    const { weightBytes } = device.facts;
    device.close();
    return { answer, weightBytes };
  });
  const [kept, expanded] = answers;
  expect(kept?.answer).toEqual(expanded?.answer);
  expect(kept?.answer?.status).toBe(0);
  // Queries, keys and values; output; gate and up; down: padded to whole units and groups of 32.
  const values = 64 * 32 + 32 * 32 + 128 * 32 + 32 * 64;
  const scales = 64 + 32 + 128 + 32;
  const embeddingAndHead = 2 * 64 * 32 * 2;
  expect(kept?.weightBytes).toBe(embeddingAndHead + values + 2 * scales);
  expect(expanded?.weightBytes).toBe(embeddingAndHead + 2 * values);
});

const shapes = { llama: llamaShape, qwen: qwenShape };
const rows = cudaUnderTest.flatMap((cuda) =>
  (["llama", "qwen"] as const).map((shape) => ({ ...cuda, shape })),
);

test.each(rows)("$shape $where: a cache of fp8 is what it was rounded to", ({ shape, addon }) => {
  const { directory, config, tensors } = madeUpModel(shapes[shape]);
  const tokens = Array.from({ length: 133 }, (_, index) => (index * 37) % 100);
  const wanted = referenceLogprobs(config, tensors, tokens, toFloat8);
  const device = createCudaDevice({
    ...{ addon, directory, limits: smallLimits, blocks: 80, threads: 2 },
    kvCacheType: "fp8",
  });
  const blocks = blocksFrom(0, 133).map((block) => (block * 7 + 40) % 80);
  const choice = { logprobs: config.vocabularySize };
  const steps = new Steps(device);
  const slice = { tokens, blocks, choice };
  // In one go, then token by token behind a part of it: the cache is read by both kernels.
  const [whole] = steps.run([{ ...slice, start: 0, end: 133 }]);
  steps.run([{ ...slice, start: 0, end: 129 }]);
  for (const end of [130, 131, 132]) steps.run([{ ...slice, start: end - 1, end }]);
  expect(steps.run([{ ...slice, start: 132, end: 133 }])[0]).toEqual(whole);
  const far = distance(whole ? byToken(whole) : [], wanted[132] ?? []);
  expect(far).toBeLessThan(tolerance);
  const block = 2 * config.layers * config.kvHeads * config.headDim * 16;
  expect(device.facts.kvCacheBytes).toBe(80 * block);
  device.close();
});

test.each(cudaUnderTest)("$where: a plan says of both caches what they take", ({ addon }) => {
  const raw = { ...llamaShape, model_type: "llama", torch_dtype: "bfloat16", rope_theta: 10_000 };
  const { directory } = madeUpModel(raw);
  const { model } = readModelConfig(raw, []);
  if (!model) throw new Error("planning does not know the architecture");
  for (const kvCacheType of ["bf16", "fp8"] as const) {
    const given = { addon, directory, limits: smallLimits, blocks: 80, threads: 2 };
    const device = createCudaDevice({ ...given, kvCacheType });
    const { kvCacheBytes, blocks, blockTokens } = device.facts;
    device.close();
    expect(kvCacheBytes / (blocks * blockTokens)).toBe(cacheBytesPerToken(model, { dtype: kvCacheType }));
  }
});
