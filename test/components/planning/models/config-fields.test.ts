import { expect, test } from "vitest";
import { configFields, configFrame } from "../../../../components/planning/models/config-fields.ts";

const least = { model_type: "llama", hidden_size: 64, num_hidden_layers: 2, vocab_size: 100 };

test("fields that have no part in memory are dropped", () => {
  expect(configFields.parse({ ...least, rope_theta: 10_000, hidden_act: "silu" })).toEqual(least);
});

test.each([
  { field: "hidden_size", value: 0 },
  { field: "hidden_size", value: 1.5 },
  { field: "num_hidden_layers", value: "2" },
  { field: "vocab_size", value: 100_000_001 },
  { field: "num_experts", value: -1 },
  { field: "layer_types", value: "full_attention" },
])("$field $value is refused", ({ field, value }) => {
  expect(configFields.safeParse({ ...least, [field]: value }).error?.issues[0]?.path).toEqual([field]);
});

test("a size may be one for each layer", () => {
  expect(configFields.parse({ ...least, intermediate_size: [1, 2] }).intermediate_size).toEqual([1, 2]);
});

test("parts around the language model are read apart", () => {
  expect(configFrame.parse({ text_config: { a: 1 }, quantization_config: null })).toEqual({
    text_config: { a: 1 },
    quantization_config: null,
  });
});
