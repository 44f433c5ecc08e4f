/** What the engine may use, and what it takes at a time; every field is bounded and has a default. */
import { z } from "zod";
import { tensorParallelMax } from "./device/tensor-parallel.ts";
import { adaptersMax } from "./engine/sequence.ts";

export const engineSettings = z.strictObject({
  /** Directory with config.json, safetensors files and tokenizer.json. */
  model: z.string().min(1),
  /** auto: a GPU if this machine has one that computes this model, else the processor. */
  device: z.enum(["auto", "cpu", "cuda"]).default("auto"),
  /**
   * Instructions that the processor's kernels use; where they are given, auto is the processor. Default: the
   * best that it has.
   */
  path: z.enum(["amx", "avx512", "avx2", "portable"]).optional(),
  /** Threads that compute. Default: one for each processor that the process may use. */
  threads: z.int().min(1).max(256).optional(),
  /** Low-rank adapters of the model in PEFT's files; requests ask for them by name. Default: none. */
  adapters: z
    .array(z.strictObject({ name: z.string().min(1).max(256), directory: z.string().min(1) }))
    .max(adaptersMax)
    .refine((adapters) => new Set(adapters.map(({ name }) => name)).size === adapters.length, {
      message: "Invalid input: two adapters have one name",
    })
    .default([]),
  /** The highest rank that an adapter may have. */
  adapterRank: z.int().min(1).max(512).default(64),
  /** GPUs that share the model, each with a part of every layer; NCCL must be there if there are several. */
  tensorParallel: z.int().min(1).max(tensorParallelMax).default(1),
  /**
   * Default: 1024 on the processor; on a GPU what `gpuMemoryUtilization` leaves for it. Of each GPU, where
   * several share the model.
   */
  kvCacheMiB: z
    .int()
    .min(1)
    .max(1024 * 1024)
    .optional(),
  /** Of a GPU's memory: weights, KV cache and all else together, what others have counted in. */
  gpuMemoryUtilization: z.number().min(0.05).max(0.99).default(0.9),
  /** Of what the KV cache is; auto: bf16. fp8 (E4M3, without scales) is half as large, on a GPU alone. */
  kvCacheType: z.enum(["auto", "bf16", "fp8"]).default("auto"),
  /**
   * Whether answers on a GPU are the same bit for bit, whoever else is in a step. False: cuBLASLt, where it
   * can be opened, and `wgmma`, where the GPU has it, compute products of `libraryRows` tokens and more. The
   * processor's are always the same.
   */
  isBatchInvariant: z.boolean().default(true),
  /** Fewer are faster where weights stay as they are packed. */
  libraryRows: z.int().min(65).max(65_536).default(512),
  /**
   * The most tokens of prompt and answer together. Default: what the model was made for and
   * the KV cache holds, at most 8192.
   */
  sequenceTokens: z.int().min(16).max(1_048_576).optional(),
  /** The most tokens of a step: longer prompts are computed in chunks. */
  stepTokens: z.int().min(16).max(65_536).default(512),
  /** The most requests that are answered at a time. */
  sequences: z.int().min(1).max(1024).default(32),
  /** The most that wait beside them; more are refused. */
  waiting: z.int().min(0).max(100_000).default(256),
  /** Part of the KV cache that stays free when a request is let in, for those that run to grow into. */
  spareFraction: z.number().min(0).max(0.5).default(0.02),
  /** How often a request may lose its place in the KV cache before it is given up. */
  preemptions: z.int().min(0).max(1000).default(8),
  /** Guesses at what comes next, by what the request said before; answers are the same with and without. */
  speculation: z
    .strictObject({
      /** The most that one request guesses for one step; 0: none. */
      tokens: z.int().min(0).max(8).default(0),
      /** So many tokens must be alike before anything is guessed; no more than `max` are compared. */
      ngram: z
        .strictObject({ min: z.int().min(1).max(16).default(2), max: z.int().min(1).max(16).default(4) })
        .refine(({ min, max }) => min <= max, "min is at most max")
        .prefault({}),
    })
    .prefault({}),
  /**
   * Whether a step is begun before the one before it has ended, where nothing depends on what that brings and
   * the device can; answers are the same with and without.
   */
  isSchedulingAhead: z.boolean().default(true),
  /** Alternatives told beside a token; OpenAI's API lets requests ask for 20. */
  topLogprobs: z.int().min(20).max(100).default(20),
  /** How long loading and the first forward pass may take. */
  startSeconds: z.number().positive().max(7200).default(600),
  /** Starts that may fail in a row before the engine is given up. */
  failedStarts: z.int().min(1).max(100).default(5),
  /** The first pause before a new start; it doubles with each that fails. */
  pauseSeconds: z.number().positive().max(60).default(1),
  /** A grammar that takes longer to compile is refused. */
  grammarSeconds: z.number().min(0.1).max(600).default(10),
  /**
   * Grammars that wait to be compiled; of more, the newest of the tenant who has most is sent away. Default:
   * as many as there are requests.
   */
  grammarsWaiting: z.int().min(1).max(100_000).optional(),
  /**
   * An engine that says nothing for so long, or computes a step for so long, is started again. GPUs that
   * share a model are given up after half of it.
   */
  silenceSeconds: z.number().min(5).max(3600).default(60),
});
export type EngineSettings = z.output<typeof engineSettings>;

/** What the engine's own process is started with: all that was left open is decided. */
export const engineProcessSettings = engineSettings.required({ sequenceTokens: true }).extend({
  device: z.enum(["cpu", "cuda"]).default("cpu"),
  /** File of the native addon. */
  addon: z.string().min(1),
  /** What may end an answer that is held to a grammar: the engine itself reads no tokenizer. */
  stopTokens: z.array(z.int().min(0)).max(1024),
});

type StepSettings = Pick<
  z.output<typeof engineProcessSettings>,
  "stepTokens" | "sequences" | "topLogprobs" | "sequenceTokens" | "speculation"
>;

const processorKvCacheMiB = 1024;

/** The KV cache as a device takes it. */
export function kvCacheSize({
  device,
  kvCacheMiB,
  gpuMemoryUtilization,
}: Pick<EngineSettings, "device" | "kvCacheMiB" | "gpuMemoryUtilization">) {
  if (kvCacheMiB === undefined && device === "cuda") return { memoryShare: gpuMemoryUtilization };
  return { kvCacheBytes: (kvCacheMiB ?? processorKvCacheMiB) * 2 ** 20 };
}

/** Tokens that one request can have beside its own whose logits are adjusted: biases and stop tokens. */
const adjustedTokens = 1024;

/** Bounds of every step of a device with such a vocabulary. */
export function stepLimits(
  { stepTokens, sequences, topLogprobs, sequenceTokens, speculation }: StepSettings,
  vocabularySize: number,
) {
  const adjustments = sequences * Math.min(vocabularySize, sequenceTokens + adjustedTokens);
  const draftTokens = speculation.tokens;
  return { stepTokens, sequences, topLogprobs, sequenceTokens, adjustments, draftTokens };
}
