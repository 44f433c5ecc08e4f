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

const read = (raw: object) => modelConfig("config.json", raw);

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

test.each([
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
  { case: "other layers", raw: { ...llama, layer_types: ["full_attention"] }, want: {} },
])("what is not told: $case", ({ raw, want }) => {
  expect(read(raw)).toMatchObject(want);
});

test.each([
  {
    case: "another family",
    raw: { ...llama, architectures: ["Gemma3ForCausalLM"] },
    want: '"architectures": Gemma3ForCausalLM is not supported; these are: LlamaForCausalLM, ',
  },
  { case: "no family", raw: { ...llama, architectures: undefined }, want: '"architectures": ' },
  {
    case: "a name of every object",
    raw: { ...llama, architectures: ["toString"] },
    want: '"architectures": ',
  },
  { case: "another activation", raw: { ...llama, hidden_act: "gelu" }, want: '"hidden_act": gelu is not' },
  { case: "quantised weights", raw: { ...llama, quantization_config: {} }, want: '"quantization_config": ' },
  { case: "a window", raw: { ...mistral, sliding_window: 4096 }, want: '"sliding_window": ' },
  {
    case: "the window that Mistral has untold",
    raw: { ...mistral, sliding_window: undefined },
    want: '"sliding_window": ',
  },
  {
    case: "a window that Qwen uses",
    raw: { ...qwen2, use_sliding_window: true },
    want: '"sliding_window": a window below the longest sequence is not supported',
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
