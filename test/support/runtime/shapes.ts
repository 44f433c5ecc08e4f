/** Configs of small models, one for each way in which the families differ. */

const common = {
  hidden_act: "silu",
  rms_norm_eps: 1e-5,
  num_hidden_layers: 2,
  max_position_embeddings: 512,
  tie_word_embeddings: false,
};

/** Heads of 16 values, whose groups of 3 do not fill a tile. */
export const llamaShape = {
  ...common,
  architectures: ["LlamaForCausalLM"],
  hidden_size: 96,
  intermediate_size: 144,
  num_attention_heads: 6,
  num_key_value_heads: 2,
  vocab_size: 128,
};

/**
 * More rows share a head of keys than a tile has, and the last product runs over more segments of inputs
 * than a block of a GPU has warps.
 */
export const wideShape = {
  ...llamaShape,
  hidden_size: 64,
  head_dim: 16,
  num_attention_heads: 20,
  num_key_value_heads: 1,
  intermediate_size: 2400,
  num_hidden_layers: 1,
};

/** Every other layer has a short window; norms on both sides, scores and logits are capped. */
export const gemmaShape = {
  ...common,
  architectures: ["Gemma2ForCausalLM"],
  hidden_size: 80,
  intermediate_size: 112,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 48,
  query_pre_attn_scalar: 32,
  sliding_window: 37,
  attn_logit_softcapping: 4,
  final_logit_softcapping: 6,
  vocab_size: 100,
};

/** The first layer is plain; tokens of the second go through 3 of 8 experts. */
export const mixtureShape = {
  ...common,
  architectures: ["Qwen3MoeForCausalLM"],
  hidden_size: 64,
  intermediate_size: 96,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 32,
  vocab_size: 100,
  num_experts: 8,
  num_experts_per_tok: 3,
  moe_intermediate_size: 48,
  norm_topk_prob: true,
  mlp_only_layers: [0],
};

/** Tokens of both layers go through 2 of 5 experts. */
export const mixtralShape = {
  ...{ ...mixtureShape, architectures: ["MixtralForCausalLM"], num_experts: undefined },
  ...{ intermediate_size: 48, num_local_experts: 5, num_experts_per_tok: 2 },
};

/** Heads of 80 values: neither of 64 nor of 32. */
export const qwenShape = {
  ...common,
  architectures: ["Qwen3ForCausalLM"],
  hidden_size: 64,
  intermediate_size: 96,
  num_attention_heads: 4,
  num_key_value_heads: 4,
  head_dim: 80,
  vocab_size: 100,
  tie_word_embeddings: true,
};
