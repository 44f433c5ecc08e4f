/** Memory that the context of sequences takes: keys and values of tokens, and states that do not grow. */
import type { Layer, Mixer, ModelArchitecture } from "../../catalogue/model-architecture.ts";
import { sum } from "../sum.ts";
import { alone, layerGroups, type Parallelism, stageLayers } from "./parallelism.ts";
import { dtypeBytes } from "./stored-bytes.ts";

/** Types of keys and values; "auto" is the model's own. */
export type CacheDtype = "auto" | "bf16" | "fp16" | "fp8";

export interface CacheOptions {
  /** Type of keys and values. Default: the model's own. */
  readonly dtype?: CacheDtype;
  /** Tokens that are computed at once, which layers with a window hold beside it. Default: 1. */
  readonly batchedTokens?: number;
  /** Whether layers with a window keep the whole context, as engines without a cache for them do. */
  readonly ignoreWindows?: boolean;
  /** Type of the states of recurrent layers. Default: the model's own. */
  readonly stateDtype?: "auto" | "fp32";
}

/** What one layer keeps on one rank. */
interface LayerCache {
  /** Bytes of one token. */
  readonly tokenBytes: number;
  /** Tokens that are kept at most. */
  readonly window?: number;
  /** Bytes of one sequence, however long. */
  readonly stateBytes: number;
}

export function layerCache(
  model: ModelArchitecture,
  layer: Layer,
  options: CacheOptions = {},
  parallelism: Parallelism = alone,
): LayerCache {
  const { mixer } = layer;
  if (!mixer) return { tokenBytes: 0, stateBytes: 0 };
  const { dtype = "auto", stateDtype = "auto", ignoreWindows } = options;
  const ownBytes = dtypeBytes[model.dtype];
  const cacheBytes = dtype === "auto" ? ownBytes : { bf16: 2, fp16: 2, fp8: 1 }[dtype];
  const stateBytes = stateDtype === "fp32" ? 4 : ownBytes;
  return {
    tokenBytes: tokenElements(mixer, parallelism.tensor) * cacheBytes,
    window: mixer.kind === "attention" && !ignoreWindows ? mixer.window : undefined,
    stateBytes: stateElements(mixer, parallelism.tensor, ownBytes, stateBytes),
  };
}

/** Numbers of one token: keys and values of the rank's heads, or the compressed vector that all have. */
function tokenElements(mixer: Mixer, tensor: number): number {
  switch (mixer.kind) {
    case "attention":
      return 2 * Math.max(1, mixer.keyValueHeads / tensor) * mixer.headSize;
    case "latent":
      return mixer.keyValueRank + mixer.rotarySize;
    default:
      return 0;
  }
}

/** Bytes of a sequence's state: what the convolution remembers, and the state proper. */
function stateElements(mixer: Mixer, tensor: number, convolutionBytes: number, stateBytes: number): number {
  switch (mixer.kind) {
    case "mamba": {
      const { innerSize, kernel, stateSize } = mixer;
      return (innerSize / tensor) * ((kernel - 1) * convolutionBytes + stateSize * stateBytes);
    }
    case "mamba2": {
      const { heads, headSize, stateSize, kernel } = mixer;
      // Ranks that outnumber the groups get copies of them.
      const groups = mixer.groups % tensor === 0 ? mixer.groups : tensor;
      const mixed = heads * headSize + 2 * groups * stateSize;
      const state = heads * headSize * stateSize * stateBytes;
      return (mixed * (kernel - 1) * convolutionBytes + state) / tensor;
    }
    case "delta": {
      const { keyHeads, keySize, valueHeads, valueSize, kernel } = mixer;
      const mixed = 2 * keyHeads * keySize + valueHeads * valueSize;
      const state = valueHeads * valueSize * keySize * stateBytes;
      return (mixed * (kernel - 1) * convolutionBytes + state) / tensor;
    }
    default:
      return 0;
  }
}

/** Bytes that one more token takes once every window is full. */
export function cacheBytesPerToken(model: ModelArchitecture, options: CacheOptions = {}): number {
  const caches = model.layers.map((layer) => layerCache(model, layer, options));
  return sum(caches.filter(({ window }) => window === undefined).map(({ tokenBytes }) => tokenBytes));
}

/** Bytes of one sequence with so many tokens, on one rank of a stage; on the only one unless said. */
export function sequenceBytes(
  model: ModelArchitecture,
  tokens: number,
  options: CacheOptions = {},
  parallelism: Parallelism = alone,
  stage = 0,
): number {
  return sequenceCost(model, options, parallelism, stage)(tokens);
}

/** The same for whoever asks about many lengths. */
export function sequenceCost(
  model: ModelArchitecture,
  options: CacheOptions,
  parallelism: Parallelism,
  stage: number,
): (tokens: number) => number {
  const { batchedTokens = 1 } = options;
  const caches = layerGroups(stageLayers(model, parallelism, stage)).map(({ layer, count }) => ({
    ...layerCache(model, layer, options, parallelism),
    count,
  }));
  return (tokens) =>
    sum(
      caches.map(({ tokenBytes, window, stateBytes, count }) => {
        const kept = window === undefined ? tokens : Math.min(tokens, window - 1 + batchedTokens);
        return count * (kept * tokenBytes + stateBytes);
      }),
    );
}
