import { expect, test } from "vitest";
import { modelFacts } from "../../../../components/catalogue/models.ts";
import { engineReserve, settled } from "../../../../components/planning/models/engine-reserve.ts";
import { alone } from "../../../../components/planning/models/parallelism.ts";

const llama = modelFacts("meta-llama/Llama-3.1-8B-Instruct");
const gib = 2 ** 30;

// vllm-project/vllm#10517 and #10511 printed these peaks for Llama 3.1 8B.
test.each([
  { batchedTokens: 20_000, maxSequences: 1, printed: 2.07 },
  { batchedTokens: 29_000, maxSequences: 1, printed: 2.99 },
  { batchedTokens: 8192, maxSequences: 256, printed: 1.26 },
])("$batchedTokens tokens at once: $printed GiB of activations, within 5 %", (row) => {
  const { activationBytes } = engineReserve(llama, { engine: "vllm", ...row }, alone);
  expect(Math.abs(activationBytes / gib / row.printed - 1)).toBeLessThan(0.05);
});

test("ranks share activations of the feed-forward layer, and need room for their messages", () => {
  const one = engineReserve(llama, { engine: "vllm" }, alone);
  const two = engineReserve(llama, { engine: "vllm" }, { ...alone, tensor: 2 });
  expect(one.activationBytes - two.activationBytes).toBe((2048 * 3 * 14_336 * 2) / 2);
  expect(one.contextBytes).toBe(0.35 * gib);
  expect(two.contextBytes / gib).toBeCloseTo(0.95);
});

test("without graphs nothing is set aside for them", () => {
  expect(engineReserve(llama, { engine: "vllm" }, alone).graphBytes).toBe(0.5 * gib);
  expect(engineReserve(llama, { engine: "vllm", graphs: false }, alone).graphBytes).toBe(0);
});

test("what is left open is as the engine has it", () => {
  expect(settled({ engine: "vllm", memoryUtilization: undefined, batchedTokens: 512 })).toEqual({
    engine: "vllm",
    memoryUtilization: 0.9,
    batchedTokens: 512,
    maxSequences: 256,
    graphs: true,
  });
});
