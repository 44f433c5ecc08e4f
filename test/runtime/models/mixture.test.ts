import { expect, test } from "vitest";
import { families } from "../../../runtime/models/families.ts";
import { readMixture } from "../../../runtime/models/mixture.ts";
import { ModelFileError } from "../../../runtime/models/model-file-error.ts";

const { MixtralForCausalLM: mixtral, Qwen3MoeForCausalLM: qwen3 } = families;
/** The fields of Mixtral 8x7B and of Qwen3 30B-A3B. */
const eight = { intermediate_size: 14336, num_experts_per_tok: 2, num_local_experts: 8 };
const many = {
  intermediate_size: 6144,
  moe_intermediate_size: 768,
  norm_topk_prob: true,
  num_experts: 128,
  num_experts_per_tok: 8,
};

test.each([
  { case: "Mixtral", family: mixtral, fields: eight, want: [8, 2, 14336, true] },
  {
    case: "Mixtral, with fields that it has not",
    family: mixtral,
    fields: { ...eight, norm_topk_prob: false, moe_intermediate_size: 7 },
    want: [8, 2, 14336, true],
  },
  { case: "Qwen3", family: qwen3, fields: many, want: [128, 8, 768, true] },
  {
    case: "Qwen3, as transformers 5 writes it",
    family: qwen3,
    fields: { ...many, num_experts: undefined, num_local_experts: 64 },
    want: [64, 8, 768, true],
  },
  {
    case: "Qwen3, whose shares stay as they are",
    family: qwen3,
    fields: { ...many, norm_topk_prob: undefined },
    want: [128, 8, 768, false],
  },
])("experts: $case", ({ family, fields, want }) => {
  const told = readMixture("config.json", family, fields);
  expect([told.experts, told.chosen, told.intermediate, told.hasNormalisedShares]).toEqual(want);
});

test.each([
  {
    case: "no number of experts",
    family: mixtral,
    fields: { ...eight, num_local_experts: undefined },
    want: 'config.json: "num_local_experts": is not told',
  },
  {
    case: "fewer experts than a token goes through",
    family: qwen3,
    fields: { ...many, num_experts: 4 },
    want: 'config.json: "num_experts_per_tok": 8 are not among 4 experts',
  },
])("refused by name: $case", ({ family, fields, want }) => {
  expect(() => readMixture("config.json", family, fields)).toThrow(ModelFileError);
  expect(() => readMixture("config.json", family, fields)).toThrow(want);
});
