import { expect, test } from "vitest";
import { families, wrappers } from "../../../../components/planning/models/config-families.ts";
import { type ConfigFields, configFields } from "../../../../components/planning/models/config-fields.ts";
import { ConfigReader } from "../../../../components/planning/models/config-reader.ts";

function layersOf(model_type: string, change: Partial<ConfigFields> = {}) {
  const sizes = { hidden_size: 64, num_hidden_layers: 6, vocab_size: 100, intermediate_size: 256 };
  const fields = { model_type, ...sizes, num_attention_heads: 4, num_key_value_heads: 2, ...change };
  return families[model_type]?.layers(new ConfigReader(configFields.parse(fields), [])) ?? [];
}

test.each([
  { family: "llama", norms: 2, mixer: {} },
  { family: "mistral", norms: 2, mixer: {} },
  { family: "qwen2", norms: 2, mixer: { bias: "inputs" } },
  { family: "qwen3", norms: 2, mixer: { headNorms: true } },
  { family: "gemma2", norms: 4, mixer: {} },
  { family: "gemma3_text", norms: 4, mixer: { headNorms: true } },
])("$family: what its attention has beside heads", ({ family, norms, mixer }) => {
  const [layer] = layersOf(family);
  expect(layer?.norms).toBe(norms);
  expect(layer?.mixer).toEqual({ kind: "attention", heads: 4, keyValueHeads: 2, headSize: 16, ...mixer });
});

test.each([
  { family: "mistral", change: {}, want: [32, 32, 32, 32, 32, 32] },
  { family: "gemma2", change: {}, want: [32, 0, 32, 0, 32, 0] },
  { family: "gemma3_text", change: {}, want: [32, 32, 32, 32, 32, 0] },
  { family: "gemma3_text", change: { sliding_window_pattern: 3 }, want: [32, 32, 0, 32, 32, 0] },
  {
    family: "gpt_oss",
    change: { num_local_experts: 8, num_experts_per_tok: 2 },
    want: [32, 0, 32, 0, 32, 0],
  },
  {
    family: "llama4_text",
    change: { num_local_experts: 8, num_experts_per_tok: 1, intermediate_size_mlp: 512 },
    want: [32, 32, 32, 0, 32, 32],
  },
  {
    family: "llama4_text",
    change: {
      num_local_experts: 8,
      num_experts_per_tok: 1,
      intermediate_size_mlp: 512,
      no_rope_layers: [0, 1, 1, 1, 1, 0],
    },
    want: [0, 32, 32, 32, 32, 0],
  },
])("$family $change: layers with a window", ({ family, change, want }) => {
  const layers = layersOf(family, { sliding_window: 32, ...change });
  const windows = layers.map(({ mixer }) => (mixer?.kind === "attention" ? (mixer.window ?? 0) : -1));
  expect(windows).toEqual(want);
});

test.each([
  { use_qk_norm: true, want: { headNorms: true } },
  { use_qk_norm: false, want: {} },
])("GLM 4.5 normalises heads if it says so ($use_qk_norm)", ({ use_qk_norm, want }) => {
  const experts = { n_routed_experts: 8, num_experts_per_tok: 2, moe_intermediate_size: 32 };
  const [layer] = layersOf("glm4_moe", { use_qk_norm, attention_bias: true, ...experts });
  expect(layer?.mixer).toEqual({
    kind: "attention",
    heads: 4,
    keyValueHeads: 2,
    headSize: 16,
    bias: "inputs",
    ...want,
  });
});

test("only Gemma ties its embeddings where nothing is said", () => {
  const tied = Object.entries(families).filter(([, family]) => family.tied);
  expect(tied.map(([name]) => name)).toEqual(["gemma", "gemma2", "gemma3_text"]);
});

test("names of wholes stand for families that there are", () => {
  expect(Object.values(wrappers).every((name) => name in families)).toBe(true);
});
