/** Memory that the weights of a model take, in all and on one of the ranks that share them. */
import type { ModelArchitecture } from "../../catalogue/model-architecture.ts";
import type { Quantization } from "../../catalogue/quantization.ts";
import { sum } from "../sum.ts";
import {
  embeddingTensor,
  layerTensors,
  modelTensors,
  outputTensors,
  predictionTensors,
} from "./model-tensors.ts";
import { layerGroups, type Parallelism, stageLayers } from "./parallelism.ts";
import { storedBytes } from "./stored-bytes.ts";
import type { Tensor } from "./tensor.ts";

export interface WeightOptions {
  /** Format of the weights. Default: as they are published; "none" leaves them in the model's own type. */
  readonly quantization?: Quantization | "none";
  /** Whether layers that predict further tokens are loaded. Default: no. */
  readonly prediction?: boolean;
}

/** The format that weights are in, where they are quantised. */
export function chosenQuantization(
  model: ModelArchitecture,
  { quantization }: WeightOptions,
): Quantization | undefined {
  return quantization === "none" ? undefined : (quantization ?? model.quantization);
}

/** Bytes of all weights, as a checkpoint holds them. */
export function weightBytes(model: ModelArchitecture, options: WeightOptions = {}): number {
  const format = chosenQuantization(model, options);
  const tensors = [...modelTensors(model), ...(options.prediction ? predictionTensors(model) : [])];
  return sum(tensors.map((tensor) => storedBytes(tensor, model.dtype, format)));
}

/** Bytes of the weights on one rank of a pipeline stage. */
export function rankWeightBytes(
  model: ModelArchitecture,
  options: WeightOptions,
  parallelism: Parallelism,
  stage: number,
): number {
  const format = chosenQuantization(model, options);
  const held = (tensors: readonly Tensor[]) =>
    sum(tensors.map((tensor) => storedBytes(tensor, model.dtype, format) * rankShare(tensor, parallelism)));
  const groups = layerGroups(stageLayers(model, parallelism, stage));
  const layers = groups.map(({ layer, count }) => count * held(layerTensors(model, layer)));
  return sum(layers) + held(endTensors(model, options, parallelism, stage));
}

/** The first stage looks tokens up, and the last one chooses them; tied embeddings are on both. */
function endTensors(
  model: ModelArchitecture,
  { prediction }: WeightOptions,
  { pipeline }: Parallelism,
  stage: number,
): Tensor[] {
  const isFirst = stage === 0;
  const isLast = stage === pipeline - 1;
  const isTied = model.tiedEmbeddings && isLast;
  return [
    ...(isFirst || isTied ? [embeddingTensor(model)] : []),
    ...(isLast ? outputTensors(model) : []),
    ...(isLast && prediction ? predictionTensors(model) : []),
  ];
}

/**
 * Part of a weight on one rank. Experts go whole to ranks under expert parallelism: some ranks have one more
 * than others where it does not come out even, and the fullest counts.
 */
export function rankShare(
  { role, cut, parts, copies }: Tensor,
  { tensor, data, expert }: Parallelism,
): number {
  const isRouted = copies > 1 || role === "expert";
  if (isRouted && expert) return Math.ceil(copies / (tensor * data)) / copies;
  if (!cut) return 1;
  return 1 / Math.min(tensor, parts ?? tensor);
}
