/**
 * Families that are served, and how each differs from the first. What a config file does not tell is what its
 * family's config means in transformers (5.23; src/transformers/models, configuration_*.py).
 */

/** Which layers see no further back than the window. */
type Windows = "none" | "all" | "late" | "alternating";
/** Which layers choose among experts; some: those that the file says. */
type Experts = "none" | "all" | "some";

export interface Family {
  readonly hasQkvBias: boolean;
  readonly hasQkNorm: boolean;
  /** `attention_bias` is a field of it. */
  readonly hasBiasField: boolean;
  readonly hasOutputNorms: boolean;
  readonly hasShiftedNorms: boolean;
  readonly hasScaledEmbedding: boolean;
  readonly hasAttentionCap: boolean;
  readonly hasLogitCap: boolean;
  /** Scores are scaled by `query_pre_attn_scalar`. */
  readonly hasQueryScalar: boolean;
  /** Layers with a window are rotated in a way of their own. */
  readonly hasLocalRope: boolean;
  readonly windows: Windows;
  /** The window holds only where `use_sliding_window` says so. */
  readonly hasWindowSwitch: boolean;
  /** `layer_types` decides which layers have a window. */
  readonly hasLayerTypes: boolean;
  readonly experts: Experts;
  readonly activationField: "hidden_act" | "hidden_activation";
  /** Fields that a config file may leave out. */
  readonly defaults: Readonly<Record<string, unknown>>;
}

const llama: Family = {
  hasQkvBias: false,
  hasQkNorm: false,
  hasBiasField: true,
  hasOutputNorms: false,
  hasShiftedNorms: false,
  hasScaledEmbedding: false,
  hasAttentionCap: false,
  hasLogitCap: false,
  hasQueryScalar: false,
  hasLocalRope: false,
  windows: "none",
  hasWindowSwitch: false,
  hasLayerTypes: false,
  experts: "none",
  activationField: "hidden_act",
  defaults: {},
};

const qwen2: Family = {
  ...llama,
  hasQkvBias: true,
  hasBiasField: false,
  windows: "late",
  hasWindowSwitch: true,
  hasLayerTypes: true,
  defaults: { sliding_window: 4096, max_window_layers: 28 },
};

const gemma: Family = {
  ...llama,
  hasShiftedNorms: true,
  hasScaledEmbedding: true,
  defaults: {
    num_key_value_heads: 16,
    head_dim: 256,
    hidden_act: "gelu_pytorch_tanh",
    rms_norm_eps: 1e-6,
    max_position_embeddings: 8192,
    tie_word_embeddings: true,
    eos_token_id: 1,
  },
};

const gemma2: Family = {
  ...gemma,
  hasOutputNorms: true,
  hasAttentionCap: true,
  hasLogitCap: true,
  hasQueryScalar: true,
  windows: "alternating",
  hasLayerTypes: true,
  activationField: "hidden_activation",
  defaults: {
    ...gemma.defaults,
    num_key_value_heads: 4,
    hidden_activation: "gelu_pytorch_tanh",
    query_pre_attn_scalar: 256,
    sliding_window: 4096,
    sliding_window_pattern: 2,
    attn_logit_softcapping: 50,
    final_logit_softcapping: 30,
  },
};

const mistral: Family = {
  ...llama,
  hasBiasField: false,
  windows: "all",
  defaults: { sliding_window: 4096 },
};

export const families = {
  LlamaForCausalLM: llama,
  MistralForCausalLM: mistral,
  MixtralForCausalLM: {
    ...mistral,
    experts: "all",
    defaults: { rope_theta: 1_000_000, num_experts_per_tok: 2 },
  },
  Qwen2ForCausalLM: qwen2,
  Qwen3ForCausalLM: {
    ...qwen2,
    hasQkvBias: false,
    hasQkNorm: true,
    hasBiasField: true,
    defaults: { ...qwen2.defaults, head_dim: 128 },
  },
  Qwen3MoeForCausalLM: {
    ...qwen2,
    hasQkvBias: false,
    hasQkNorm: true,
    hasBiasField: true,
    windows: "all",
    hasLayerTypes: false,
    experts: "some",
    defaults: {
      num_key_value_heads: 4,
      sliding_window: 4096,
      num_experts_per_tok: 8,
      moe_intermediate_size: 768,
    },
  },
  GemmaForCausalLM: gemma,
  Gemma2ForCausalLM: gemma2,
  Gemma3ForCausalLM: {
    ...gemma2,
    hasQkNorm: true,
    hasAttentionCap: false,
    hasLocalRope: true,
    defaults: {
      ...gemma2.defaults,
      max_position_embeddings: 131_072,
      sliding_window_pattern: 6,
      attn_logit_softcapping: null,
      final_logit_softcapping: null,
    },
  },
} as const satisfies Readonly<Record<string, Family>>;

export type Architecture = keyof typeof families;
