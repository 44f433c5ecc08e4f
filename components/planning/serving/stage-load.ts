/** What a stage of a model asks of each of its ranks: operations, bytes to read and messages to exchange. */
import type { Layer, Mixer, ModelArchitecture } from "../../catalogue/model-architecture.ts";
import type { Quantization } from "../../catalogue/quantization.ts";
import { layerCache } from "../models/cache.ts";
import { type Serving, servedModel } from "../models/model-fit.ts";
import { embeddingTensor, layerTensors, outputTensors } from "../models/model-tensors.ts";
import { layerGroups, type Parallelism, stageLayers } from "../models/parallelism.ts";
import { isQuantized, storedBytes } from "../models/stored-bytes.ts";
import { activeElements, type Tensor } from "../models/tensor.ts";
import { chosenQuantization, rankShare } from "../models/weights.ts";
import { sum } from "../sum.ts";

/** Experts of which each token takes a few: how many are read depends on how many tokens there are. */
export interface ExpertLoad {
  readonly experts: number;
  readonly active: number;
  /** All of them, on one rank. */
  readonly bytes: number;
}

/** Layers that look back, alike in how. */
export interface ContextLoad {
  readonly layers: number;
  /** Bytes of one token of the context. */
  readonly tokenBytes: number;
  /** Tokens that are looked at, at most. */
  readonly window: number;
  /** Bytes of a state, which is read and written. */
  readonly stateBytes: number;
  /** Operations of one new token on one token of the context, when answering and when reading a prompt. */
  readonly answerOperations: number;
  readonly promptOperations: number;
}

export interface StageLoad {
  readonly layers: number;
  /** Operations of one token in all matrices, apart by the numbers that they are stored in. */
  readonly quantizedOperations: number;
  readonly plainOperations: number;
  /** Of the output layer, for each token that is chosen. */
  readonly outputOperations: number;
  /** Weights that every step reads. */
  readonly weightBytes: number;
  readonly experts: readonly ExpertLoad[];
  readonly contexts: readonly ContextLoad[];
  /** Sums over the ranks that share tensors. */
  readonly sums: number;
  /** Exchanges of tokens with the ranks that have their experts. */
  readonly dispatches: number;
}

export function stageLoads(serving: Serving): StageLoad[] {
  return Array.from({ length: serving.parallelism.pipeline }, (_, stage) => stageLoad(serving, stage));
}

function stageLoad(serving: Serving, stage: number): StageLoad {
  const { parallelism } = serving;
  const model = servedModel(serving);
  const format = chosenQuantization(model, serving);
  const groups = layerGroups(stageLayers(model, parallelism, stage));
  const matrices = groups.map(({ layer, count }) =>
    matrixLoad(layerTensors(model, layer), count, model, format, parallelism),
  );
  const output =
    stage === parallelism.pipeline - 1 ? outputLoad(model, parallelism) : { operations: 0, bytes: 0 };
  return {
    layers: sum(groups.map(({ count }) => count)),
    quantizedOperations: sum(matrices.map(({ quantized }) => quantized)),
    plainOperations: sum(matrices.map(({ plain }) => plain)),
    outputOperations: output.operations,
    weightBytes: sum(matrices.map(({ bytes }) => bytes)) + output.bytes,
    experts: groups.flatMap(({ layer }, index) => expertLoads(layer, matrices[index]?.expertBytes ?? 0)),
    contexts: groups.flatMap(({ layer, count }) => contextLoads(serving, model, layer, count)),
    sums: parallelism.tensor === 1 ? 0 : sum(groups.map(({ layer, count }) => count * summed(layer))),
    dispatches: sum(groups.map(({ layer, count }) => count * dispatched(layer, parallelism))),
  };
}

function matrixLoad(
  tensors: readonly Tensor[],
  count: number,
  model: ModelArchitecture,
  format: Quantization | undefined,
  parallelism: Parallelism,
) {
  const operations = (chosen: readonly Tensor[]) =>
    count * sum(chosen.map((tensor) => 2 * activeElements(tensor) * operationShare(tensor, parallelism)));
  const bytes = (chosen: readonly Tensor[]) =>
    count *
    sum(chosen.map((tensor) => storedBytes(tensor, model.dtype, format) * rankShare(tensor, parallelism)));
  const isRouted = ({ copies }: Tensor) => copies > 1;
  const matrices = tensors.filter(({ role }) => role !== "vector");
  return {
    quantized: operations(matrices.filter((tensor) => isQuantized(tensor, format))),
    plain: operations(matrices.filter((tensor) => !isQuantized(tensor, format))),
    bytes: bytes(tensors.filter((tensor) => !isRouted(tensor))),
    expertBytes: bytes(tensors.filter(isRouted)),
  };
}

/**
 * Part of a token's operations on one rank. Where experts are apart, each rank does its part for all groups.
 */
function operationShare({ cut, parts, copies }: Tensor, { tensor, expert }: Parallelism): number {
  if (copies > 1 && expert) return 1 / tensor;
  return cut ? 1 / Math.min(tensor, parts ?? tensor) : 1;
}

/** The output layer, which the embedding is where they are tied; it stays as it is in every format. */
function outputLoad(model: ModelArchitecture, parallelism: Parallelism) {
  const tensors = model.tiedEmbeddings ? [embeddingTensor(model)] : outputTensors(model);
  const matrices = tensors.filter(({ role }) => role !== "vector");
  return {
    operations: sum(
      matrices.map((tensor) => 2 * activeElements(tensor) * operationShare(tensor, parallelism)),
    ),
    bytes: sum(tensors.map((tensor) => storedBytes(tensor, model.dtype) * rankShare(tensor, parallelism))),
  };
}

function expertLoads({ feedForward }: Layer, bytes: number): ExpertLoad[] {
  if (feedForward?.kind !== "mixture") return [];
  return [{ experts: feedForward.experts, active: feedForward.active, bytes }];
}

function contextLoads(
  serving: Serving,
  model: ModelArchitecture,
  layer: Layer,
  layers: number,
): ContextLoad[] {
  if (!layer.mixer) return [];
  const { tokenBytes, window, stateBytes } = layerCache(model, layer, serving.cache, serving.parallelism);
  const { answer, prompt } = pairOperations(layer.mixer);
  const { tensor } = serving.parallelism;
  return [
    {
      layers,
      tokenBytes,
      window: window ?? Number.POSITIVE_INFINITY,
      stateBytes,
      answerOperations: answer / tensor,
      promptOperations: prompt / tensor,
    },
  ];
}

/** Operations of all heads on one pair of tokens: compare it, and take its value. */
function pairOperations(mixer: Mixer): { answer: number; prompt: number } {
  switch (mixer.kind) {
    case "attention": {
      const operations = 4 * mixer.heads * mixer.headSize;
      return { answer: operations, prompt: operations };
    }
    case "latent": {
      // Answers are found on the compressed vector, prompts on the heads that it is made into.
      const { heads, keyValueRank, plainSize, rotarySize, valueSize } = mixer;
      return {
        answer: 2 * heads * (2 * keyValueRank + rotarySize),
        prompt: 2 * heads * (plainSize + rotarySize + valueSize),
      };
    }
    default:
      return { answer: 0, prompt: 0 };
  }
}

/** Each of the two halves of a layer ends in a sum over ranks. */
function summed(layer: Layer): number {
  return (layer.mixer ? 1 : 0) + (layer.feedForward ? 1 : 0);
}

/** To the experts and back, where groups of ranks share them. */
function dispatched({ feedForward }: Layer, { expert, data }: Parallelism): number {
  return expert && data > 1 && feedForward?.kind === "mixture" ? 2 : 0;
}
