/** Fields of a Hugging Face config.json that the memory of a model follows from. */
import { z } from "zod";

/** No model that is served has more of anything. */
const limit = 100_000_000;
const count = z.int().min(1).max(limit);
const optional = count.nullish();
const flag = z.boolean().nullish();
/** One number, or one for each layer. */
const perLayer = z.union([count, z.array(count)]).nullish();

/** Fields of the language model; what is not named here has no part in memory. */
export const configFields = z.object({
  model_type: z.string(),
  architectures: z.array(z.string()).nullish(),
  dtype: z.string().nullish(),
  torch_dtype: z.string().nullish(),
  hidden_size: count,
  num_hidden_layers: count,
  vocab_size: count,
  max_position_embeddings: optional,
  tie_word_embeddings: flag,
  intermediate_size: perLayer,
  num_attention_heads: optional,
  num_key_value_heads: optional,
  head_dim: optional,
  attention_bias: flag,
  use_qk_norm: flag,
  // Windows.
  sliding_window: optional,
  use_sliding_window: flag,
  max_window_layers: z.int().min(0).max(limit).nullish(),
  sliding_window_pattern: optional,
  layer_types: z.array(z.string()).nullish(),
  attention_chunk_size: optional,
  no_rope_layers: z.array(z.int()).nullish(),
  // Latent attention.
  q_lora_rank: optional,
  kv_lora_rank: optional,
  qk_nope_head_dim: optional,
  qk_rope_head_dim: optional,
  v_head_dim: optional,
  // Experts.
  num_local_experts: optional,
  num_experts: optional,
  n_routed_experts: optional,
  num_experts_per_tok: optional,
  moe_intermediate_size: optional,
  shared_expert_intermediate_size: optional,
  n_shared_experts: z.int().min(0).max(limit).nullish(),
  first_k_dense_replace: z.int().min(0).max(limit).nullish(),
  moe_layer_freq: optional,
  decoder_sparse_step: optional,
  mlp_only_layers: z.array(z.int()).nullish(),
  interleave_moe_layer_step: optional,
  intermediate_size_mlp: optional,
  num_nextn_predict_layers: z.int().min(0).max(16).nullish(),
  // Recurrent layers.
  full_attention_interval: optional,
  linear_conv_kernel_dim: optional,
  linear_key_head_dim: optional,
  linear_num_key_heads: optional,
  linear_value_head_dim: optional,
  linear_num_value_heads: optional,
  attn_layer_offset: z.int().min(0).nullish(),
  attn_layer_period: optional,
  expert_layer_offset: z.int().min(0).nullish(),
  expert_layer_period: optional,
  mamba_d_conv: optional,
  mamba_d_state: optional,
  mamba_dt_rank: z.union([count, z.string()]).nullish(),
  mamba_expand: optional,
  hybrid_override_pattern: z.string().nullish(),
  mamba_num_heads: optional,
  mamba_head_dim: optional,
  ssm_state_size: optional,
  conv_kernel: optional,
  n_groups: optional,
  attention_head_dim: optional,
  mlp_hidden_act: z.string().nullish(),
});

export type ConfigFields = z.output<typeof configFields>;

/** Fields that stand outside of the language model's own part, where it has one. */
export const configFrame = z.object({
  text_config: z.record(z.string(), z.unknown()).nullish(),
  llm_config: z.record(z.string(), z.unknown()).nullish(),
  quantization_config: z.record(z.string(), z.unknown()).nullish(),
});
