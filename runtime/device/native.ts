/** The processor as a device: a directory with a model in, steps out. */
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { readAdapter } from "../models/adapter.ts";
import { type ModelConfig, readModelConfig } from "../models/model-config.ts";
import { ropeScale, ropeTurns } from "../models/rope.ts";
import { readWeights } from "../models/weights.ts";
import type { Batch, Device, StepLimits } from "./contract.ts";

export type KvCacheType = "auto" | "bf16" | "fp8";

export type NativePath = "amx" | "avx512" | "avx2" | "portable";

export interface NativeDeviceOptions {
  /** What `buildNative` answered. */
  readonly addon: string;
  /** config.json and the weights. */
  readonly directory: string;
  readonly limits: StepLimits;
  /** Of the KV cache. Exactly one of the three is given. */
  readonly blocks?: number;
  readonly kvCacheBytes?: number;
  /** Of a GPU's memory: what else is needed counts, and the KV cache has what is left. */
  readonly memoryShare?: number;
  /** auto: what weights are computed in. fp8 halves the KV cache, on CUDA alone. Default: auto. */
  readonly kvCacheType?: KvCacheType;
  /** What may compute products of so many rows on a GPU, in any order of sums. Default: none. */
  readonly library?: { readonly files: readonly string[]; readonly rows: number };
  /** Threads that compute, the calling one among them. Default: one for each processor. */
  readonly threads?: number;
  /** Default: the best one that this processor has. */
  readonly path?: NativePath;
  /** Directories with adapters of this model, which sequences ask for by number, from 1. Default: none. */
  readonly adapters?: readonly { readonly name: string; readonly directory: string }[];
  /** The highest rank that an adapter may have. Default: 64. */
  readonly adapterRank?: number;
  /** GPUs that share the model. Default: it is on one, or on the processor. */
  readonly parallel?: Parallel;
  /** f32: weights, cache and sums in 32 bits, to compare with; no faster path has it. Default: bf16. */
  readonly precision?: "bf16" | "f32";
}

export interface Parallel {
  readonly ranks: number;
  /** Where NCCL may be, in this order. */
  readonly libraries: readonly string[];
  /** How long a step may take before the GPUs are given up. */
  readonly seconds: number;
}

/** A block is as wide as the widest vector; runtime/native/kernels.hpp has the same number. */
export const blockTokens = 16;

interface NativeModel {
  /** Batches have the numbers 0 and 1. */
  bind(place: number, batch: Batch): void;
  start(place: number, sequences: number, tokens: number): void;
  finish(milliseconds: number): boolean;
  /** `name` and `blocks` are told where it is not the processor that computes. */
  facts(): {
    path: string;
    stepsAtOnce: 1 | 2;
    name?: string;
    blocks?: number;
    weightBytes: number;
    kvCacheBytes: number;
    workspaceBytes: number;
  };
  close(): void;
}

interface Addon {
  readonly NativeModel: new (options: object) => NativeModel;
  readonly paths: () => NativePath[];
}

const require = createRequire(import.meta.url);

/** The paths that this processor can run, the best first. */
export function nativePaths(addon: string): readonly NativePath[] {
  return (require(addon) as Addon).paths();
}

/** Throws a ModelFileError for a model that is not what it has to be. */
export function createNativeDevice(options: NativeDeviceOptions): Device {
  const { addon, directory, limits, threads = availableParallelism(), path, precision = "bf16" } = options;
  const config = readModelConfig(join(directory, "config.json"));
  if (limits.sequenceTokens > config.contextTokens) {
    throw new RangeError(
      `sequences of ${limits.sequenceTokens} tokens are longer than the model's ${config.contextTokens}`,
    );
  }
  if (!Number.isInteger(threads) || threads < 1) {
    throw new RangeError(`at least one thread computes, not ${threads}`);
  }
  const { files: own, ...tensors } = readWeights(directory, config);
  const adapters = (options.adapters ?? []).map(({ directory: place }, index) =>
    readAdapter(place, config, { rankMax: options.adapterRank, file: own.length + index }),
  );
  const files = [...own, ...adapters.map(({ file }) => file)];
  const { parallel = { ranks: 1, libraries: [], seconds: 0 } } = options;
  const model = new (require(addon) as Addon).NativeModel({
    parallel,
    files,
    tensors,
    adapters,
    shape: shapeOf(config),
    limits: { draftTokens: 0, ...limits },
    blocks: blocksOf(options, config),
    memoryShare: options.memoryShare ?? 0,
    isFp8Cache: options.kvCacheType === "fp8",
    libraries: options.library?.files ?? [],
    libraryRows: options.library?.rows ?? 0,
    threads,
    path: path ?? "best",
    isExact: precision === "f32",
    ropes: ropesOf(config),
    kinds: config.layerKinds.map(({ window = 0, isLocal }) => ({
      window,
      rope: isLocal && config.localRope ? 1 : 0,
    })),
  });
  return deviceOf(model, config, options);
}

function shapeOf(config: ModelConfig) {
  const { layers, hidden, intermediate, heads, kvHeads, headDim, vocabularySize, normEpsilon } = config;
  return {
    ...{ layers, hidden, intermediate, heads, kvHeads, headDim, vocabulary: vocabularySize, normEpsilon },
    normShift: config.hasShiftedNorms ? 1 : 0,
    embeddingScale: config.embeddingScale,
    attentionScale: config.attentionScale,
    attentionCap: config.attentionCap ?? 0,
    logitCap: config.logitCap ?? 0,
    isGelu: config.activation === "gelu_tanh",
    experts: config.mixture?.experts ?? 0,
    chosenExperts: config.mixture?.chosen ?? 0,
    expertIntermediate: config.mixture?.intermediate ?? 0,
    hasNormalisedShares: config.mixture?.hasNormalisedShares ?? false,
  };
}

/** By how much heads are rotated: those of most layers, then those of local ones if they differ. */
function ropesOf({ headDim, ropeTheta, ropeScaling, localRope }: ModelConfig) {
  return [{ ropeTheta, ropeScaling }, localRope ?? []].flat().map((rope) => ({
    turns: ropeTurns(headDim, rope.ropeTheta, rope.ropeScaling),
    scale: ropeScale(rope.ropeScaling),
  }));
}

/** Bytes that one block takes in all layers of one rank: keys and values. */
export function kvBlockBytes(
  { layers, kvHeads, headDim }: Pick<ModelConfig, "layers" | "kvHeads" | "headDim">,
  { precision = "bf16", ranks = 1 }: { precision?: "bf16" | "f32" | "fp8"; ranks?: number } = {},
): number {
  const heads = Math.max(1, kvHeads / ranks);
  return layers * heads * headDim * blockTokens * 2 * { bf16: 2, f32: 4, fp8: 1 }[precision];
}

/** 0: the device finds out by itself. */
function blocksOf(
  { blocks, kvCacheBytes, memoryShare, precision, kvCacheType, limits, parallel }: NativeDeviceOptions,
  config: ModelConfig,
) {
  if ([blocks, kvCacheBytes, memoryShare].filter((given) => given !== undefined).length !== 1) {
    throw new RangeError("exactly one of blocks, kvCacheBytes and memoryShare is given");
  }
  if (memoryShare !== undefined) return 0;
  const given = kvCacheType === "fp8" ? "fp8" : precision;
  const blockBytes = kvBlockBytes(config, { precision: given, ranks: parallel?.ranks });
  const count = blocks ?? Math.floor((kvCacheBytes ?? 0) / blockBytes);
  const least = Math.ceil(limits.sequenceTokens / blockTokens);
  if (Number.isInteger(count) && count >= least) return count;
  throw new RangeError(`a KV cache of ${count} blocks cannot hold a sequence of ${least}`);
}

function deviceOf(model: NativeModel, config: ModelConfig, options: NativeDeviceOptions): Device {
  const { path, stepsAtOnce, ...told } = model.facts();
  const { name = `cpu (${path})`, blocks = blocksOf(options, config), ...bytes } = told;
  const bound: Batch[] = [];
  /** The place of the batch that was not begun last. */
  let other = 0;
  return {
    facts: {
      name,
      vocabularySize: config.vocabularySize,
      hiddenSize: config.hidden,
      blockTokens,
      blocks,
      ...(options.adapters && { adapters: options.adapters.map(({ name }) => name) }),
      ...bytes,
    },
    limits: options.limits,
    stepsAtOnce,
    start(batch) {
      const known = bound.indexOf(batch);
      const place = known === -1 ? other : known;
      if (known === -1) model.bind(place, batch);
      bound[place] = batch;
      model.start(place, batch.sequences, batch.tokens);
      other = 1 - place;
    },
    finish: (milliseconds) => model.finish(milliseconds),
    close() {
      bound.length = 0;
      model.close();
    },
  };
}
