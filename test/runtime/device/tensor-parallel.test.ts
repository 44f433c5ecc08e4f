/** Several GPUs that share a model: emulated ones, and real ones where there are enough. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Device, poolings } from "../../../runtime/device/contract.ts";
import { createCudaDevice, cudaDevices, cudaRefusal } from "../../../runtime/device/cuda.ts";
import { ncclLibraries, tensorParallelRefusal } from "../../../runtime/device/tensor-parallel.ts";
import { modelConfig } from "../../../runtime/models/model-config.ts";
import { cudaUnderTest } from "../../support/runtime/cuda-devices.ts";
import { buildEmulatedNccl } from "../../support/runtime/emulated-nccl.ts";
import { expectGolden } from "../../support/runtime/golden-steps.ts";
import { distance, goldens, toleranceOf } from "../../support/runtime/goldens.ts";
import { madeUpModel } from "../../support/runtime/made-up-weights.ts";
import { quantisedModel } from "../../support/runtime/quantised-models.ts";
import { gemmaShape, llamaShape, mixtureShape, qwenShape, wideShape } from "../../support/runtime/shapes.ts";
import {
  type Answer,
  blocksFrom,
  byToken,
  type Choice,
  joining,
  Steps,
  smallLimits,
  tokensOf,
} from "../../support/runtime/steps.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

const emulatedNccl = await buildEmulatedNccl();
const emulated = cudaUnderTest[0]?.addon ?? "";
const places = cudaUnderTest.map(({ where, addon }) => ({
  where,
  addon,
  gpus: cudaDevices(addon).names.length,
  ...(addon === emulated && { ncclLibraries: [emulatedNccl] }),
}));
type Place = Omit<(typeof places)[number], "where" | "gpus">;

function sharedBy(directory: string, tensorParallel: number, place: Place, limits = smallLimits): Device {
  const { addon, ncclLibraries: libraries } = place;
  const found = libraries ? { ncclLibraries: libraries } : {};
  return createCudaDevice({ addon, directory, limits, blocks: 80, threads: 2, tensorParallel, ...found });
}

/** Its vocabulary is no whole tiles. */
const oddShape = { ...wideShape, vocab_size: 107 };
const rows = [
  { shape: "llama", config: llamaShape, ranks: 2 },
  { shape: "qwen", config: qwenShape, ranks: 4 },
  { shape: "wide", config: oddShape, ranks: 4 },
  { shape: "gemma", config: gemmaShape, ranks: 2 },
  { shape: "mixture", config: mixtureShape, ranks: 2 },
].flatMap((row) => places.filter(({ gpus }) => gpus >= row.ranks).map((place) => ({ ...row, ...place })));
const choice: Choice = { logprobs: 20 };

/** One of each kind: more ranks say little more of the others. */
const goldensOfFour = ["llama3-scaled", "gemma2", "qwen3", "qwen3-moe-mixed"];

test.each(
  goldens.flatMap((golden) => {
    const config = modelConfig("config.json", golden.config);
    if (cudaRefusal(config) !== undefined) return [];
    return places.flatMap(({ gpus, ...place }) =>
      [2, ...(goldensOfFour.includes(golden.name) ? [4] : [])]
        .filter((ranks) => tensorParallelRefusal(config, ranks, () => gpus) === undefined)
        .map((ranks) => ({ name: golden.name, golden, ranks, ...place })),
    );
  }),
)(
  "$name, $ranks GPUs $where: log probabilities and at least 200 tokens as transformers computed them",
  ({ golden, ranks, ...place }) => {
    const device = sharedBy(madeUpModel(golden.config).directory, ranks, place);
    expectGolden(device, golden, { tolerance: toleranceOf("bf16", golden.config) });
    device.close();
    expect(() => new Steps(device).run([])).toThrow("the device is closed");
  },
);

test.each(rows)(
  "$shape, $ranks GPUs $where: a prompt cut anywhere, alone and among others",
  ({ config, ranks, ...place }) => {
    const device = sharedBy(madeUpModel(config).directory, ranks, place);
    const tokens = tokensOf(1, 140);
    const last = (cuts: readonly number[]): Answer | undefined => {
      const steps = new Steps(device);
      let answer: Answer | undefined;
      for (const [index, end] of cuts.entries()) {
        const slice = { tokens, start: cuts[index - 1] ?? 0, end, blocks: blocksFrom(0, 140), choice };
        [answer] = steps.run([slice]);
      }
      return answer;
    };
    const whole = last([140]);
    expect(last([127, 140])).toEqual(whole);
    expect(last([17, 33, 139, 140])).toEqual(whole);
    const sequences = [1, 5, 40].map((promptTokens, index) => ({
      tokens: tokensOf(10 + index, promptTokens + 3),
      promptTokens,
    }));
    const alone = sequences.map((sequence) => joining(device, [sequence], choice)[0]);
    expect(joining(device, sequences, choice)).toEqual(alone);
    device.close();
  },
);

test.each(places.filter(({ gpus }) => gpus >= 2))(
  "$where: what is drawn, drafts and hidden states, as on one GPU",
  (place) => {
    const limits = { ...smallLimits, sequences: 2, draftTokens: 3 };
    const { directory } = madeUpModel(llamaShape);
    const tokens = tokensOf(7, 30);
    const drawn = { logprobs: 20, temperature: 1.5, topK: 40, seed: 5n, allowed: tokensOf(3, 60) };
    const [one, two] = [1, 2].map((ranks) => {
      const device = sharedBy(directory, ranks, place, limits);
      const steps = new Steps(device);
      const slice = { start: 0, drafts: 3, choice: drawn };
      const found = steps.rows([
        { ...slice, tokens, end: 30, blocks: blocksFrom(8, 30) },
        { ...slice, tokens, end: 20, blocks: blocksFrom(20, 20) },
      ]);
      steps.batch.pooling[0] = poolings.sum;
      steps.run([{ tokens, start: 0, end: 24, blocks: [4, 1], isSampled: false }]);
      device.close();
      return { sampled: found.flat().map(({ sampled }) => sampled), pooled: steps.batch.pooled.slice(0, 96) };
    });
    expect(two?.sampled).toEqual(one?.sampled);
    for (const [index, value] of (two?.pooled ?? []).entries()) {
      expect(Math.abs(value - (one?.pooled[index] ?? Number.NaN)) / 24).toBeLessThan(0.06);
    }
  },
);

test.each([{ bits: 8 as const }, { bits: 4 as const, group: 32 }])(
  "weights of $bits bits on two GPUs, near those on one",
  async (how) => {
    const config = { ...llamaShape, head_dim: 16, num_attention_heads: 4, intermediate_size: 192 };
    const directory = await quantisedModel(config, { ...how, isPacked: true });
    const tokens = tokensOf(4, 20);
    const [one = [], two = []] = [1, 2].map((ranks) => {
      const device = sharedBy(directory, ranks, { addon: emulated, ncclLibraries: [emulatedNccl] });
      const asked = { logprobs: 128 };
      const [answer] = new Steps(device).run([{ tokens, start: 0, end: 20, blocks: [0, 1], choice: asked }]);
      device.close();
      return answer ? byToken(answer) : [];
    });
    expect(distance(two, one)).toBeLessThan(0.03);
  },
);

test("what several GPUs are, and the bytes of one", () => {
  const device = sharedBy(madeUpModel(oddShape).directory, 4, {
    addon: emulated,
    ncclLibraries: [emulatedNccl],
  });
  // Of 20 heads 5, the only head of keys, 600 of 2400 inner values (608 in whole tiles), 27 of 107 tokens.
  const layerBytes = 2 * (64 * 128 + 96 * 64 + 64 * 608 * 2 + 608 * 64);
  expect(device.facts).toEqual({
    name: "cuda:0-3 emulated",
    vocabularySize: 107,
    hiddenSize: 64,
    blockTokens: 16,
    blocks: 80,
    kvCacheBytes: 80 * 2 * 16 * 16 * 2,
    weightBytes: layerBytes + 2 * 32 * 64 * 2,
    workspaceBytes: expect.any(Number),
  });
  const steps = new Steps(device);
  const good = { tokens: [1], start: 0, end: 1, blocks: [0] };
  expect(() => steps.run([{ ...good, tokens: [107] }])).toThrow("id of token 0 is out of bounds");
  expect(steps.run([good])[0]?.status).toBe(0);
  device.close();
});

test("without a size each GPU's KV cache has as many blocks as the fullest has room for", () => {
  const { directory } = madeUpModel(llamaShape);
  const given = { addon: emulated, directory, limits: smallLimits, ncclLibraries: [emulatedNccl] };
  const device = createCudaDevice({ ...given, memoryShare: 0.02, threads: 2, tensorParallel: 2 });
  const { blocks, kvCacheBytes } = device.facts;
  expect(kvCacheBytes).toBe(blocks * 2 * 1 * 16 * 2 * 16 * 2);
  expect(blocks).toBeGreaterThanOrEqual(20);
  const last = { tokens: [1], start: 0, end: 1, blocks: [blocks - 1] };
  const steps = new Steps(device);
  expect(steps.run([last])[0]?.status).toBe(0);
  expect(() => steps.run([{ ...last, blocks: [blocks] }])).toThrow(RangeError);
  device.close();
});

test("a GPU that fails ends the step of all, and every step after it", async () => {
  // Six to warm up, one of a whole step and a graph of six come before; each step has six.
  const place = { addon: emulated, ncclLibraries: [await buildEmulatedNccl({ failsAt: 60 })] };
  const limits = { ...smallLimits, sequences: 1, sequenceTokens: 128 };
  const device = sharedBy(madeUpModel(llamaShape).directory, 2, place, limits);
  const steps = new Steps(device);
  const prompt = { tokens: tokensOf(2, 20), start: 0, end: 20, blocks: [0, 1] };
  const run = () => Array.from({ length: 20 }, () => steps.run([prompt]));
  expect(run).toThrow("NCCL: values cannot be gathered: unhandled cuda error");
  expect(run).toThrow("CUDA: the device was lost in an earlier step");
  device.close();
});

test("a GPU that hangs is waited for so long, and no longer", async () => {
  const place = { addon: emulated, ncclLibraries: [await buildEmulatedNccl({ hangsAt: 60 })] };
  const limits = { ...smallLimits, sequences: 1, sequenceTokens: 128 };
  const { directory } = madeUpModel(llamaShape);
  const common = { directory, limits, blocks: 80, threads: 2, tensorParallel: 2, stepSeconds: 2 };
  const device = createCudaDevice({ ...common, ...place });
  const steps = new Steps(device);
  const prompt = { tokens: tokensOf(2, 20), start: 0, end: 20, blocks: [0, 1] };
  const run = () => Array.from({ length: 20 }, () => steps.run([prompt]));
  expect(run).toThrow("GPUs did not answer within 2 s");
  expect(run).toThrow("CUDA: the device was lost in an earlier step");
  device.close();
});

test.each([
  {
    case: "heads",
    config: llamaShape,
    ranks: 4,
    want: "4 does not cut attention heads (6) evenly; allowed for this model here: 1, 2",
  },
  {
    case: "heads of keys and values",
    config: { ...llamaShape, head_dim: 16, num_attention_heads: 12, num_key_value_heads: 3 },
    ranks: 2,
    want: "2 does not cut heads of keys and values (3) evenly; allowed for this model here: 1, 3",
  },
  {
    case: "the feed-forward size",
    config: { ...qwenShape, intermediate_size: 98 },
    ranks: 4,
    want: "4 does not cut the feed-forward size (98) evenly; allowed for this model here: 1, 2",
  },
  {
    case: "GPUs",
    config: { ...qwenShape, num_attention_heads: 8 },
    ranks: 8,
    want: "8 GPUs are asked for, and there are 4; allowed for this model here: 1, 2, 4",
  },
])("refused with what is allowed: $case", ({ config, ranks, want }) => {
  const { directory } = madeUpModel(config);
  const place = { addon: emulated, ncclLibraries: [emulatedNccl] };
  expect(() => sharedBy(directory, ranks, place)).toThrow(`engine.tensorParallel: ${want}`);
});

test("adapters stay on one GPU", () => {
  const { directory } = madeUpModel(llamaShape);
  const adapters = [{ name: "of-law", directory }];
  const given = { addon: emulated, directory, limits: smallLimits, blocks: 80, tensorParallel: 2, adapters };
  expect(() => createCudaDevice(given)).toThrow(
    "engine.tensorParallel: adapters are computed on one GPU alone; allowed with them: 1",
  );
});

test("without NCCL one GPU is all", () => {
  const { directory } = madeUpModel(llamaShape);
  const place = { addon: emulated, ncclLibraries: [join(temporaryDirectory(), "libnccl.so.2")] };
  const load = () => sharedBy(directory, 2, place);
  expect(load).toThrow(
    /^engine\.tensorParallel: several GPUs need NCCL, which is not on this machine \(.*: cannot open .*\): /,
  );
  expect(load).toThrow(/: `npm run runtime -- doctor --install-cuda` fetches NVIDIA's, or set it to 1$/);
  sharedBy(directory, 1, place).close();
});

test("NCCL is the system's, or what was installed beside the toolchain", () => {
  const cache = temporaryDirectory();
  expect(ncclLibraries(cache)).toEqual(["libnccl.so.2"]);
  const directory = join(cache, "cuda", "nvidia", "nccl", "lib");
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, "libnccl.so.2"), "");
  expect(ncclLibraries(cache)).toEqual(["libnccl.so.2", join(directory, "libnccl.so.2")]);
});
