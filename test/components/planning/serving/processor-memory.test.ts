/** What a server on the processor is given; the engine's own figures stand in test/e2e/runtime-planning. */
import { expect, test } from "vitest";
import { modelFacts } from "../../../../components/catalogue/models.ts";
import { quantization } from "../../../../components/catalogue/quantization.ts";
import { tinyModel } from "../../../../components/catalogue/tiny-model.ts";
import { processorMemory } from "../../../../components/planning/serving/processor-memory.ts";

const settings = { kvCacheMiB: 64, stepTokens: 512, sequences: 32, context: 512 };

test("the tiny model: weights as they are stored, arrays as the engine makes them", () => {
  const memory = processorMemory({ model: tinyModel, ...settings });
  expect(memory.weightBytes).toBe(2 * (512 * 128 + 3 * (128 * 128 * 3 + 3 * 128 * 256 + 2 * 128) + 128));
  expect(memory.cacheBytes).toBe(64 * 2 ** 20);
  const rows = 512 + 16;
  const inFull = rows * (2 * 128 + (4 + 2 * 2) * 32) * 4;
  const between = rows * (128 + 2 * 128 + 256) * 4;
  expect(memory.workspaceBytes).toBe(inFull + between + 32 * 512 * 4 + 2 * 512 * 32 * 4);
  expect(memory.processBytes).toBe(768 * 2 ** 20 + 512 * 4096);
  expect(memory.totalMiB).toBe(838);
});

test("another vocabulary, more sequences and more experts take more", () => {
  const of = (model: Parameters<typeof processorMemory>[0]["model"], change = {}) =>
    processorMemory({ model, ...settings, ...change });
  const llama = modelFacts("meta-llama/Llama-3.2-1B-Instruct");
  expect(of(llama).totalMiB).toBeGreaterThan(of(tinyModel).totalMiB + 2000);
  const more = of(llama, { sequences: 64 }).workspaceBytes - of(llama).workspaceBytes;
  expect(more).toBe(32 * llama.vocabularySize * 4);
  const mixture = modelFacts("Qwen/Qwen3-30B-A3B");
  const routed = of(mixture).workspaceBytes;
  expect(routed).toBeGreaterThan(512 * 8 * (2048 + 768) * 4);
});

test("integers stay integers, eight-bit floats become bfloat16", () => {
  const model = modelFacts("meta-llama/Llama-3.2-1B-Instruct");
  const weights = (format?: "int8" | "fp8") =>
    processorMemory({
      model: format ? { ...model, quantization: quantization(format) } : model,
      ...settings,
    }).weightBytes;
  expect(weights("fp8")).toBe(weights());
  expect(weights("int8")).toBeLessThan(0.7 * weights());
});
