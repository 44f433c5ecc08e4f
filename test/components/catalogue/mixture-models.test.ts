import { expect, test } from "vitest";
import { mixtureModels } from "../../../components/catalogue/mixture-models.ts";
import type { ModelArchitecture } from "../../../components/catalogue/model-architecture.ts";

function mixtures({ layers }: ModelArchitecture): number {
  return layers.filter(({ feedForward }) => feedForward?.kind === "mixture").length;
}

test.each([
  { id: "mistralai/Mixtral-8x7B-Instruct-v0.1", layers: 32, want: 32 },
  { id: "deepseek-ai/DeepSeek-V2-Lite", layers: 27, want: 26 },
  { id: "deepseek-ai/DeepSeek-V3", layers: 61, want: 58 },
  { id: "moonshotai/Kimi-K2-Instruct", layers: 61, want: 60 },
  { id: "meta-llama/Llama-4-Scout-17B-16E-Instruct", layers: 48, want: 48 },
  { id: "meta-llama/Llama-4-Maverick-17B-128E-Instruct", layers: 48, want: 24 },
] as const)("$id has experts in $want of $layers layers", ({ id, layers, want }) => {
  expect(mixtureModels[id].layers).toHaveLength(layers);
  expect(mixtures(mixtureModels[id])).toBe(want);
});

test.each([
  ["openai/gpt-oss-20b", "mxfp4"],
  ["deepseek-ai/DeepSeek-V3", "fp8-block"],
  ["moonshotai/Kimi-K2-Instruct", "fp8-block"],
] as const)("%s is published in %s", (id, format) => {
  expect(mixtureModels[id].quantization.format).toBe(format);
});
