/**
 * By how much heads are rotated from one position to the next. Field names and formulas are those of
 * transformers (src/transformers/modeling_rope_utils.py, 5.23; 2026-11-22), which computes in 32 bits.
 */
import { z } from "zod";
import { ModelFileError } from "./model-file-error.ts";

export type RopeScaling =
  | { readonly type: "default" }
  | { readonly type: "linear"; readonly factor: number }
  | {
      readonly type: "llama3";
      readonly factor: number;
      readonly lowFreqFactor: number;
      readonly highFreqFactor: number;
      readonly originalTokens: number;
    }
  | {
      readonly type: "yarn";
      readonly factor: number;
      readonly originalTokens: number;
      /** Turns that go round more often than this in the original length stay as they are. */
      readonly betaFast: number;
      /** Those that go round less often are slowed by the whole factor. */
      readonly betaSlow: number;
      /** What queries and keys are multiplied by. */
      readonly attentionFactor: number;
      /** Where it goes over from one to the other is rounded to whole pairs. */
      readonly isTruncated: boolean;
    };

const factor = z.number().min(1);

const scalings = {
  default: z.looseObject({}).transform((): RopeScaling => ({ type: "default" })),
  linear: z.looseObject({ factor }).transform(({ factor }): RopeScaling => ({ type: "linear", factor })),
  llama3: z
    .looseObject({
      factor,
      low_freq_factor: z.number().positive(),
      high_freq_factor: z.number().positive(),
      original_max_position_embeddings: z.int().min(1),
    })
    .refine((told) => told.low_freq_factor < told.high_freq_factor, {
      path: ["low_freq_factor"],
      message: "Too big: it is below high_freq_factor",
    })
    .transform(
      (told): RopeScaling => ({
        type: "llama3",
        factor: told.factor,
        lowFreqFactor: told.low_freq_factor,
        highFreqFactor: told.high_freq_factor,
        originalTokens: told.original_max_position_embeddings,
      }),
    ),
  yarn: z
    .looseObject({
      factor,
      original_max_position_embeddings: z.int().min(1),
      beta_fast: z.number().positive().nullish(),
      beta_slow: z.number().positive().nullish(),
      attention_factor: z.number().positive().nullish(),
      truncate: z.boolean().nullish(),
      // Two further scales, which DeepSeek alone has.
      mscale: z.null().optional(),
      mscale_all_dim: z.null().optional(),
    })
    .transform(
      (told): RopeScaling => ({
        type: "yarn",
        factor: told.factor,
        originalTokens: told.original_max_position_embeddings,
        betaFast: told.beta_fast ?? 32,
        betaSlow: told.beta_slow ?? 1,
        attentionFactor: told.attention_factor ?? 0.1 * Math.log(told.factor) + 1,
        isTruncated: told.truncate ?? true,
      }),
    ),
};

const ropeFields = z.looseObject({
  /** `type` is what it was called before `rope_type`. */
  rope_type: z.string().nullish(),
  type: z.string().nullish(),
  rope_theta: z.number().positive().nullish(),
  partial_rotary_factor: z.number().nullish(),
});

export interface Rope {
  readonly ropeTheta: number;
  readonly ropeScaling: RopeScaling;
}

interface RopeFile {
  readonly rope_theta?: number | null;
  /** Of local layers, before transformers 5. */
  readonly rope_local_base_freq?: number | null;
  /** Before transformers 5. */
  readonly rope_scaling?: unknown;
  /** From transformers 5 on: theta stands in it as well. */
  readonly rope_parameters?: unknown;
}

/** What config files mean that do not tell (LlamaConfig, Qwen2Config and others: 10,000). */
const defaultTheta = 10_000;

/** What Gemma 3's mean (Gemma3TextConfig). */
const gemma3Theta = { full: 1_000_000, local: 10_000 };

const layerTypes = z.strictObject({
  full_attention: z.unknown().optional(),
  sliding_attention: z.unknown().optional(),
});

/** Where layers with a window are rotated in a way of their own. */
export function readLocalRope(file: string, config: RopeFile): Rope & { readonly localRope: Rope } {
  const { rope_parameters, rope_scaling, rope_theta, rope_local_base_freq } = config;
  const told = checked(file, "rope_parameters", layerTypes, rope_parameters ?? {});
  const full = { rope_theta: rope_theta ?? gemma3Theta.full, rope_scaling };
  const local = { rope_theta: rope_local_base_freq ?? gemma3Theta.local };
  const ropeOf = (type: keyof typeof told, untold: RopeFile) =>
    readRope(file, told[type] == null ? untold : { ...untold, rope_parameters: told[type] });
  return { ...ropeOf("full_attention", full), localRope: ropeOf("sliding_attention", local) };
}

export function readRope(file: string, config: RopeFile): Rope {
  const field = config.rope_parameters == null ? "rope_scaling" : "rope_parameters";
  const fields = checked(file, field, ropeFields, config[field] ?? {});
  const type = fields.rope_type ?? fields.type ?? "default";
  if (!Object.hasOwn(scalings, type)) {
    const known = Object.keys(scalings).join(", ");
    throw new ModelFileError(file, `"${field}.rope_type": ${type} is not supported; these are: ${known}`);
  }
  if ((fields.partial_rotary_factor ?? 1) !== 1) {
    throw new ModelFileError(file, `"${field}.partial_rotary_factor": heads are rotated whole or not at all`);
  }
  const theta = fields.rope_theta ?? config.rope_theta ?? defaultTheta;
  if (theta <= 1) throw new ModelFileError(file, `"rope_theta": ${theta} is not above 1`);
  const ropeScaling = checked(file, field, scalings[type as keyof typeof scalings], fields);
  return { ropeTheta: theta, ropeScaling };
}

function checked<T>(file: string, field: string, schema: z.ZodType<T>, raw: unknown): T {
  const { data, error } = schema.safeParse(raw);
  if (data) return data;
  const [issue] = error?.issues ?? [];
  throw new ModelFileError(file, `"${[field, ...(issue?.path ?? [])].join(".")}": ${issue?.message}`);
}

type Scaling<T extends RopeScaling["type"]> = Extract<RopeScaling, { type: T }>;

/** Radians from one position to the next, by half of a head. */
export function ropeTurns(headDim: number, theta: number, scaling: RopeScaling): Float32Array<ArrayBuffer> {
  const turns = new Float32Array(headDim / 2);
  for (let index = 0; index < turns.length; index += 1) {
    turns[index] = Math.fround(1 / Math.fround(theta ** Math.fround((2 * index) / headDim)));
  }
  switch (scaling.type) {
    case "default":
      return turns;
    case "linear":
      return turns.map((turn) => turn / scaling.factor);
    case "llama3":
      return turns.map((turn) => mixed(turn, scaling.factor, llama3Share(turn, scaling)));
    case "yarn": {
      const shareOf = yarnShare(headDim, theta, scaling);
      return turns.map((turn, index) => mixed(turn, scaling.factor, shareOf(index)));
    }
  }
}

/** What cosines and sines are multiplied by. */
export function ropeScale(scaling: RopeScaling): number {
  return scaling.type === "yarn" ? scaling.attentionFactor : 1;
}

/** A share of 1 leaves the turn as it is, one of 0 slows it by the factor. */
function mixed(turn: number, factor: number, share: number): number {
  return ((1 - share) * turn) / factor + share * turn;
}

const within = (share: number) => Math.min(Math.max(share, 0), 1);

function llama3Share(turn: number, scaling: Scaling<"llama3">): number {
  const { lowFreqFactor, highFreqFactor, originalTokens } = scaling;
  const rounds = (originalTokens * turn) / (2 * Math.PI);
  return within((rounds - lowFreqFactor) / (highFreqFactor - lowFreqFactor));
}

/** Between two places in the head it falls evenly; each is where turns go round so often. */
function yarnShare(headDim: number, theta: number, scaling: Scaling<"yarn">): (index: number) => number {
  const { originalTokens, betaFast, betaSlow, isTruncated } = scaling;
  const placeOf = (rounds: number) =>
    (headDim * Math.log(originalTokens / (rounds * 2 * Math.PI))) / (2 * Math.log(theta));
  const [fast, slow] = [placeOf(betaFast), placeOf(betaSlow)];
  const low = Math.max(isTruncated ? Math.floor(fast) : fast, 0);
  const high = Math.min(isTruncated ? Math.ceil(slow) : slow, headDim - 1);
  return (index) => 1 - within((index - low) / (low === high ? 0.001 : high - low));
}
