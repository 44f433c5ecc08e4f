import { expect, test } from "vitest";
import { alike, attention, gated } from "../../../../components/catalogue/model-layers.ts";
import { modelFacts } from "../../../../components/catalogue/models.ts";
import { countParameters } from "../../../../components/planning/models/parameters.ts";
import { type Training, trainingMemory } from "../../../../components/planning/models/training-memory.ts";

const model = modelFacts("meta-llama/Llama-3.1-8B-Instruct");
const plan: Training = {
  model,
  training: { method: "full" },
  zeroStage: 0,
  dataParallel: 64,
  sequences: 1,
  tokens: 2048,
};
const gib = 2 ** 30;

// ZeRO, arXiv 1910.02054, figure 1: 7.5 billion parameters on 64 take 120, 31.4, 16.6 and 1.9 GB.
test.each([
  { zeroStage: 0, gb: 120 },
  { zeroStage: 1, gb: 31.4 },
  { zeroStage: 2, gb: 16.6 },
  { zeroStage: 3, gb: 1.9 },
] as const)("ZeRO stage $zeroStage: $gb GB for 7.5 billion parameters on 64", ({ zeroStage, gb }) => {
  const { weightBytes, gradientBytes, optimizerBytes } = trainingMemory({ ...plan, zeroStage });
  const each = (weightBytes + gradientBytes + optimizerBytes) / countParameters(model).total;
  expect((each * 7.5).toFixed(1)).toBe(gb.toFixed(1));
});

test("parts add up, and tensor parallelism cuts all of them", () => {
  const whole = trainingMemory(plan);
  const { weightBytes, gradientBytes, optimizerBytes, activationBytes, totalBytes } = whole;
  expect(totalBytes).toBe(weightBytes + gradientBytes + optimizerBytes + activationBytes);
  expect(trainingMemory({ ...plan, tensorParallel: 4 }).totalBytes).toBe(totalBytes / 4);
  expect(whole.trainedParameters).toBe(8_030_261_248);
});

/** PEFT prints 41943040 for rank 16 on all linear layers of Llama 3.1 8B. */
const adapters = 41_943_040;

test("adapters: weights stay in 16 bits, and only what is added has gradients and states", () => {
  const lora = trainingMemory({ ...plan, training: { method: "lora", rank: 16 } });
  expect(lora.trainedParameters).toBe(adapters);
  expect(lora.weightBytes).toBe(2 * (8_030_261_248 + adapters));
  expect(lora.gradientBytes).toBe(2 * adapters);
  expect(lora.optimizerBytes).toBe(12 * adapters);
});

test("adapters on attention alone are fewer", () => {
  const some = trainingMemory({ ...plan, training: { method: "lora", rank: 16, roles: ["mixer"] } });
  expect(some.trainedParameters).toBe(32 * 16 * (2 * 8192 + 2 * 5120));
});

// QLoRA, arXiv 2305.14314: 65 billion from over 780 GB to under 48 GB, on one card that holds 48 GiB.
test("adapters on four bits: 65 billion under 48 GB", () => {
  const large = {
    ...model,
    hiddenSize: 8192,
    vocabularySize: 32_000,
    layers: alike(80, attention(64, 64, 128), gated(22_016)),
  };
  const asked = { ...plan, model: large, dataParallel: 1, tokens: 512, recompute: "full" } as const;
  const { totalBytes } = trainingMemory({ ...asked, training: { method: "qlora", rank: 64 } });
  expect(countParameters(large).total / 1e9).toBeCloseTo(65.3, 1);
  expect(totalBytes / gib).toBeLessThan(48);
  expect(totalBytes / gib).toBeGreaterThan(33);
  expect(trainingMemory(asked).totalBytes / 1e9).toBeGreaterThan(780);
});
