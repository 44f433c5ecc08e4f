/** What a language model is made of, as far as the memory that it takes follows from it. */
import type { Quantization } from "./quantization.ts";

/** Types that unquantised weights are published in. */
export type WeightDtype = "bf16" | "fp16" | "fp32";

/** Attention that keeps keys and values of every token, or of the latest ones. */
export interface Attention {
  readonly kind: "attention";
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headSize: number;
  /** Latest tokens that it looks at; undefined looks at all. */
  readonly window?: number;
  /** Projections with a bias: those of queries, keys and values, or the output's as well. Default: none. */
  readonly bias?: "inputs" | "all";
  /** Whether queries and keys are normalised head by head. */
  readonly headNorms?: boolean;
  /** Whether each head has a learned sink. */
  readonly sinks?: boolean;
  /** Whether a gate as large as the queries scales its output. */
  readonly gated?: boolean;
}

/** Multi-head latent attention: one compressed vector for each token, for all heads. */
export interface LatentAttention {
  readonly kind: "latent";
  readonly heads: number;
  /** Undefined where queries are not compressed. */
  readonly queryRank?: number;
  readonly keyValueRank: number;
  /** Sizes of one head: without and with position, and of values. */
  readonly plainSize: number;
  readonly rotarySize: number;
  readonly valueSize: number;
}

/** A selective state space of the first kind: its state does not grow with the context. */
export interface Mamba {
  readonly kind: "mamba";
  readonly innerSize: number;
  readonly stateSize: number;
  readonly kernel: number;
  readonly stepRank: number;
  /** Whether step, input and output matrices are normalised, as Jamba does. */
  readonly innerNorms: boolean;
}

/** A selective state space with heads. */
export interface Mamba2 {
  readonly kind: "mamba2";
  readonly heads: number;
  readonly headSize: number;
  readonly stateSize: number;
  readonly groups: number;
  readonly kernel: number;
}

/** Linear attention by the gated delta rule. */
export interface DeltaNet {
  readonly kind: "delta";
  readonly keyHeads: number;
  readonly keySize: number;
  readonly valueHeads: number;
  readonly valueSize: number;
  readonly kernel: number;
}

export type Mixer = Attention | LatentAttention | Mamba | Mamba2 | DeltaNet;

export interface DenseFeedForward {
  readonly kind: "dense";
  readonly size: number;
  /** Whether a gate makes it three matrices instead of two. */
  readonly gated: boolean;
}

export interface MixtureOfExperts {
  readonly kind: "mixture";
  readonly experts: number;
  /** Experts that work on one token. */
  readonly active: number;
  /** Size of one expert, which is gated always. */
  readonly size: number;
  /** Size of all shared experts together; 0 for none. */
  readonly sharedSize: number;
  /** Whether a gate of its own scales the shared expert. */
  readonly sharedGate?: boolean;
  /** Whether the router corrects its choice by a bias. */
  readonly routerBias?: boolean;
  /** Whether each expert's matrices have biases. */
  readonly expertBias?: boolean;
}

export type FeedForward = DenseFeedForward | MixtureOfExperts;

export interface Layer {
  readonly mixer?: Mixer;
  readonly feedForward?: FeedForward;
  /** Normalisations of the hidden size. */
  readonly norms: number;
}

export interface ModelArchitecture {
  readonly hiddenSize: number;
  readonly vocabularySize: number;
  /** The longest context that the model was made for. */
  readonly maxContext: number;
  /** Whether the output layer is the embedding again. */
  readonly tiedEmbeddings: boolean;
  readonly dtype: WeightDtype;
  /** First to last. */
  readonly layers: readonly Layer[];
  /** Layers that predict further tokens; an engine loads them for speculative decoding only. */
  readonly predictionLayers?: readonly Layer[];
  /** How the published weights are quantised, where they are. */
  readonly quantization?: Quantization;
}
