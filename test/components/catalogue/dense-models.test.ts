import { expect, test } from "vitest";
import { denseModels } from "../../../components/catalogue/dense-models.ts";
import type { ModelArchitecture } from "../../../components/catalogue/model-architecture.ts";

const models: readonly (readonly [string, ModelArchitecture])[] = Object.entries(denseModels);

test.each(models)("%s: every layer has attention and one feed-forward layer", (_, { layers }) => {
  expect(layers.every(({ mixer }) => mixer?.kind === "attention")).toBe(true);
  expect(layers.every(({ feedForward }) => feedForward?.kind === "dense")).toBe(true);
});

test.each([
  { id: "google/gemma-2-9b-it", whole: 21, window: 4096 },
  { id: "google/gemma-3-1b-it", whole: 4, window: 512 },
  { id: "google/gemma-3-27b-it", whole: 10, window: 1024 },
] as const)("$id: $whole layers look at everything", ({ id, whole, window }) => {
  const windows = denseModels[id].layers.map(({ mixer }) => (mixer?.kind === "attention" ? mixer.window : 0));
  expect(windows.filter((size) => size === undefined)).toHaveLength(whole);
  expect(new Set(windows)).toEqual(new Set([window, undefined]));
});
