import { totalmem } from "node:os";
import { expect, test } from "vitest";
import { createNativeDevice } from "../../../runtime/device/native.ts";
import {
  processorAvailableBytes,
  processorMemory,
  processorRoom,
} from "../../../runtime/device/processor-memory.ts";
import { adaptedConfig, adapters } from "../../support/runtime/adapter-goldens.ts";
import { madeUpModel } from "../../support/runtime/made-up-weights.ts";
import { quantisedModel } from "../../support/runtime/quantised-models.ts";
import { gemmaShape, llamaShape, mixtureShape } from "../../support/runtime/shapes.ts";
import { addon, smallLimits } from "../../support/runtime/steps.ts";

/** Weights fill whole units of 32 rows and columns: nothing is padded. */
const llama = { ...llamaShape, intermediate_size: 160, head_dim: 32 };
const models = {
  "a Llama": () => madeUpModel(llama).directory,
  "a Llama whose head is its embedding": () => madeUpModel({ ...llama, tie_word_embeddings: true }).directory,
  "a Llama of int8": () => quantisedModel(llama, { bits: 8, isPacked: true }),
  "a Llama of int4": () => quantisedModel(llama, { bits: 4, isPacked: true, group: 32 }),
  "a Gemma with norms on both sides": () =>
    madeUpModel({ ...gemmaShape, hidden_size: 96, intermediate_size: 128, head_dim: 64, vocab_size: 128 })
      .directory,
  "a mixture": () =>
    madeUpModel({ ...mixtureShape, moe_intermediate_size: 64, num_experts: 32, vocab_size: 128 }).directory,
};

test.each(Object.entries(models))("%s: what is loaded takes what was said before", (_, made) => {
  const directory = made();
  const kvCacheBytes = 2 ** 20;
  const device = createNativeDevice({
    addon,
    directory,
    limits: smallLimits,
    kvCacheBytes,
    path: "portable",
  });
  device.close();
  const memory = processorMemory(directory, smallLimits, kvCacheBytes);
  expect(memory.kvCacheBytes).toBe(device.facts.kvCacheBytes);
  expect(Math.abs(memory.weightBytes / device.facts.weightBytes - 1)).toBeLessThan(0.02);
  expect(device.facts.workspaceBytes).toBeLessThanOrEqual(memory.workspaceBytes);
  expect(device.facts.workspaceBytes).toBeGreaterThan(0.5 * memory.workspaceBytes);
});

test("adapters take what was said before, to the byte", () => {
  const { directory } = madeUpModel(adaptedConfig);
  const heldWith = (some: typeof adapters) => {
    const place = { addon, directory, limits: smallLimits, blocks: 64, path: "portable" } as const;
    const device = createNativeDevice({ ...place, adapters: some });
    device.close();
    return device.facts.weightBytes;
  };
  const plannedWith = (some: typeof adapters) =>
    processorMemory(directory, smallLimits, 2 ** 20, { adapters: some });
  expect(adapters.length).toBeGreaterThan(1);
  for (const some of [...adapters.map((one) => [one]), adapters]) {
    const planned = plannedWith(some).weightBytes - plannedWith([]).weightBytes;
    expect(planned).toBeGreaterThan(0);
    expect(planned).toBe(heldWith(some) - heldWith([]));
    expect(plannedWith(some).workspaceBytes).toBeGreaterThan(plannedWith([]).workspaceBytes);
  }
  expect(() => processorMemory(directory, smallLimits, 2 ** 20, { adapters, adapterRank: 1 })).toThrow(
    "which engine.adapterRank allows",
  );
});

test("what is there is no more than the system has, and more than this process has already", () => {
  const available = processorAvailableBytes();
  expect(available).toBeLessThanOrEqual(totalmem());
  expect(available).toBeGreaterThan(process.memoryUsage.rss() / 2);
});

const config = { layers: 2, kvHeads: 2, headDim: 16, contextTokens: 64 };
/** Keys and values of 16 tokens in both layers. */
const blockBytes = 2 * 2 * 16 * 16 * 2 * 2;
const memory = { weightBytes: 1000, kvCacheBytes: 10 * blockBytes, workspaceBytes: 200, processBytes: 30 };

test.each([
  { case: "all", left: 10 * blockBytes, isEnough: true, longest: 64, full: 2 },
  { case: "a byte less", left: 10 * blockBytes - 1, isEnough: false, longest: 64, full: 2 },
  { case: "three blocks", left: 3 * blockBytes, isEnough: false, longest: 48, full: 0 },
  { case: "no block", left: 5, isEnough: false, longest: 0, full: 0 },
  { case: "not even the weights", left: -500, isEnough: false, longest: 0, full: 0 },
])("beside the model there is room for $case", ({ left, isEnough, longest, full }) => {
  const availableBytes = 1230 + left;
  expect(processorRoom(memory, config, availableBytes)).toEqual({
    neededBytes: 1230 + 10 * blockBytes,
    availableBytes,
    isEnough,
    longestSequenceTokens: longest,
    fullSequences: full,
  });
});
