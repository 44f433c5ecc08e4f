import { expect, test } from "vitest";
import { llamaConfig, tensorShapes } from "../../../runtime/tiny/shape.ts";

const shape = {
  vocabulary: 300,
  width: 16,
  feedForward: 24,
  layers: 2,
  heads: 4,
  keyHeads: 2,
  headWidth: 8,
  contextTokens: 64,
  ropeTheta: 10_000,
  normEpsilon: 1e-5,
};

test("the tensors of a Llama with tied embeddings", () => {
  const tensors = tensorShapes(shape);
  expect(tensors).toHaveLength(2 + 2 * 9);
  expect(tensors.slice(0, 10).map(({ name, shape: lengths }) => `${name} ${lengths.join("x")}`)).toEqual([
    "model.embed_tokens.weight 300x16",
    "model.layers.0.input_layernorm.weight 16",
    "model.layers.0.self_attn.q_proj.weight 32x16",
    "model.layers.0.self_attn.k_proj.weight 16x16",
    "model.layers.0.self_attn.v_proj.weight 16x16",
    "model.layers.0.self_attn.o_proj.weight 16x32",
    "model.layers.0.post_attention_layernorm.weight 16",
    "model.layers.0.mlp.gate_proj.weight 24x16",
    "model.layers.0.mlp.up_proj.weight 24x16",
    "model.layers.0.mlp.down_proj.weight 16x24",
  ]);
  expect(tensors.at(-1)).toEqual({ name: "model.norm.weight", shape: [16] });
});

test("config.json says the same", () => {
  expect(llamaConfig(shape, 7)).toMatchObject({
    architectures: ["LlamaForCausalLM"],
    vocab_size: 300,
    hidden_size: 16,
    intermediate_size: 24,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    head_dim: 8,
    max_position_embeddings: 64,
    rope_theta: 10_000,
    rms_norm_eps: 1e-5,
    tie_word_embeddings: true,
    eos_token_id: 7,
  });
});
