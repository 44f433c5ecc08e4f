import { expect, test } from "vitest";
import { alike, attention, gated } from "../../../../components/catalogue/model-layers.ts";
import {
  embeddingTensor,
  layerTensors,
  modelTensors,
  outputTensors,
  predictionTensors,
} from "../../../../components/planning/models/model-tensors.ts";
import { elements, type Tensor } from "../../../../components/planning/models/tensor.ts";
import { sum } from "../../../../components/planning/sum.ts";

const count = (tensors: readonly Tensor[]) => sum(tensors.map(elements));
const layers = alike(2, attention(2, 2, 8), gated(8));
const model = { hiddenSize: 16, vocabularySize: 100, maxContext: 64, dtype: "bf16", layers } as const;
const layer = 32 + 4 * 256 + 3 * 128;

test.each([
  { tiedEmbeddings: true, want: 1600 + 2 * layer + 16 },
  { tiedEmbeddings: false, want: 3200 + 2 * layer + 16 },
])("embeddings that are tied ($tiedEmbeddings) count once", ({ tiedEmbeddings, want }) => {
  expect(count(modelTensors({ ...model, tiedEmbeddings }))).toBe(want);
  expect(elements(embeddingTensor({ ...model, tiedEmbeddings }))).toBe(1600);
  expect(outputTensors({ ...model, tiedEmbeddings })).toHaveLength(tiedEmbeddings ? 1 : 2);
});

test("a layer without feed-forward has its norm and its mixer only", () => {
  expect(count(layerTensors(model, { mixer: attention(2, 2, 8), norms: 1 }))).toBe(16 + 1024);
  expect(count(layerTensors(model, { feedForward: gated(8), norms: 1 }))).toBe(16 + 384);
});

test("a layer that predicts further tokens has a projection and three norms more", () => {
  const predicting = { ...model, tiedEmbeddings: false, predictionLayers: layers.slice(0, 1) };
  expect(count(predictionTensors(predicting))).toBe(16 * 32 + 48 + layer);
  expect(predictionTensors({ ...model, tiedEmbeddings: false })).toEqual([]);
});
