/** What computes a step: the CPU today, a GPU by the same contract. The engine knows nothing else of it. */

/** Bounds of every step, fixed when the device is made: nothing is allocated afterwards. */
export interface StepLimits {
  /** The most tokens of a step, over all its sequences. */
  readonly stepTokens: number;
  /** The most sequences of a step. */
  readonly sequences: number;
  /** The most tokens of one sequence, prompt and answer together. */
  readonly sequenceTokens: number;
  /** The most alternatives whose log probability is told beside the chosen token's. */
  readonly topLogprobs: number;
  /** The most tokens, over all sequences of a step, whose logits are adjusted one by one. */
  readonly adjustments: number;
  /** The most drafts of one sequence in a step. Default: 0. */
  readonly draftTokens?: number;
}

export interface DeviceFacts {
  /** What runs: "cpu (AMX bf16)", "cuda:0 NVIDIA H200". */
  readonly name: string;
  readonly vocabularySize: number;
  /** Values of a token's hidden state. */
  readonly hiddenSize: number;
  /** Tokens of one block of the KV cache. */
  readonly blockTokens: number;
  /** Blocks of the KV cache. */
  readonly blocks: number;
  /** These and all other bytes are those of one GPU, the fullest, where several share a model. */
  readonly weightBytes: number;
  readonly kvCacheBytes: number;
  /** All else that a step needs, reserved when the device is made. */
  readonly workspaceBytes: number;
  /** Names of the adapters that a sequence may ask for, in order of their numbers. Absent: none. */
  readonly adapters?: readonly string[];
}

export interface Device {
  readonly facts: DeviceFacts;
  readonly limits: StepLimits;
  /** Steps that may be begun before the first of them has ended. Default: 1. */
  readonly stepsAtOnce?: 1 | 2;
  /**
   * Begins to compute what the batch says, and does not wait for it. From here until `finish` has answered
   * true, or has thrown, nobody else writes to the batch. Steps are computed one after the other, each with a
   * batch of its own.
   */
  start(batch: Batch): void;
  /**
   * Waits for the end of the step that was begun first, for so many milliseconds at most (Infinity: however
   * long it takes); true once its answers stand in the batch. Errors of one sequence stand in its `status`:
   * what throws here or in `start` is that no further step is possible, or a RangeError for a batch that is
   * none.
   */
  finish(milliseconds: number): boolean;
  /** Waits for the steps under way, and frees all that it holds. Further steps throw. */
  close(): void;
}

/** Bits of a sequence's `status` after a step. */
export const sequenceStatus = { well: 0, nonFiniteLogits: 1, nothingAllowed: 2 } as const;

/**
 * What is made of a sequence's hidden states behind the final norm. `last`: that of its last token of the
 * step. `sum`: each of this step's is added to what stands there, in the order of the tokens, so that the
 * sum over a prompt is the same however it was cut.
 */
export const poolings = { none: 0, last: 1, sum: 2 } as const;

/**
 * One step, as arrays that the engine fills in place and the device reads. Tokens of a sequence lie together,
 * in order; sequence s has those from `queryStart[s]` to `queryStart[s + 1]`. A sequence whose tokens end
 * before its known tokens do has answers of no meaning.
 */
export interface Batch {
  sequences: number;
  tokens: number;

  /**
   * By token; -1 - row: the one that the step before, which is under way, gets in that row of `sampled`. It
   * stands here once it is known.
   */
  readonly tokenIds: Int32Array;
  /** Of the token in its sequence, from 0. */
  readonly positions: Int32Array;

  /** By sequence, and one more: where its tokens begin. */
  readonly queryStart: Int32Array;
  /** By sequence: tokens of it that are in the KV cache after this step. */
  readonly contextLength: Int32Array;
  /** By sequence, `blocksPerSequence` apart: its blocks in order of its tokens. */
  readonly blockTable: Int32Array;
  readonly blocksPerSequence: number;
  /** By sequence: 0 for the model alone, else the number of one of its adapters, from 1. */
  readonly adapter: Int32Array;
  /** By sequence: 1 if its last token of this step gets logits and a sample, else 0. */
  readonly isSampled: Uint8Array;
  /**
   * By sequence: how many of its last tokens are drafts, guesses at what comes next. Each of them and the
   * token before them get logits and a sample, if `isSampled`: these are the sequence's rows, in order.
   */
  readonly draftTokens: Uint8Array;
  /** One more than the limits' drafts. */
  readonly rowsPerSequence: number;
  /** By sequence: one of `poolings`. */
  readonly pooling: Uint8Array;

  /** By sequence: how a token is chosen. Temperature 0 takes the likeliest. */
  readonly temperature: Float32Array;
  /** 0: no limit. */
  readonly topK: Int32Array;
  /** 1: no limit. */
  readonly topP: Float32Array;
  /** 0: no limit. */
  readonly minP: Float32Array;
  /** The draw depends on nothing but the seed and the position. */
  readonly seed: BigUint64Array;
  /** By sequence: how many alternatives are wanted; -1: not even the chosen token's log probability. */
  readonly logprobs: Int32Array;

  /** By sequence, and one more: where its adjustments begin. */
  readonly adjustStart: Int32Array;
  /** Token, what its logit is divided by if positive and multiplied by if not, and what is then added. */
  readonly adjustToken: Int32Array;
  readonly adjustScale: Float32Array;
  readonly adjustAdd: Float32Array;

  /** By sequence: 1 if `allowed` holds for it. */
  readonly isMasked: Uint8Array;
  /** By sequence, `maskWords` apart: one bit for each token of the vocabulary, the lowest first. */
  readonly allowed: Int32Array;
  readonly maskWords: number;

  /** By sequence, `hiddenSize` apart: what was made of its hidden states; sums go on from what is there. */
  readonly pooled: Float32Array;

  /** Answers, by sequence, `rowsPerSequence` apart, and then by its rows. */
  readonly sampled: Int32Array;
  readonly status: Int32Array;
  /** Natural logarithm of the chosen token's probability, after adjustments and mask, before temperature. */
  readonly logprob: Float32Array;
  /** By row, `topLogprobs` apart: the likeliest tokens first. */
  readonly topTokens: Int32Array;
  readonly topLogprob: Float32Array;
}
