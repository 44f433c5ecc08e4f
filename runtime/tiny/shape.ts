/** The shape of a small Llama, and what its tensors are called. */

export interface TinyShape {
  /** Each size is a multiple of 8. */
  readonly vocabulary: number;
  readonly width: number;
  readonly feedForward: number;
  readonly layers: number;
  readonly heads: number;
  readonly keyHeads: number;
  readonly headWidth: number;
  /** What config.json tells of the longest sequence. */
  readonly contextTokens: number;
  readonly ropeTheta: number;
  readonly normEpsilon: number;
}

export interface TensorShape {
  readonly name: string;
  readonly shape: readonly number[];
}

export const embeddingName = "model.embed_tokens.weight";
export const lastNormName = "model.norm.weight";

/** The tensors of one layer by their role; matrices are [outputs, inputs]. */
export function layerTensors(
  { width, feedForward, heads, keyHeads, headWidth }: TinyShape,
  layer: number,
): Record<
  "inputNorm" | "query" | "key" | "value" | "output" | "gateNorm" | "gate" | "up" | "down",
  TensorShape
> {
  const tensor = (name: string, ...shape: number[]) => ({
    name: `model.layers.${layer}.${name}.weight`,
    shape,
  });
  return {
    inputNorm: tensor("input_layernorm", width),
    query: tensor("self_attn.q_proj", heads * headWidth, width),
    key: tensor("self_attn.k_proj", keyHeads * headWidth, width),
    value: tensor("self_attn.v_proj", keyHeads * headWidth, width),
    output: tensor("self_attn.o_proj", width, heads * headWidth),
    gateNorm: tensor("post_attention_layernorm", width),
    gate: tensor("mlp.gate_proj", feedForward, width),
    up: tensor("mlp.up_proj", feedForward, width),
    down: tensor("mlp.down_proj", width, feedForward),
  };
}

/** All tensors, in the order of the file; the last matrix is the embedding once more. */
export function tensorShapes(shape: TinyShape): TensorShape[] {
  return [
    { name: embeddingName, shape: [shape.vocabulary, shape.width] },
    ...Array.from({ length: shape.layers }, (_, layer) => Object.values(layerTensors(shape, layer))).flat(),
    { name: lastNormName, shape: [shape.width] },
  ];
}

/** The model's config.json. */
export function llamaConfig(shape: TinyShape, endToken: number): object {
  return {
    architectures: ["LlamaForCausalLM"],
    model_type: "llama",
    vocab_size: shape.vocabulary,
    hidden_size: shape.width,
    intermediate_size: shape.feedForward,
    num_hidden_layers: shape.layers,
    num_attention_heads: shape.heads,
    num_key_value_heads: shape.keyHeads,
    head_dim: shape.headWidth,
    max_position_embeddings: shape.contextTokens,
    rope_theta: shape.ropeTheta,
    rope_scaling: null,
    rms_norm_eps: shape.normEpsilon,
    hidden_act: "silu",
    attention_bias: false,
    mlp_bias: false,
    tie_word_embeddings: true,
    torch_dtype: "bfloat16",
    use_cache: true,
    bos_token_id: null,
    eos_token_id: endToken,
  };
}
