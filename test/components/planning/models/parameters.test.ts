import { expect, test } from "vitest";
import { modelFacts } from "../../../../components/catalogue/models.ts";
import { countParameters } from "../../../../components/planning/models/parameters.ts";
import { publishedCounts } from "../../../support/models/published-parameters.ts";

test.each(publishedCounts)("$model: $parameters, as published, within 1 %", (row) => {
  const { total, prediction } = countParameters(modelFacts(row.model));
  const counted = total + (row.prediction ? prediction : 0);
  expect(Math.abs(counted / row.parameters - 1)).toBeLessThan(0.01);
});

test("most counts are exact", () => {
  const exact = publishedCounts.filter(({ model, parameters, prediction }) => {
    const counted = countParameters(modelFacts(model));
    return counted.total + (prediction ? counted.prediction : 0) === parameters;
  });
  expect(exact.length).toBe(21);
});

test.each([
  { model: "Qwen/Qwen3-30B-A3B", active: 3_353_032_704 },
  { model: "mistralai/Mixtral-8x7B-Instruct-v0.1", active: 12.9e9 },
  { model: "ai21labs/Jamba-v0.1", active: 12e9 },
] as const)("$model: $active work on one token", ({ model, active }) => {
  expect(Math.abs(countParameters(modelFacts(model)).active / active - 1)).toBeLessThan(0.01);
});

test("DeepSeek-V3's layer that predicts a further token has 11.5 billion", () => {
  const { prediction } = countParameters(modelFacts("deepseek-ai/DeepSeek-V3"));
  expect(Math.abs(prediction / 11.5e9 - 1)).toBeLessThan(0.01);
});
