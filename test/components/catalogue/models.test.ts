import { expect, test } from "vitest";
import { modelFacts, modelIds, models } from "../../../components/catalogue/models.ts";

test("the catalogue holds dense models, mixtures of experts and hybrids", () => {
  expect(modelIds.length).toBe(49);
  expect(new Set(modelIds).size).toBe(modelIds.length);
  expect(modelFacts("Qwen/Qwen3-8B")).toBe(models["Qwen/Qwen3-8B"]);
});

test.each(modelIds)("%s: its facts have a source, and agree with each other", (id) => {
  const { source, date, layers, hiddenSize, vocabularySize, maxContext } = modelFacts(id);
  expect(source).toMatch(/\S+ \S+|\//);
  expect(date).toMatch(/^20\d\d-\d\d-\d\d$/);
  expect([hiddenSize, vocabularySize, maxContext].every((size) => Number.isInteger(size) && size > 0)).toBe(
    true,
  );
  const heads = layers.flatMap(({ mixer }) => (mixer?.kind === "attention" ? [mixer] : []));
  expect(heads.every(({ heads, keyValueHeads }) => heads % keyValueHeads === 0)).toBe(true);
  expect(heads.every(({ window }) => window === undefined || window < maxContext)).toBe(true);
});
