import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { modelConfig, readModelConfig } from "../../../runtime/models/model-config.ts";
import { ModelFileError } from "../../../runtime/models/model-file-error.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

/** The fields of Llama 3.2 1B that matter here. */
const llama = {
  architectures: ["LlamaForCausalLM"],
  attention_bias: false,
  bos_token_id: 128000,
  eos_token_id: [128001, 128008, 128009],
  head_dim: 64,
  hidden_act: "silu",
  hidden_size: 2048,
  intermediate_size: 8192,
  max_position_embeddings: 131072,
  mlp_bias: false,
  model_type: "llama",
  num_attention_heads: 32,
  num_hidden_layers: 16,
  num_key_value_heads: 8,
  rms_norm_eps: 1e-5,
  rope_scaling: {
    factor: 32,
    high_freq_factor: 4,
    low_freq_factor: 1,
    original_max_position_embeddings: 8192,
    rope_type: "llama3",
  },
  rope_theta: 500000,
  tie_word_embeddings: true,
  torch_dtype: "bfloat16",
  vocab_size: 128256,
};

const mistral = {
  ...llama,
  architectures: ["MistralForCausalLM"],
  attention_bias: undefined,
  sliding_window: null,
  rope_scaling: null,
};
const qwen2 = { ...mistral, architectures: ["Qwen2ForCausalLM"], sliding_window: 32768, head_dim: undefined };
const qwen3 = { ...mistral, architectures: ["Qwen3ForCausalLM"], attention_bias: false };

/** The fields of Gemma 2 2B and Gemma 3 1B that matter here. */
const gemma2 = {
  architectures: ["Gemma2ForCausalLM"],
  attention_bias: false,
  attn_logit_softcapping: 50,
  final_logit_softcapping: 30,
  eos_token_id: 1,
  head_dim: 256,
  hidden_act: "gelu_pytorch_tanh",
  hidden_activation: "gelu_pytorch_tanh",
  hidden_size: 2304,
  intermediate_size: 9216,
  max_position_embeddings: 8192,
  num_attention_heads: 8,
  num_hidden_layers: 26,
  num_key_value_heads: 4,
  query_pre_attn_scalar: 256,
  rms_norm_eps: 1e-6,
  rope_theta: 10000,
  sliding_window: 4096,
  vocab_size: 256000,
};
const gemma3 = {
  ...gemma2,
  architectures: ["Gemma3ForCausalLM"],
  attn_logit_softcapping: null,
  final_logit_softcapping: null,
  eos_token_id: [1, 106],
  hidden_size: 1152,
  intermediate_size: 6912,
  max_position_embeddings: 32768,
  num_attention_heads: 4,
  num_key_value_heads: 1,
  rope_local_base_freq: 10000,
  rope_theta: 1000000,
  sliding_window: 512,
  sliding_window_pattern: 6,
  vocab_size: 262144,
};

const read = (raw: object) => modelConfig("config.json", raw);

const noCaps = { attn_logit_softcapping: null, final_logit_softcapping: null };
/** Fields that Gemma's families mean without being told. */
const untold = [
  ...["num_key_value_heads", "head_dim", "query_pre_attn_scalar", "attn_logit_softcapping"],
  ...["final_logit_softcapping", "rms_norm_eps", "max_position_embeddings", "eos_token_id"],
  ...["hidden_act", "hidden_activation", "sliding_window"],
];

test("every field that changes the computation is told", () => {
  expect(read(llama)).toEqual({
    architecture: "LlamaForCausalLM",
    layers: 16,
    hidden: 2048,
    intermediate: 8192,
    heads: 32,
    kvHeads: 8,
    headDim: 64,
    vocabularySize: 128256,
    normEpsilon: 1e-5,
    hasQkvBias: false,
    hasOutputBias: false,
    hasQkNorm: false,
    isTied: true,
    activation: "silu",
    hasShiftedNorms: false,
    hasOutputNorms: false,
    embeddingScale: 1,
    attentionScale: 1 / 8,
    layerKinds: Array.from({ length: 16 }, () => ({ isLocal: false, hasExperts: false })),
    ropeTheta: 500000,
    ropeScaling: { type: "llama3", factor: 32, lowFreqFactor: 1, highFreqFactor: 4, originalTokens: 8192 },
    contextTokens: 131072,
    endTokens: [128001, 128008, 128009],
  });
});

test.each([
  { case: "a bias of Llama", raw: { ...llama, attention_bias: true }, want: [true, true, false] },
  { case: "Mistral", raw: mistral, want: [false, false, false] },
  { case: "Qwen2", raw: qwen2, want: [true, false, false] },
  { case: "Qwen3", raw: qwen3, want: [false, false, true] },
  { case: "a bias of Qwen3", raw: { ...qwen3, attention_bias: true }, want: [true, true, true] },
])("what sets a family apart: $case", ({ raw, want }) => {
  const { hasQkvBias, hasOutputBias, hasQkNorm } = read(raw);
  expect([hasQkvBias, hasOutputBias, hasQkNorm]).toEqual(want);
});

test("what sets the Gemma families apart", () => {
  const windows = (raw: object) => read(raw).layerKinds.map(({ window = 0 }) => window);
  const common = { activation: "gelu_tanh", hasShiftedNorms: true, isTied: true, attentionScale: 1 / 16 };
  expect(
    read({ ...gemma2, architectures: ["GemmaForCausalLM"], ...noCaps, sliding_window: null }),
  ).toMatchObject({ ...common, hasOutputNorms: false, hasQkNorm: false, embeddingScale: 48 });
  expect(read(gemma2)).toMatchObject({
    ...common,
    hasOutputNorms: true,
    hasQkNorm: false,
    embeddingScale: 48,
    attentionCap: 50,
    logitCap: 30,
  });
  expect(windows(gemma2)).toEqual(Array.from({ length: 26 }, (_, layer) => (layer % 2 === 0 ? 4096 : 0)));
  expect(read(gemma3)).toMatchObject({
    ...common,
    hasOutputNorms: true,
    hasQkNorm: true,
    embeddingScale: Math.sqrt(1152),
    attentionCap: undefined,
    logitCap: undefined,
    ropeTheta: 1_000_000,
    localRope: { ropeTheta: 10_000, ropeScaling: { type: "default" } },
  });
  expect(windows(gemma3)).toEqual(Array.from({ length: 26 }, (_, layer) => (layer % 6 === 5 ? 0 : 512)));
});

test("a model of experts tells of them, and which layers have them", () => {
  const told = { num_experts: 8, num_experts_per_tok: 2, moe_intermediate_size: 48, mlp_only_layers: [3] };
  const config = read({ ...qwen3, ...told, architectures: ["Qwen3MoeForCausalLM"] });
  expect(config.mixture).toEqual({ experts: 8, chosen: 2, intermediate: 48, hasNormalisedShares: false });
  expect(config.layerKinds.findIndex(({ hasExperts }) => !hasExperts)).toBe(3);
  const mixtral = { ...mistral, architectures: ["MixtralForCausalLM"], rope_theta: undefined };
  expect(read({ ...mixtral, num_local_experts: 4 }).ropeTheta).toBe(1_000_000);
});

test.each([
  {
    case: "nearly everything, of Gemma 2",
    raw: { ...gemma2, ...Object.fromEntries(untold.map((field) => [field, undefined])) },
    want: {
      ...{ kvHeads: 4, headDim: 256, attentionScale: 1 / 16, attentionCap: 50, logitCap: 30 },
      ...{ isTied: true, normEpsilon: 1e-6, contextTokens: 8192, endTokens: [1], activation: "gelu_tanh" },
    },
  },
  { case: "caps of Gemma 2, as null", raw: { ...gemma2, ...noCaps }, want: { attentionCap: undefined } },
  {
    case: "gelu, of the first Gemma",
    raw: {
      ...gemma2,
      architectures: ["GemmaForCausalLM"],
      ...noCaps,
      sliding_window: null,
      hidden_act: "gelu",
    },
    want: { activation: "gelu_tanh" },
  },
  { case: "heads of keys", raw: { ...llama, num_key_value_heads: null }, want: { kvHeads: 32 } },
  { case: "the size of a head", raw: { ...llama, head_dim: null }, want: { headDim: 64 } },
  { case: "the size of a head of Qwen3", raw: { ...qwen3, head_dim: undefined }, want: { headDim: 128 } },
  { case: "the head", raw: { ...llama, tie_word_embeddings: undefined }, want: { isTied: false } },
  { case: "an end", raw: { ...llama, eos_token_id: undefined }, want: { endTokens: [] } },
  { case: "more than one end", raw: { ...llama, eos_token_id: 2 }, want: { endTokens: [2] } },
  { case: "a window of Mistral that is wide enough", raw: { ...mistral, sliding_window: 131072 }, want: {} },
  {
    case: "a window of Mistral that is short, in a short model",
    raw: { ...mistral, sliding_window: undefined, max_position_embeddings: 4096 },
    want: {},
  },
  { case: "a window of Qwen that is used", raw: { ...qwen2, use_sliding_window: false }, want: {} },
  { case: "other layers", raw: { ...llama, layer_types: Array(16).fill("full_attention") }, want: {} },
])("what is not told: $case", ({ raw, want }) => {
  expect(read(raw)).toMatchObject(want);
});

test.each([
  {
    case: "another family",
    raw: { ...llama, architectures: ["PhiForCausalLM"] },
    want: '"architectures": PhiForCausalLM is not supported; these are: LlamaForCausalLM, ',
  },
  { case: "no family", raw: { ...llama, architectures: undefined }, want: '"architectures": ' },
  {
    case: "a name of every object",
    raw: { ...llama, architectures: ["toString"] },
    want: '"architectures": ',
  },
  { case: "another activation", raw: { ...llama, hidden_act: "gelu" }, want: '"hidden_act": gelu is not' },
  { case: "no activation", raw: { ...llama, hidden_act: undefined }, want: '"hidden_act": nothing is not' },
  {
    case: "weights that are quantised in another way",
    raw: { ...llama, quantization_config: { quant_method: "gptq" } },
    want: '"quantization_config.quant_method": ',
  },
  {
    case: "gelu of Gemma 2",
    raw: { ...gemma2, hidden_activation: "gelu" },
    want: '"hidden_activation": gelu',
  },
  { case: "a window", raw: { ...llama, sliding_window: 4096 }, want: '"sliding_window": layers of this' },
  {
    case: "capped scores of Gemma 3",
    raw: { ...gemma3, attn_logit_softcapping: 50 },
    want: '"attn_logit_softcapping": Gemma3ForCausalLM has none',
  },
  {
    case: "capped logits of Llama",
    raw: { ...llama, final_logit_softcapping: 50 },
    want: '"final_logit_softcapping": LlamaForCausalLM has none',
  },
  {
    case: "tokens that see what follows",
    raw: { ...gemma3, use_bidirectional_attention: true },
    want: '"use_bidirectional_attention": ',
  },
  { case: "other layers", raw: { ...llama, layer_types: ["mamba"] }, want: '"layer_types": mamba is not' },
  { case: "a bias elsewhere", raw: { ...llama, mlp_bias: true }, want: '"mlp_bias": ' },
  { case: "a bias of Mistral", raw: { ...mistral, attention_bias: true }, want: '"attention_bias": Mistral' },
  {
    case: "half a rotation",
    raw: { ...llama, partial_rotary_factor: 0.5 },
    want: '"partial_rotary_factor": heads are rotated whole',
  },
  {
    case: "heads that share unevenly",
    raw: { ...llama, num_key_value_heads: 5 },
    want: '"num_key_value_heads": 32 heads are not shared evenly by 5',
  },
  {
    case: "heads that do not fit",
    raw: { ...llama, head_dim: undefined, num_attention_heads: 24 },
    want: '"num_attention_heads": 2048 values are not 24 heads',
  },
  { case: "narrow heads", raw: { ...llama, head_dim: 24 }, want: '"head_dim": 24 is not supported; ' },
  { case: "wide heads", raw: { ...llama, head_dim: 272 }, want: '"head_dim": 272 is not supported; ' },
  {
    case: "millions of layers",
    raw: { ...llama, num_hidden_layers: 8_642_658 },
    want: '"num_hidden_layers": Too big',
  },
  { case: "no layers", raw: { ...llama, num_hidden_layers: 0 }, want: '"num_hidden_layers": Too small' },
  { case: "a text", raw: "llama", want: "the whole: Invalid input" },
])("refused by name: $case", ({ raw, want }) => {
  expect(() => read(raw as object)).toThrow(ModelFileError);
  expect(() => read(raw as object)).toThrow(`config.json: ${want}`);
});

test("a file is read, and named when it is not there or no JSON", () => {
  const file = join(temporaryDirectory(), "config.json");
  expect(() => readModelConfig(file)).toThrow(`${file}: is not there`);
  writeFileSync(file, JSON.stringify(llama));
  expect(readModelConfig(file).hidden).toBe(2048);
  writeFileSync(file, "{");
  expect(() => readModelConfig(file)).toThrow(`${file}: is no JSON`);
});
