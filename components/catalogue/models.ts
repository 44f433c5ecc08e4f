/** Widely served open models by the names that Hugging Face knows them under. */
import { denseModels, type ModelFacts } from "./dense-models.ts";
import { hybridModels } from "./hybrid-models.ts";
import { mixtureModels } from "./mixture-models.ts";

export const models = { ...denseModels, ...mixtureModels, ...hybridModels } as const;

export type ModelId = keyof typeof models;

export const modelIds = Object.keys(models) as [ModelId, ...ModelId[]];

/** What the catalogue knows of a model; its type says no more of one model than of another. */
export function modelFacts(model: ModelId): ModelFacts {
  return models[model];
}
