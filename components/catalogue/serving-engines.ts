/** What engines that serve models take of an accelerator beside weights and context, each with its source. */

export interface EngineFacts {
  /** Part of an accelerator's memory that it uses unless told otherwise. */
  readonly memoryUtilization: number;
  /** Tokens that it computes at once unless told otherwise. */
  readonly batchedTokens: number;
  /** Sequences that it runs at once unless told otherwise. */
  readonly maxSequences: number;
  /** Tokens of one block of its cache. */
  readonly blockTokens: number;
  /** Memory of CUDA, outside of PyTorch. */
  readonly contextGiB: number;
  /** Memory of collective operations, where ranks share a model. */
  readonly collectiveGiB: number;
  /** Memory of captured CUDA graphs. */
  readonly graphGiB: number;
  /** Activations that live at once, as multiples of a token's feed-forward size and of its hidden size. */
  readonly activationFactor: { readonly feedForward: number; readonly hidden: number };
  /** Bytes that the sampler holds for each possible token of a sequence. */
  readonly samplerBytes: number;
  /** Compute capability from which it has kernels, for GPUs alone. Default: it runs elsewhere too. */
  readonly leastCapability?: number;
  /** Whether it cannot share an accelerator's memory with others. Default: it can. */
  readonly needsWholeMemory?: boolean;
  readonly source: string;
  readonly date: string;
}

export const servingEngines = {
  vllm: {
    memoryUtilization: 0.9,
    batchedTokens: 2048,
    maxSequences: 256,
    blockTokens: 16,
    contextGiB: 0.35,
    collectiveGiB: 0.6,
    graphGiB: 0.5,
    activationFactor: { feedForward: 3, hidden: 3 },
    samplerBytes: 12,
    source:
      "vllm-project/vllm#10517: 2.07 GiB of activations at 20000 tokens and 2.99 at 29000 for Llama 3.1 8B," +
      " 0.35 outside of PyTorch; #10511: 1.26 at 8192 tokens and 256 sequences; #13061: two ranks differ by" +
      " 1.2 GiB, of which half is taken for collectives; graphs of 0.17 GiB in" +
      " noonghunna/club-3090#127, 0.36 in gpustack/runner#251, inside the utilisation since version 0.21",
    date: "2026-11-21",
  },
  plinth: {
    memoryUtilization: 0.9,
    batchedTokens: 512,
    maxSequences: 32,
    blockTokens: 16,
    contextGiB: 0.35,
    collectiveGiB: 0.6,
    graphGiB: 0.5,
    activationFactor: { feedForward: 1, hidden: 8 },
    samplerBytes: 12,
    leastCapability: 80,
    needsWholeMemory: true,
    source:
      "runtime/engine-settings.ts, runtime/device/cuda-build.ts and runtime/native of this project" +
      " (fitting_blocks: what others have is taken); CUDA, collectives, graphs and sampler" +
      " as of vLLM: not measured on a GPU yet",
    date: "2026-11-22",
  },
} as const satisfies Record<string, EngineFacts>;

export type ServingEngine = keyof typeof servingEngines;

/**
 * What the processes of the runtime take beside weights, cache and the arrays of a step, on the processor.
 * Measured were 243 and 291 MiB with a vocabulary of 512; what each of the threads that read texts and
 * grammars takes for one more token is our own estimate.
 */
export const runtimeProcesses = {
  memoryMiB: 768,
  bytesPerToken: 4096,
  source: "docs/runtime.md of this project, under stress: resident in the last tenth of 34 minutes",
  date: "2026-11-22",
} as const;

/** Memory that the driver keeps from programs: CUDA shows this much less than nvidia-smi does. */
export const driverReserve = {
  gib: 0.85,
  source:
    "totals that vLLM printed: T4 14.56 of 15.00, A10G 22.07 of 22.49, H100 79.14 of 79.65 (GiB); A100 80GB" +
    " 79.15 of 80.00 is the most that is kept",
  date: "2026-11-21",
} as const;
