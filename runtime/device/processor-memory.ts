/** Memory that a model takes where the processor computes it, before any of it is loaded. */
import { freemem } from "node:os";
import { join } from "node:path";
import { type Adapter, readAdapter } from "../models/adapter.ts";
import { type ModelConfig, readModelConfig } from "../models/model-config.ts";
import { type ModelWeights, readWeights, type WeightPlace } from "../models/weights.ts";
import type { StepLimits } from "./contract.ts";
import { blockTokens, kvBlockBytes } from "./native.ts";

export interface ProcessorMemory {
  /** With those of adapters. */
  readonly weightBytes: number;
  readonly kvCacheBytes: number;
  /** At most: half as much where the processor knows bfloat16. */
  readonly workspaceBytes: number;
  /** Of the processes themselves, and what threads keep of the vocabulary: as a plan of a pod has them. */
  readonly processBytes: number;
}

const processMiB = 768;
const processBytesPerToken = 4096;
/** The most that a number takes between two products. */
const activationBytes = 4;
/** Outputs are computed so many at a time, and rows of tokens. */
const unit = 32;
const tile = 16;

/** Whether that is there, and what a KV cache would hold that had all that is left. */
export interface ProcessorRoom {
  readonly neededBytes: number;
  readonly availableBytes: number;
  readonly isEnough: boolean;
  readonly longestSequenceTokens: number;
  /** Of sequences that are as long as the model's context. */
  readonly fullSequences: number;
}

/** Adapters beside a model, as a device is given them. */
export interface AdaptersOnDisk {
  readonly adapters?: readonly { readonly directory: string }[];
  readonly adapterRank?: number;
}

type Limits = Pick<StepLimits, "stepTokens" | "sequences" | "sequenceTokens">;

/** Reads the headers of the files; throws a ModelFileError where they are not what they have to be. */
export function processorMemory(
  directory: string,
  limits: Limits,
  kvCacheBytes: number,
  { adapters = [], adapterRank: rankMax }: AdaptersOnDisk = {},
): ProcessorMemory {
  const config = readModelConfig(join(directory, "config.json"));
  const blockBytes = kvBlockBytes(config);
  const added = adapters.map(({ directory: place }) =>
    readAdapter(place, config, rankMax ? { rankMax } : {}),
  );
  const addedBytes = added.reduce((sum, adapter) => sum + adapterBytes(config, adapter), 0);
  return {
    weightBytes: weightBytes(readWeights(directory, config)) + addedBytes,
    kvCacheBytes: Math.floor(kvCacheBytes / blockBytes) * blockBytes,
    workspaceBytes: workspaceBytes(config, limits) + addingBytes(config, limits, added),
    processBytes: processMiB * 2 ** 20 + processBytesPerToken * config.vocabularySize,
  };
}

/** What this process and those that it starts may have: of the system's memory, and of its own limit. */
export function processorAvailableBytes(): number {
  // What it has already is a part of what was planned for it.
  const left = freemem() + process.memoryUsage.rss();
  return Math.min(left, process.constrainedMemory() || Number.POSITIVE_INFINITY);
}

export function processorRoom(
  memory: ProcessorMemory,
  { contextTokens, ...config }: Pick<ModelConfig, "contextTokens" | "layers" | "kvHeads" | "headDim">,
  availableBytes: number,
): ProcessorRoom {
  const { weightBytes, kvCacheBytes, workspaceBytes, processBytes } = memory;
  const besideCache = weightBytes + workspaceBytes + processBytes;
  const blocks = Math.max(0, Math.floor((availableBytes - besideCache) / kvBlockBytes(config)));
  const tokens = blocks * blockTokens;
  return {
    neededBytes: besideCache + kvCacheBytes,
    availableBytes,
    isEnough: besideCache + kvCacheBytes <= availableBytes,
    longestSequenceTokens: Math.min(contextTokens, tokens),
    fullSequences: Math.floor(blocks / Math.ceil(contextTokens / blockTokens)),
  };
}

/** Norms and biases are left out: they are small. */
function weightBytes({ embedding, head, layers }: ModelWeights): number {
  const places = layers.flatMap((layer) => [
    ...[layer.query, layer.key, layer.value, layer.output, layer.router],
    ...[layer, ...(layer.experts ?? [])].flatMap(({ gate, up, down }) => [gate, up, down]),
  ]);
  return [embedding, head, ...places].reduce((sum, place) => sum + (place ? bytesOf(place) : 0), 0);
}

/** Codes stay codes, with their scales; floats of 8 bits become bfloat16. */
function bytesOf({ rows, columns, bits, float, group = columns, type }: WeightPlace): number {
  if (bits === undefined || float) return rows * columns * 2;
  return (rows * columns * bits) / 8 + rows * (columns / group) * (type === "BF16" ? 2 : 4);
}

/** In 32 bits, with all parts of a product where one is adapted, as runtime/native/adapters.cpp has it. */
function adapterBytes(config: ModelConfig, { rank, layers }: Adapter): number {
  const { hidden, intermediate } = config;
  const inner = padded(rank, tile);
  const product = (parts: readonly unknown[], inputs: number, outputs: number) => {
    if (parts.every((part) => part === undefined)) return 0;
    return inner * (padded(inputs, tile) * parts.length + outputs) * activationBytes;
  };
  const { queries, attended } = outputsOf(config);
  return layers.reduce(
    (sum, { query, key, value, output, gate, up, down }) =>
      sum +
      product([query, key, value], hidden, attended) +
      product([output], queries, padded(hidden, unit)) +
      product([gate, up], hidden, 2 * padded(intermediate, unit)) +
      product([down], intermediate, padded(hidden, unit)),
    0,
  );
}

/** What adapters find of a step's rows, and add to their products. */
function addingBytes(config: ModelConfig, { stepTokens }: Limits, adapters: readonly Adapter[]): number {
  if (adapters.length === 0) return 0;
  const inner = Math.max(...adapters.map(({ rank }) => padded(rank, tile) * 3));
  const { attended } = outputsOf(config);
  const widest = Math.max(attended, padded(config.hidden, unit), 2 * padded(config.intermediate, unit));
  return stepTokens * (inner + widest) * activationBytes;
}

function outputsOf({ heads, kvHeads, headDim }: ModelConfig) {
  return { queries: heads * headDim, attended: padded((heads + 2 * kvHeads) * headDim, unit) };
}

/** The arrays that are made when a model is loaded: runtime/native/model-memory.cpp and mixture.cpp. */
function workspaceBytes(config: ModelConfig, limits: Limits): number {
  const { heads, kvHeads, headDim, localRope, hasOutputNorms, mixture } = config;
  const { stepTokens, sequences, sequenceTokens } = limits;
  const hidden = padded(config.hidden, unit);
  const rows = padded(Math.max(stepTokens, sequences), tile) + tile;
  const isDense = config.layerKinds.some(({ hasExperts }) => !mixture || !hasExperts);
  const inFull = hidden * (hasOutputNorms ? 2 : 1) + padded((heads + 2 * kvHeads) * headDim, unit);
  const queries = heads * headDim;
  const between =
    hidden + queries + padded(queries, unit) + (isDense ? padded(config.intermediate, unit) : 0);
  const logits = padded(sequences, tile) * padded(config.vocabularySize, unit) * 4;
  const rotations = sequenceTokens * headDim * 4 * (localRope ? 2 : 1);
  return (
    rows * (inFull * 4 + between * activationBytes) + logits + rotations + mixtureBytes(config, stepTokens)
  );
}

/** Each expert's rows are padded to whole tiles. */
function mixtureBytes({ mixture, hidden }: ModelConfig, tokens: number): number {
  if (!mixture) return 0;
  const pairs = tokens * mixture.chosen;
  const rows = padded(pairs + Math.min(pairs, mixture.experts) * (tile - 1), tile) + tile;
  const width = padded(hidden, unit);
  const read = (width + padded(mixture.intermediate, unit)) * activationBytes;
  return tokens * padded(mixture.experts, unit) * 4 + rows * (read + width * 4);
}

function padded(value: number, to: number): number {
  return Math.ceil(value / to) * to;
}
