/** Whether a model fits on accelerators, and how long and how many sequences it serves there. */
import { type AcceleratorId, accelerators } from "../../catalogue/hardware.ts";
import type { ModelArchitecture, WeightDtype } from "../../catalogue/model-architecture.ts";
import { driverReserve, servingEngines } from "../../catalogue/serving-engines.ts";
import { type CacheOptions, sequenceCost } from "./cache.ts";
import { bytesPerGiB, type EngineSettings, engineReserve, settled } from "./engine-reserve.ts";
import type { Parallelism } from "./parallelism.ts";
import { rankWeightBytes, type WeightOptions } from "./weights.ts";

export interface Serving extends WeightOptions {
  readonly model: ModelArchitecture;
  readonly parallelism: Parallelism;
  readonly settings: EngineSettings;
  /** Type of weights that are not quantised. Default: the one that they are published in. */
  readonly dtype?: WeightDtype;
  /** How keys and values are kept. */
  readonly cache?: CacheOptions;
  /** Longest sequence, prompt and answer together. Default: what the model was made for. */
  readonly context?: number;
}

/** Memory of one accelerator, as it divides. */
export interface MemoryShare {
  /** What a program sees. */
  readonly visibleBytes: number;
  /** What the engine may use of it. */
  readonly usableBytes: number;
  readonly weightBytes: number;
  readonly reserveBytes: number;
  /** What is left for the context; negative where weights and reserve alone are too much. */
  readonly cacheBytes: number;
}

export interface Fit {
  /** Of the stage that has least room for the context. */
  readonly share: MemoryShare;
  /** The longest sequence that fits alone, at most what the model was made for; 0 where none does. */
  readonly longestContext: number;
  /** Sequences of the wanted length that fit at once, over all groups of ranks. */
  readonly sequences: number;
  /** Whether one sequence of the wanted length fits. */
  readonly fits: boolean;
}

/** Memory of an accelerator that programs see. */
export function visibleBytes(accelerator: AcceleratorId): number {
  const { memoryMiB } = accelerators[accelerator].discovery;
  return (memoryMiB / 1024 - driverReserve.gib) * bytesPerGiB;
}

/** The model in the type that it is served in. */
export function servedModel({ model, dtype }: Pick<Serving, "model" | "dtype">): ModelArchitecture {
  return dtype === undefined ? model : { ...model, dtype };
}

/** How a model fits where a program sees so much memory on each accelerator. */
export function modelFit(serving: Serving, memoryBytes: number): Fit {
  const { parallelism, context, model } = serving;
  const { shares, room } = roomOf(serving, memoryBytes);
  const sequences = Math.floor(room(context ?? model.maxContext));
  return {
    share: shares.reduce((least, share) => (share.cacheBytes < least.cacheBytes ? share : least)),
    longestContext: longest(model.maxContext, (tokens) => room(tokens) >= 1),
    sequences: sequences * parallelism.data,
    fits: sequences >= 1,
  };
}

/** Whether one sequence of the wanted length fits, and nothing else about it. */
export function isFitting(serving: Serving, memoryBytes: number): boolean {
  return roomOf(serving, memoryBytes).room(serving.context ?? serving.model.maxContext) >= 1;
}

/** What each stage has, and how many sequences of a length the tightest one takes. */
function roomOf(serving: Serving, memoryBytes: number) {
  const stages = Array.from({ length: serving.parallelism.pipeline }, (_, stage) => {
    const share = memoryShare(serving, memoryBytes, stage);
    return { share, room: stageRoom(serving, share, stage) };
  });
  return {
    shares: stages.map(({ share }) => share),
    room: (tokens: number) => Math.min(...stages.map(({ room }) => room(tokens))),
  };
}

function memoryShare(serving: Serving, memoryBytes: number, stage: number): MemoryShare {
  const { parallelism, settings } = serving;
  const model = servedModel(serving);
  const usableBytes = memoryBytes * settled(settings).memoryUtilization;
  const weightBytes = rankWeightBytes(model, serving, parallelism, stage);
  const { activationBytes, graphBytes, contextBytes } = engineReserve(model, settings, parallelism);
  const reserveBytes = activationBytes + graphBytes + contextBytes;
  const cacheBytes = usableBytes - weightBytes - reserveBytes;
  return { visibleBytes: memoryBytes, usableBytes, weightBytes, reserveBytes, cacheBytes };
}

/** How many sequences of a length fit a stage; blocks are given out whole. */
function stageRoom(serving: Serving, { cacheBytes }: MemoryShare, stage: number): (tokens: number) => number {
  const { parallelism, settings, cache } = serving;
  const { blockTokens } = servingEngines[settings.engine];
  const options = { batchedTokens: settled(settings).batchedTokens, ...cache };
  const cost = sequenceCost(servedModel(serving), options, parallelism, stage);
  return (tokens) => {
    const bytes = cost(Math.ceil(tokens / blockTokens) * blockTokens);
    if (bytes > 0) return Math.max(0, cacheBytes / bytes);
    // A stage of feed-forward layers alone keeps nothing.
    return cacheBytes >= 0 ? Number.POSITIVE_INFINITY : 0;
  };
}

/** The largest number up to a limit that passes, where all smaller ones pass too; 0 where none does. */
function longest(limit: number, passes: (tokens: number) => boolean): number {
  let [known, refused] = [0, limit + 1];
  while (refused - known > 1) {
    const middle = Math.floor((known + refused) / 2);
    if (passes(middle)) known = middle;
    else refused = middle;
  }
  return known;
}
