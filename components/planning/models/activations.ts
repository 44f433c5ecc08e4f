/** Activations that training keeps from the forward pass until the backward pass has used them. */
import type { FeedForward, Layer, Mixer, ModelArchitecture } from "../../catalogue/model-architecture.ts";
import { sum } from "../sum.ts";

export interface Batch {
  /** Sequences of one micro-batch. */
  readonly sequences: number;
  /** Tokens of a sequence. */
  readonly tokens: number;
  /** What is computed again in the backward pass instead of being kept. Default: nothing. */
  readonly recompute?: "none" | "full";
  /** Ranks that share each layer and, by sequence parallelism, what lies between. Default: 1. */
  readonly tensorParallel?: number;
  /** Whether a mask of each dropout is kept, a byte for each number. Default: no. */
  readonly dropout?: boolean;
}

/**
 * Bytes of all layers. Attention is taken to be computed without keeping its scores (FlashAttention); the
 * rest is that of Korthikanti and others, arXiv 2205.05198, section 4, for the sizes of each layer.
 */
export function activationBytes(model: ModelArchitecture, batch: Batch): number {
  const { sequences, tokens, recompute = "none", tensorParallel = 1 } = batch;
  const layers = model.layers.map((layer) => layerBytes(model.hiddenSize, layer, batch));
  const inputs = model.layers.length * 2 * model.hiddenSize;
  // Recomputed layers keep their input, and one at a time everything.
  const kept = recompute === "full" ? inputs + Math.max(...layers) : sum(layers);
  return (sequences * tokens * (kept + outputBytes(model))) / tensorParallel;
}

/** Logits in 32 bits, and their gradients. */
function outputBytes({ vocabularySize }: ModelArchitecture): number {
  return 8 * vocabularySize;
}

/** Bytes of one token in one layer: two for each number, one for each mask. */
function layerBytes(hiddenSize: number, { mixer, feedForward, norms }: Layer, { dropout }: Batch): number {
  // What goes into each normalisation and what comes out of it.
  const between = 2 * norms * hiddenSize;
  const inside = (mixer ? mixerNumbers(mixer) : 0) + (feedForward ? feedForwardNumbers(feedForward) : 0);
  const masks = dropout ? (mixer ? hiddenSize : 0) + (feedForward ? hiddenSize : 0) : 0;
  return 2 * (between + inside) + masks;
}

/** Queries, keys, values, and what comes out before the last projection. */
function mixerNumbers(mixer: Mixer): number {
  switch (mixer.kind) {
    case "attention": {
      const { heads, keyValueHeads, headSize, gated } = mixer;
      return headSize * ((gated ? 3 : 2) * heads + 2 * keyValueHeads);
    }
    case "latent": {
      const { heads, queryRank = 0, keyValueRank, plainSize, rotarySize, valueSize } = mixer;
      const keys = plainSize + rotarySize;
      return queryRank + keyValueRank + rotarySize + heads * (2 * keys + 2 * valueSize);
    }
    case "mamba":
      return 4 * mixer.innerSize + mixer.stepRank + 2 * mixer.stateSize;
    case "mamba2":
      return 4 * mixer.heads * mixer.headSize + 2 * mixer.groups * mixer.stateSize + mixer.heads;
    case "delta":
      return 2 * mixer.keyHeads * mixer.keySize + 4 * mixer.valueHeads * mixer.valueSize;
  }
}

/** What each matrix puts out, but the last one's, which the next layer keeps. */
function feedForwardNumbers(layer: FeedForward): number {
  if (layer.kind === "dense") return (layer.gated ? 3 : 2) * layer.size;
  return 3 * (layer.active * layer.size + layer.sharedSize) + layer.experts;
}
