import { expect, test } from "vitest";
import { type ConfigFields, configFields } from "../../../../components/planning/models/config-fields.ts";
import { ConfigReader } from "../../../../components/planning/models/config-reader.ts";

function reader(change: Partial<ConfigFields>): ConfigReader {
  const least = { model_type: "llama", hidden_size: 64, num_hidden_layers: 2, vocab_size: 100 };
  return new ConfigReader(configFields.parse({ ...least, ...change }), ["model"]);
}

test("the first field that is there is taken", () => {
  const read = reader({ num_experts: 8, n_routed_experts: 16 });
  expect(read.need("num_local_experts", "num_experts", "n_routed_experts")).toBe(8);
  expect(read.problems).toEqual([]);
});

test("a missing field is told once", () => {
  const read = reader({});
  expect([read.need("kv_lora_rank"), read.need("kv_lora_rank")]).toEqual([1, 1]);
  expect(read.problems).toEqual([
    {
      path: ["model", "kv_lora_rank"],
      given: "nothing",
      allowed: "a whole number for a llama",
      remedy: "add it",
    },
  ]);
});

test.each([
  { case: "one for all", size: 256, index: 1, want: 256, given: undefined },
  { case: "one for each", size: [128, 256], index: 1, want: 256, given: undefined },
  { case: "too few", size: [128], index: 1, want: 1, given: "1 sizes" },
  { case: "none", size: undefined, index: 0, want: 1, given: "nothing" },
])("sizes of feed-forward layers: $case", ({ size, index, want, given }) => {
  const read = reader({ intermediate_size: size });
  expect(read.feedForwardSize(index)).toBe(want);
  expect(read.problems.map((problem) => problem.given)).toEqual(given === undefined ? [] : [given]);
});

test.each([
  { case: "given", change: { head_dim: 48, num_attention_heads: 4 }, want: 48 },
  { case: "given by another name", change: { attention_head_dim: 24 }, want: 24 },
  { case: "divided", change: { num_attention_heads: 4 }, want: 16 },
  { case: "not dividing", change: { num_attention_heads: 5 }, want: 1 },
])("size of a head: $case", ({ change, want }) => {
  const read = reader(change);
  expect(read.headSize()).toBe(want);
  expect(read.problems).toHaveLength(want === 1 ? 1 : 0);
});
