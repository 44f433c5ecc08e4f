/** The format of a checkpoint's weights, from the field quantization_config of its config.json. */
import { z } from "zod";
import { type Quantization, quantization } from "../../catalogue/quantization.ts";
import type { Path, Problem } from "../problem.ts";

const group = z.int().min(-1).max(65_536).nullish();

/** Weights of one group of layers, as compressed-tensors describes them. */
const compressedWeights = z.object({
  num_bits: z.int().min(1).max(16),
  type: z.enum(["int", "float"]),
  strategy: z.string().nullish(),
  group_size: group,
  symmetric: z.boolean().nullish(),
});

const fields = z.object({
  quant_method: z.string(),
  bits: z.int().min(2).max(8).nullish(),
  w_bit: z.int().min(2).max(8).nullish(),
  group_size: group,
  q_group_size: group,
  zero_point: z.boolean().nullish(),
  load_in_4bit: z.boolean().nullish(),
  load_in_8bit: z.boolean().nullish(),
  weight_block_size: z.array(z.int()).nullish(),
  modules_to_not_convert: z.array(z.string()).nullish(),
  quant_algo: z.string().nullish(),
  ignore: z.array(z.string()).nullish(),
  config_groups: z.record(z.string(), z.object({ weights: compressedWeights.nullish() })).nullish(),
});

type Fields = z.output<typeof fields>;

/** How each method is read; undefined where it says of itself what cannot be read. */
const methods: Readonly<Record<string, (config: Fields) => Quantization | undefined>> = {
  fp8: (config) => quantization(config.weight_block_size ? "fp8-block" : "fp8", partOf(config)),
  fbgemm_fp8: (config) => quantization("fp8", partOf(config)),
  gptq: (config) => quantization("gptq", { bits: config.bits ?? 4, groupSize: sizeOf(config.group_size) }),
  awq: (config) =>
    quantization("awq", {
      bits: config.bits ?? config.w_bit ?? 4,
      groupSize: sizeOf(config.group_size ?? config.q_group_size ?? 128),
      zeroPoints: config.zero_point ?? true,
    }),
  bitsandbytes: (config) => quantization("bitsandbytes", { bits: config.load_in_8bit ? 8 : 4 }),
  mxfp4: () => quantization("mxfp4"),
  modelopt: ({ quant_algo }) =>
    ({ FP8: quantization("fp8"), NVFP4: quantization("nvfp4") })[quant_algo ?? ""],
  "compressed-tensors": compressed,
};

function compressed(config: Fields): Quantization | undefined {
  const weights = Object.values(config.config_groups ?? {})[0]?.weights;
  if (!weights) return undefined;
  const { num_bits: bits, type, strategy, group_size: size, symmetric } = weights;
  const part = partOf(config);
  if (bits === 8 && type === "float") return quantization(strategy === "block" ? "fp8-block" : "fp8", part);
  if (bits === 8 && strategy !== "group") return quantization("int8", part);
  if (type === "float") return quantization("nvfp4", part);
  return quantization("compressed-int4", {
    ...part,
    bits,
    groupSize: strategy === "channel" ? undefined : sizeOf(size ?? 128),
    zeroPoints: symmetric === false,
  });
}

/** Minus one stands for a whole row. */
function sizeOf(size: number | null | undefined): number | undefined {
  return size === -1 || size == null ? undefined : size;
}

/** Attention that is left out everywhere leaves the feed-forward layers. */
function partOf({ modules_to_not_convert, ignore }: Fields): Pick<Quantization, "part"> {
  const left = [...(modules_to_not_convert ?? []), ...(ignore ?? [])];
  const isAttention = left.filter((name) => /self_attn/.test(name)).length > 1;
  return { part: isAttention ? "feed-forward" : "linear" };
}

export interface QuantizationRead {
  readonly quantization?: Quantization;
  readonly problems: readonly Problem[];
}

export function readQuantization(input: unknown, path: Path): QuantizationRead {
  const parsed = fields.safeParse(input);
  const found = parsed.success ? methods[parsed.data.quant_method]?.(parsed.data) : undefined;
  if (found) return { quantization: found, problems: [] };
  const method = parsed.success ? parsed.data.quant_method : JSON.stringify(input).slice(0, 80);
  const isKnown = parsed.success && parsed.data.quant_method in methods;
  return {
    problems: [
      {
        path: [...path, ...(isKnown ? [] : ["quant_method"])],
        given: isKnown ? `${method} whose weights are not described` : method,
        allowed: Object.keys(methods).join(", "),
        remedy: "take a checkpoint in one of these formats, or the one that is not quantised",
      },
    ],
  };
}
