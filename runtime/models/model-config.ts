/**
 * What a model computes, read from the config.json beside its weights. Fields that change nothing here are
 * left alone; one that would change the computation is followed or refused by name, so that no model ever
 * answers with something else than it was trained to.
 */
import { existsSync, readFileSync } from "node:fs";
import { z } from "zod";
import { ModelFileError } from "./model-file-error.ts";
import { type RopeScaling, readRope } from "./rope.ts";

/** Families that are served, and how each differs from the first. */
const families = {
  LlamaForCausalLM: { hasQkvBias: false, hasQkNorm: false },
  MistralForCausalLM: { hasQkvBias: false, hasQkNorm: false },
  Qwen2ForCausalLM: { hasQkvBias: true, hasQkNorm: false },
  Qwen3ForCausalLM: { hasQkvBias: false, hasQkNorm: true },
} as const;

export type Architecture = keyof typeof families;

export interface ModelConfig {
  readonly architecture: Architecture;
  readonly layers: number;
  readonly hidden: number;
  readonly intermediate: number;
  readonly heads: number;
  /** Heads of keys and values; each serves the same number of heads of queries. */
  readonly kvHeads: number;
  readonly headDim: number;
  readonly vocabularySize: number;
  readonly normEpsilon: number;
  /** A bias on queries, keys and values, and one on what attention gives. */
  readonly hasQkvBias: boolean;
  readonly hasOutputBias: boolean;
  /** Each head of queries and keys is normalised before it is rotated. */
  readonly hasQkNorm: boolean;
  /** The embedding is also the head. */
  readonly isTied: boolean;
  readonly ropeTheta: number;
  readonly ropeScaling: RopeScaling;
  /** The most tokens of a sequence that it was made for. */
  readonly contextTokens: number;
  /** Tokens that end an answer; none if it is not told. */
  readonly endTokens: readonly number[];
}

const count = z
  .int()
  .min(1)
  .max(2 ** 24);
const token = z.int().min(0);

const configFile = z.looseObject({
  architectures: z.array(z.string()).length(1),
  hidden_size: count,
  intermediate_size: count,
  num_hidden_layers: count,
  num_attention_heads: count,
  num_key_value_heads: count.nullish(),
  head_dim: count.nullish(),
  vocab_size: count,
  rms_norm_eps: z.number().positive(),
  max_position_embeddings: count,
  tie_word_embeddings: z.boolean().default(false),
  attention_bias: z.boolean().nullish(),
  mlp_bias: z.boolean().nullish(),
  hidden_act: z.string(),
  sliding_window: count.nullish(),
  use_sliding_window: z.boolean().nullish(),
  layer_types: z.array(z.string()).nullish(),
  partial_rotary_factor: z.number().nullish(),
  quantization_config: z.unknown().optional(),
  rope_theta: z.number().nullish(),
  rope_scaling: z.unknown().optional(),
  rope_parameters: z.unknown().optional(),
  eos_token_id: z.union([token, z.array(token)]).nullish(),
});

type ConfigFile = z.output<typeof configFile>;

/** Throws a ModelFileError that names the file and the field. */
export function readModelConfig(file: string): ModelConfig {
  return modelConfig(file, parse(file));
}

function parse(file: string): unknown {
  if (!existsSync(file)) throw new ModelFileError(file, "is not there");
  const text = readFileSync(file, "utf8");
  try {
    return JSON.parse(text);
  } catch {
    throw new ModelFileError(file, "is no JSON");
  }
}

/** The config that a parsed file tells. */
export function modelConfig(file: string, raw: unknown): ModelConfig {
  const { data, error } = configFile.safeParse(raw);
  if (!data) {
    const [issue] = error.issues;
    const field = issue && issue.path.length > 0 ? `"${issue.path.join(".")}"` : "the whole";
    throw new ModelFileError(file, `${field}: ${issue?.message}`);
  }
  const endTokens = [data.eos_token_id ?? []].flat();
  const stranger = endTokens.find((token) => token >= data.vocab_size);
  if (stranger !== undefined) {
    throw new ModelFileError(file, `"eos_token_id": ${stranger} is none of ${data.vocab_size} tokens`);
  }
  const architecture = architectureOf(file, data);
  checkSupported(file, data, architecture);
  const heads = headsOf(file, data, architecture);
  const { hasQkvBias, hasQkNorm } = families[architecture];
  const isBiased = data.attention_bias === true;
  return {
    architecture,
    layers: data.num_hidden_layers,
    hidden: data.hidden_size,
    intermediate: data.intermediate_size,
    ...heads,
    vocabularySize: data.vocab_size,
    normEpsilon: data.rms_norm_eps,
    hasQkvBias: hasQkvBias || isBiased,
    hasOutputBias: isBiased,
    hasQkNorm,
    isTied: data.tie_word_embeddings,
    ...readRope(file, data),
    contextTokens: data.max_position_embeddings,
    endTokens,
  };
}

function architectureOf(file: string, { architectures }: ConfigFile): Architecture {
  const [name = ""] = architectures;
  if (Object.hasOwn(families, name)) return name as Architecture;
  const known = Object.keys(families).join(", ");
  throw new ModelFileError(file, `"architectures": ${name} is not supported; these are: ${known}`);
}

/** What a Mistral config means that does not tell (MistralConfig of transformers 5.23). */
const mistralWindow = 4096;

/** How far back a token sees, if that is not to the beginning. */
function windowOf({ sliding_window: told, ...config }: ConfigFile, architecture: Architecture): number {
  // Qwen writes the size of a window that it does not use.
  const isQwen = architecture === "Qwen2ForCausalLM" || architecture === "Qwen3ForCausalLM";
  if (isQwen && config.use_sliding_window !== true) return Number.POSITIVE_INFINITY;
  const window = told === undefined && architecture === "MistralForCausalLM" ? mistralWindow : told;
  return window ?? Number.POSITIVE_INFINITY;
}

/** Each row: a field, and what is wrong with it if anything is. */
function checkSupported(file: string, config: ConfigFile, architecture: Architecture): void {
  const hasBiasField = architecture === "LlamaForCausalLM" || architecture === "Qwen3ForCausalLM";
  const isWindowed = windowOf(config, architecture) < config.max_position_embeddings;
  const layer = config.layer_types?.find((type) => type !== "full_attention");
  const rules: readonly [field: string, isWrong: boolean, problem: string][] = [
    ["hidden_act", config.hidden_act !== "silu", `${config.hidden_act} is not supported; this is: silu`],
    ["quantization_config", config.quantization_config != null, "quantised weights are not supported"],
    ["sliding_window", isWindowed, "a window below the longest sequence is not supported"],
    [
      "layer_types",
      layer !== undefined && layer !== "sliding_attention",
      `${layer} is not supported; this is: full_attention`,
    ],
    ["attention_bias", config.attention_bias === true && !hasBiasField, `${architecture} has none`],
    ["mlp_bias", config.mlp_bias === true, "a bias in the feed-forward part is not supported"],
    ["partial_rotary_factor", (config.partial_rotary_factor ?? 1) !== 1, "heads are rotated whole"],
  ];
  for (const [field, isWrong, problem] of rules) {
    if (isWrong) throw new ModelFileError(file, `"${field}": ${problem}`);
  }
}

/** What a Qwen3 config means that does not tell (Qwen3Config of transformers 5.23). */
const qwen3HeadDim = 128;

function headsOf(
  file: string,
  config: ConfigFile,
  architecture: Architecture,
): { heads: number; kvHeads: number; headDim: number } {
  const heads = config.num_attention_heads;
  const kvHeads = config.num_key_value_heads ?? heads;
  if (heads % kvHeads !== 0) {
    throw new ModelFileError(
      file,
      `"num_key_value_heads": ${heads} heads are not shared evenly by ${kvHeads}`,
    );
  }
  const isQwen3 = architecture === "Qwen3ForCausalLM";
  const headDim = config.head_dim ?? (isQwen3 ? qwen3HeadDim : config.hidden_size / heads);
  if (!Number.isInteger(headDim)) {
    throw new ModelFileError(
      file,
      `"num_attention_heads": ${config.hidden_size} values are not ${heads} heads`,
    );
  }
  if (headDim % 16 !== 0 || headDim > 256) {
    throw new ModelFileError(file, `"head_dim": ${headDim} is not supported; multiples of 16 up to 256 are`);
  }
  return { heads, kvHeads, headDim };
}
