import { expect, test } from "vitest";
import { type Architecture, families } from "../../../runtime/models/families.ts";
import { layerKinds } from "../../../runtime/models/layer-kinds.ts";
import { ModelFileError } from "../../../runtime/models/model-file-error.ts";

const fields = { num_hidden_layers: 4, max_position_embeddings: 1000, sliding_window: 100 };
const used = { ...fields, use_sliding_window: true };
const [full, sliding] = ["full_attention", "sliding_attention"];

const kindsOf = (architecture: Architecture, told: object) =>
  layerKinds("config.json", families[architecture], { ...fields, ...told });

test.each<{ case: string; architecture: Architecture; told: object; want: readonly number[] }>([
  { case: "none", architecture: "LlamaForCausalLM", told: { sliding_window: 1000 }, want: [0, 0, 0, 0] },
  { case: "all", architecture: "MistralForCausalLM", told: {}, want: [100, 100, 100, 100] },
  { case: "nothing", architecture: "MistralForCausalLM", told: { sliding_window: null }, want: [0, 0, 0, 0] },
  {
    case: "one as wide as the context",
    architecture: "MistralForCausalLM",
    told: { sliding_window: 1000 },
    want: [0, 0, 0, 0],
  },
  { case: "one that is not used", architecture: "Qwen2ForCausalLM", told: {}, want: [0, 0, 0, 0] },
  {
    case: "late layers",
    architecture: "Qwen2ForCausalLM",
    told: { ...used, max_window_layers: 3 },
    want: [0, 0, 0, 100],
  },
  {
    case: "listed layers",
    architecture: "Qwen3ForCausalLM",
    told: { ...used, layer_types: [sliding, full, full, sliding] },
    want: [100, 0, 0, 100],
  },
  {
    case: "every other one",
    architecture: "Gemma2ForCausalLM",
    told: { sliding_window_pattern: 2 },
    want: [100, 0, 100, 0],
  },
  {
    case: "a list that says the same as the family",
    architecture: "MistralForCausalLM",
    told: { layer_types: [sliding, sliding, sliding, sliding] },
    want: [100, 100, 100, 100],
  },
])("layers have windows: $case", ({ architecture, told, want }) => {
  expect(kindsOf(architecture, told).map(({ window = 0 }) => window)).toEqual(want);
});

test("local layers stay local where the context is no longer than the window", () => {
  const told = { sliding_window: 1000, sliding_window_pattern: 3 };
  expect(kindsOf("Gemma3ForCausalLM", told)).toEqual(
    [true, true, false, true].map((isLocal) => ({ isLocal, hasExperts: false })),
  );
});

test.each<{ case: string; architecture: Architecture; told: object; want: readonly boolean[] }>([
  { case: "none", architecture: "Qwen3ForCausalLM", told: {}, want: [false, false, false, false] },
  {
    case: "all, whatever else is told",
    architecture: "MixtralForCausalLM",
    told: { mlp_only_layers: [1] },
    want: [true, true, true, true],
  },
  { case: "all unless told", architecture: "Qwen3MoeForCausalLM", told: {}, want: [true, true, true, true] },
  {
    case: "every other one, and one of them not",
    architecture: "Qwen3MoeForCausalLM",
    told: { decoder_sparse_step: 2, mlp_only_layers: [3] },
    want: [false, true, false, false],
  },
])("layers choose among experts: $case", ({ architecture, told, want }) => {
  expect(kindsOf(architecture, told).map(({ hasExperts }) => hasExperts)).toEqual(want);
});

test.each<{ case: string; architecture: Architecture; told: object; want: string }>([
  {
    case: "other layers",
    architecture: "Qwen3ForCausalLM",
    told: { layer_types: ["mamba"] },
    want: "mamba is",
  },
  {
    case: "a short list",
    architecture: "Qwen3ForCausalLM",
    told: { layer_types: [full] },
    want: "tells of 1 layers, and there are 4",
  },
  {
    case: "a list that the family does not go by",
    architecture: "MistralForCausalLM",
    told: { layer_types: [full, sliding, full, sliding] },
    want: "this family's layers are not chosen by it",
  },
  {
    case: "listed layers without their window",
    architecture: "Qwen3ForCausalLM",
    told: { layer_types: [full, sliding, full, full] },
    want: '"sliding_window": is not told, and layers need it',
  },
  {
    case: "a window of a family without",
    architecture: "LlamaForCausalLM",
    told: {},
    want: '"sliding_window": layers of this family have none',
  },
])("refused by name: $case", ({ architecture, told, want }) => {
  expect(() => kindsOf(architecture, told)).toThrow(ModelFileError);
  expect(() => kindsOf(architecture, told)).toThrow(want);
});
