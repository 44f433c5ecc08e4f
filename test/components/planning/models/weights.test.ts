import { expect, test } from "vitest";
import { modelFacts } from "../../../../components/catalogue/models.ts";
import { quantization } from "../../../../components/catalogue/quantization.ts";
import { alone } from "../../../../components/planning/models/parallelism.ts";
import {
  chosenQuantization,
  rankWeightBytes,
  weightBytes,
} from "../../../../components/planning/models/weights.ts";
import { printedWeights, publishedSizes } from "../../../support/models/published-parameters.ts";

test.each(publishedSizes)("$model: $bytes bytes, as its checkpoint says, within 1 %", (row) => {
  const bytes = weightBytes(modelFacts(row.model), { prediction: row.prediction });
  expect(Math.abs(bytes / row.bytes - 1)).toBeLessThan(0.01);
});

test("but for DeepSeek-V3, every checkpoint is met to the byte", () => {
  const missed = publishedSizes.filter(({ model, bytes, prediction }) => {
    return weightBytes(modelFacts(model), { prediction }) !== bytes;
  });
  expect(missed.map(({ model }) => model)).toEqual(["deepseek-ai/DeepSeek-V3"]);
});

test.each(printedWeights)("$model on $tensor ranks: $gib GiB, as an engine printed, within 1 %", (row) => {
  const options = { quantization: row.quantization ?? "none" } as const;
  const bytes = rankWeightBytes(modelFacts(row.model), options, { ...alone, tensor: row.tensor }, 0);
  expect(Math.abs(bytes / 2 ** 30 / row.gib - 1)).toBeLessThan(0.01);
});

const small = modelFacts("meta-llama/Llama-3.2-1B-Instruct");
const large = modelFacts("meta-llama/Llama-3.1-8B-Instruct");

test("ranks of a stage hold the whole together, but for norms, which each has", () => {
  const norms = (2 * 32 + 1) * 4096 * 2;
  const bytes = rankWeightBytes(large, {}, { ...alone, tensor: 4 }, 0);
  expect(4 * bytes).toBe(weightBytes(large) + 3 * norms);
});

test("keys and values are held several times where ranks outnumber their heads", () => {
  const layer = 4096 * 1024 * 2 * 2;
  const [eight, sixteen] = [8, 16].map((tensor) => rankWeightBytes(large, {}, { ...alone, tensor }, 0));
  const norms = (2 * 32 + 1) * 4096 * 2;
  const rest = weightBytes(large) - norms - 32 * layer;
  expect(eight).toBe(norms + (rest + 32 * layer) / 8);
  expect(sixteen).toBe(norms + rest / 16 + (32 * layer) / 8);
});

test("stages divide the layers; tied embeddings are on the first and on the last", () => {
  const stages = [0, 1].map((stage) => rankWeightBytes(small, {}, { ...alone, pipeline: 2 }, stage));
  const embedding = 128_256 * 2048 * 2;
  expect((stages[0] ?? 0) + (stages[1] ?? 0)).toBe(weightBytes(small) + embedding);
});

test("experts are cut, or go whole to the ranks of all groups", () => {
  const model = modelFacts("Qwen/Qwen3-30B-A3B");
  const cut = rankWeightBytes(model, {}, { ...alone, tensor: 4, data: 2 }, 0);
  const whole = rankWeightBytes(model, {}, { tensor: 4, pipeline: 1, data: 2, expert: true }, 0);
  const experts = 48 * 128 * 3 * 2048 * 768 * 2;
  expect(cut - whole).toBe(experts / 4 - experts / 8);
});

test("a format is as published, as asked, or none", () => {
  const model = modelFacts("openai/gpt-oss-20b");
  expect(chosenQuantization(model, {})?.format).toBe("mxfp4");
  expect(chosenQuantization(model, { quantization: "none" })).toBeUndefined();
  expect(chosenQuantization(small, { quantization: quantization("awq") })?.format).toBe("awq");
});
