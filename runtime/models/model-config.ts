/**
 * What a model computes, read from the config.json beside its weights. Fields that change nothing here are
 * left alone; one that would change the computation is followed or refused by name, so that no model ever
 * answers with something else than it was trained to.
 */
import { existsSync, readFileSync } from "node:fs";
import { z } from "zod";
import { type Architecture, type Family, families } from "./families.ts";
import { type LayerKind, layerKinds } from "./layer-kinds.ts";
import { type Mixture, readMixture } from "./mixture.ts";
import { ModelFileError } from "./model-file-error.ts";
import { readQuantization, type WeightFormat } from "./quantization.ts";
import { type Rope, type RopeScaling, readLocalRope, readRope } from "./rope.ts";

export type Activation = "silu" | "gelu_tanh";

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
  /** Of the half of the feed-forward part that gates the other. */
  readonly activation: Activation;
  /** Norms multiply by one more than their weights. */
  readonly hasShiftedNorms: boolean;
  /** What attention and the feed-forward part give is normalised before it is added. */
  readonly hasOutputNorms: boolean;
  /** What embeddings are multiplied by; rounded to the type of the weights. */
  readonly embeddingScale: number;
  /** What products of queries and keys are multiplied by. */
  readonly attentionScale: number;
  /** Scores of attention become cap * tanh(score / cap); absent: they stay. */
  readonly attentionCap?: number;
  /** The same for logits. */
  readonly logitCap?: number;
  /** Of layers that choose among experts, where any does. */
  readonly mixture?: Mixture;
  /** One for each layer. */
  readonly layerKinds: readonly LayerKind[];
  readonly ropeTheta: number;
  readonly ropeScaling: RopeScaling;
  /** Of local layers; absent: as in all others. */
  readonly localRope?: Rope;
  /** The most tokens of a sequence that it was made for. */
  readonly contextTokens: number;
  /** How the linear layers are quantised; absent: they are not. */
  readonly quantization?: WeightFormat;
  /** Tokens that end an answer; none if it is not told. */
  readonly endTokens: readonly number[];
}

const count = z
  .int()
  .min(1)
  .max(2 ** 24);
const token = z.int().min(0);

const cap = z.number().positive();

const named = z.looseObject({ architectures: z.array(z.string()).length(1) });

const configFile = named.extend({
  hidden_size: count,
  intermediate_size: count,
  // What is known of each is listed: a stray number of millions would take all memory.
  num_hidden_layers: count.max(4096),
  num_attention_heads: count,
  num_key_value_heads: count.nullish(),
  head_dim: count.nullish(),
  vocab_size: count,
  rms_norm_eps: z.number().positive(),
  max_position_embeddings: count,
  tie_word_embeddings: z.boolean().default(false),
  attention_bias: z.boolean().nullish(),
  mlp_bias: z.boolean().nullish(),
  hidden_act: z.string().nullish(),
  hidden_activation: z.string().nullish(),
  query_pre_attn_scalar: z.number().positive().nullish(),
  attn_logit_softcapping: cap.nullish(),
  final_logit_softcapping: cap.nullish(),
  use_bidirectional_attention: z.boolean().nullish(),
  sliding_window: count.nullish(),
  sliding_window_pattern: count.nullish(),
  max_window_layers: z.int().min(0).nullish(),
  use_sliding_window: z.boolean().nullish(),
  layer_types: z.array(z.string()).nullish(),
  num_local_experts: count.nullish(),
  num_experts: count.nullish(),
  num_experts_per_tok: count.nullish(),
  moe_intermediate_size: count.nullish(),
  norm_topk_prob: z.boolean().nullish(),
  decoder_sparse_step: count.nullish(),
  mlp_only_layers: z.array(z.int()).nullish(),
  partial_rotary_factor: z.number().nullish(),
  quantization_config: z.unknown().optional(),
  rope_theta: z.number().nullish(),
  rope_local_base_freq: z.number().nullish(),
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
  const architecture = architectureOf(file, checked(file, named, raw));
  const family: Family = families[architecture];
  const data = checked(file, configFile, { ...family.defaults, ...given(raw as object) });
  checkSupported(file, data, architecture);
  const heads = headsOf(file, data);
  const quantization = readQuantization(file, data.quantization_config);
  const isBiased = data.attention_bias === true;
  return {
    architecture,
    layers: data.num_hidden_layers,
    hidden: data.hidden_size,
    intermediate: data.intermediate_size,
    ...heads,
    vocabularySize: data.vocab_size,
    normEpsilon: data.rms_norm_eps,
    hasQkvBias: family.hasQkvBias || isBiased,
    hasOutputBias: isBiased,
    hasQkNorm: family.hasQkNorm,
    isTied: data.tie_word_embeddings,
    activation: activationOf(file, data, family),
    hasShiftedNorms: family.hasShiftedNorms,
    hasOutputNorms: family.hasOutputNorms,
    embeddingScale: family.hasScaledEmbedding ? Math.sqrt(data.hidden_size) : 1,
    attentionScale: 1 / Math.sqrt((family.hasQueryScalar && data.query_pre_attn_scalar) || heads.headDim),
    attentionCap: data.attn_logit_softcapping ?? undefined,
    logitCap: data.final_logit_softcapping ?? undefined,
    mixture: family.experts === "none" ? undefined : readMixture(file, family, data),
    layerKinds: layerKinds(file, family, data),
    ...(family.hasLocalRope ? readLocalRope(file, data) : readRope(file, data)),
    contextTokens: data.max_position_embeddings,
    ...(quantization && { quantization }),
    endTokens: endTokensOf(file, data),
  };
}

/** A field that is undefined is none. */
function given(raw: object): object {
  return Object.fromEntries(Object.entries(raw).filter(([, value]) => value !== undefined));
}

function checked<T>(file: string, schema: z.ZodType<T>, raw: unknown): T {
  const { data, error } = schema.safeParse(raw);
  if (data) return data;
  const [issue] = error?.issues ?? [];
  const field = issue && issue.path.length > 0 ? `"${issue.path.join(".")}"` : "the whole";
  throw new ModelFileError(file, `${field}: ${issue?.message}`);
}

function endTokensOf(file: string, config: ConfigFile): readonly number[] {
  const tokens = [config.eos_token_id ?? []].flat();
  const stranger = tokens.find((token) => token >= config.vocab_size);
  if (stranger === undefined) return tokens;
  throw new ModelFileError(file, `"eos_token_id": ${stranger} is none of ${config.vocab_size} tokens`);
}

function architectureOf(file: string, { architectures }: z.output<typeof named>): Architecture {
  const [name = ""] = architectures;
  if (Object.hasOwn(families, name)) return name as Architecture;
  const known = Object.keys(families).join(", ");
  throw new ModelFileError(file, `"architectures": ${name} is not supported; these are: ${known}`);
}

const activations: Readonly<Record<string, Activation>> = { silu: "silu", gelu_pytorch_tanh: "gelu_tanh" };

function activationOf(file: string, config: ConfigFile, { activationField, hasShiftedNorms }: Family) {
  const told = config[activationField] ?? "nothing";
  // Gemma's first files say gelu and mean the other (GemmaConfig).
  const isOldGemma = hasShiftedNorms && activationField === "hidden_act" && told === "gelu";
  const name = isOldGemma ? "gelu_pytorch_tanh" : told;
  const activation = Object.hasOwn(activations, name) ? activations[name] : undefined;
  if (activation) return activation;
  const known = Object.keys(activations).join(", ");
  throw new ModelFileError(file, `"${activationField}": ${name} is not supported; these are: ${known}`);
}

/** Each row: a field, and what is wrong with it if anything is. */
function checkSupported(file: string, config: ConfigFile, architecture: Architecture): void {
  const { hasBiasField, hasAttentionCap, hasLogitCap }: Family = families[architecture];
  const hasOther = (told: unknown, isKnown: boolean) => told != null && !isKnown;
  const rules: readonly [field: string, isWrong: boolean, problem: string][] = [
    ["attention_bias", config.attention_bias === true && !hasBiasField, `${architecture} has none`],
    ["mlp_bias", config.mlp_bias === true, "a bias in the feed-forward part is not supported"],
    ["partial_rotary_factor", (config.partial_rotary_factor ?? 1) !== 1, "heads are rotated whole"],
    [
      "attn_logit_softcapping",
      hasOther(config.attn_logit_softcapping, hasAttentionCap),
      `${architecture} has none`,
    ],
    [
      "final_logit_softcapping",
      hasOther(config.final_logit_softcapping, hasLogitCap),
      `${architecture} has none`,
    ],
    [
      "use_bidirectional_attention",
      config.use_bidirectional_attention === true,
      "tokens that see those after them are not supported",
    ],
  ];
  for (const [field, isWrong, problem] of rules) {
    if (isWrong) throw new ModelFileError(file, `"${field}": ${problem}`);
  }
}

function headsOf(file: string, config: ConfigFile): { heads: number; kvHeads: number; headDim: number } {
  const heads = config.num_attention_heads;
  const kvHeads = config.num_key_value_heads ?? heads;
  if (heads % kvHeads !== 0) {
    throw new ModelFileError(
      file,
      `"num_key_value_heads": ${heads} heads are not shared evenly by ${kvHeads}`,
    );
  }
  const headDim = config.head_dim ?? config.hidden_size / heads;
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
