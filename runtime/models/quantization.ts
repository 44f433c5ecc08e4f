/**
 * How the linear layers of a model are quantised, from `quantization_config` in its config.json: weights,
 * symmetric, in the formats of compressed-tensors that whole numbers and floats of 8 bits have. Names and
 * defaults are those of compressed-tensors 0.20 (quantization/quant_args.py, quant_scheme.py,
 * quant_config.py; 2026-11-22).
 */
import { z } from "zod";
import type { Mixture } from "./mixture.ts";
import { ModelFileError } from "./model-file-error.ts";

export interface WeightFormat {
  readonly bits: 4 | 8;
  /** Weights of a row that share a scale. Absent: the whole row. */
  readonly group?: number;
  /** Several codes in each 32-bit word, else one byte each. */
  readonly isPacked: boolean;
  /** Floats of 8 bits (E4M3) in the place of whole numbers, with a scale for each row or one for all. */
  readonly float?: { readonly hasOneScale: boolean };
}

/** Groups are whole rows of the kernels' activations. */
export const groupStep = 32;

const nothing = z.union([z.null(), z.strictObject({})]).optional();
/** Nulls and what has no meaning without its partner are what the library itself writes. */
const common = {
  symmetric: z.literal(true),
  block_structure: z.null().optional(),
  observer: z.string().nullish(),
  observer_kwargs: z.looseObject({}).nullish(),
  scale_dtype: z.string().nullish(),
  zp_dtype: z.string().nullish(),
};
const whole = z.strictObject({
  ...common,
  num_bits: z.literal([4, 8]),
  type: z.literal("int"),
  strategy: z.enum(["channel", "group"]),
  group_size: z.union([z.literal(-1), z.int().min(groupStep).multipleOf(groupStep)]).nullish(),
  dynamic: z.literal(false).optional(),
  /** In which order weights were quantised: they lie in their own order all the same. */
  actorder: z.union([z.literal(["weight", "static"]), z.literal(false)]).nullish(),
});
const float = z.strictObject({
  ...common,
  num_bits: z.literal(8),
  type: z.literal("float"),
  strategy: z.enum(["channel", "tensor"]),
  group_size: z.null().optional(),
  dynamic: z.literal(false).optional(),
  actorder: z.union([z.null(), z.literal(false)]).optional(),
});
const weights = z.discriminatedUnion("type", [whole, float]);

/** Where they are rounded anew in each step, they may as well stay what they are. */
const activations = z.strictObject({
  ...common,
  num_bits: z.literal(8),
  type: z.literal("float"),
  strategy: z.enum(["token", "tensor"]),
  group_size: z.null().optional(),
  dynamic: z.literal(true),
  actorder: z.union([z.null(), z.literal(false)]).optional(),
});

const format = z.enum(["pack-quantized", "int-quantized", "float-quantized"]);

const scheme = z.strictObject({
  targets: z.array(z.string()),
  weights,
  input_activations: activations.nullish(),
  output_activations: z.null().optional(),
  format: format.nullish(),
});

/** `targets` and `ignore` say nothing that the tensors in the files do not. */
const quantizationConfig = z.strictObject({
  quant_method: z.literal("compressed-tensors"),
  format,
  config_groups: z.record(z.string(), scheme).refine((groups) => Object.keys(groups).length === 1, {
    message: "Invalid input: expected one group",
  }),
  quantization_status: z.literal(["compressed", "frozen"]).nullish(),
  ignore: z.array(z.string()).nullish(),
  kv_cache_scheme: z.null().optional(),
  global_compression_ratio: z.number().nullish(),
  sparsity_config: nothing,
  moe_sparsity_config: nothing,
  transform_config: nothing,
  version: z.string().nullish(),
});

/** Throws a ModelFileError that names the field; undefined for a model that is not quantised. */
export function readQuantization(file: string, raw: unknown): WeightFormat | undefined {
  if (raw == null) return undefined;
  const { data, error } = quantizationConfig.safeParse(raw);
  if (!data) {
    const [issue] = error.issues;
    const field = ["quantization_config", ...(issue?.path ?? [])].join(".");
    throw new ModelFileError(file, `"${field}": ${issue?.message}; ${served}`);
  }
  const [[name, group] = []] = Object.entries(data.config_groups);
  if (!group) throw new Error("a config of one group has none");
  const own = group.format ?? data.format;
  const field = '"quantization_config.config_groups"';
  if ((group.weights.type === "float") !== (own === "float-quantized")) {
    throw new ModelFileError(file, `${field}: ${own} with weights of ${group.weights.type}; ${served}`);
  }
  if (group.weights.type === "float") {
    return { bits: 8, isPacked: false, float: { hasOneScale: group.weights.strategy === "tensor" } };
  }
  if (group.input_activations) {
    const problem = `"quantization_config.config_groups.${name}.input_activations" of weights of int`;
    throw new ModelFileError(file, `${problem}; ${served}`);
  }
  const { num_bits: bits, strategy, group_size: size } = group.weights;
  const isPacked = own === "pack-quantized";
  const isGrouped = size != null && size > 0;
  if (isGrouped !== (strategy === "group")) {
    throw new ModelFileError(
      file,
      `${field}: the strategy ${strategy} with a group_size of ${size}; ${served}`,
    );
  }
  if (!isPacked && bits === 4) {
    throw new ModelFileError(file, `${field}: int-quantized weights of 4 bits; ${served}`);
  }
  return { bits, isPacked, ...(isGrouped && { group: size }) };
}

const served =
  "served are weights of 4 or 8 bits alone, symmetric, by channel or by groups of multiples of 32, " +
  "pack-quantized, or int-quantized of 8 bits, and float-quantized ones of 8 bits by channel or by tensor";

/** What a config.json says of weights that are quantised so; routers are not, and a name may be a pattern. */
export function quantizationConfigOf({ bits, group, isPacked }: WeightFormat, mixture?: Mixture): object {
  return {
    quant_method: "compressed-tensors",
    format: isPacked ? "pack-quantized" : "int-quantized",
    quantization_status: "compressed",
    global_compression_ratio: null,
    kv_cache_scheme: null,
    ignore: mixture ? ["lm_head", "re:.*\\.gate$"] : ["lm_head"],
    config_groups: {
      group_0: {
        targets: ["Linear"],
        input_activations: null,
        output_activations: null,
        weights: {
          num_bits: bits,
          type: "int",
          symmetric: true,
          strategy: group === undefined ? "channel" : "group",
          group_size: group ?? null,
          dynamic: false,
        },
      },
    },
  };
}
