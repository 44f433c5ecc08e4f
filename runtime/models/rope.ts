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
};

const ropeFields = z.looseObject({
  /** `type` is what it was called before `rope_type`. */
  rope_type: z.string().nullish(),
  type: z.string().nullish(),
  rope_theta: z.number().positive().nullish(),
  partial_rotary_factor: z.number().nullish(),
});

interface RopeFile {
  readonly rope_theta?: number | null;
  /** Before transformers 5. */
  readonly rope_scaling?: unknown;
  /** From transformers 5 on: theta stands in it as well. */
  readonly rope_parameters?: unknown;
}

/** What config files mean that do not tell (LlamaConfig, Qwen2Config and others: 10,000). */
const defaultTheta = 10_000;

export function readRope(file: string, config: RopeFile): { ropeTheta: number; ropeScaling: RopeScaling } {
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

/** Radians from one position to the next, by half of a head. */
export function ropeTurns(headDim: number, theta: number, scaling: RopeScaling): Float32Array<ArrayBuffer> {
  const turns = new Float32Array(headDim / 2);
  for (let index = 0; index < turns.length; index += 1) {
    const turn = Math.fround(1 / Math.fround(theta ** Math.fround((2 * index) / headDim)));
    turns[index] = scaled(turn, scaling);
  }
  return turns;
}

function scaled(turn: number, scaling: RopeScaling): number {
  switch (scaling.type) {
    case "default":
      return turn;
    case "linear":
      return turn / scaling.factor;
    case "llama3": {
      const { factor, lowFreqFactor, highFreqFactor, originalTokens } = scaling;
      const rounds = (originalTokens * turn) / (2 * Math.PI);
      if (rounds < lowFreqFactor) return turn / factor;
      if (rounds > highFreqFactor) return turn;
      const share = (rounds - lowFreqFactor) / (highFreqFactor - lowFreqFactor);
      return ((1 - share) * turn) / factor + share * turn;
    }
  }
}
