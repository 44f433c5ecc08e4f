import { expect, test } from "vitest";
import {
  allExperts,
  denseOf,
  interleavedExperts,
  lateExperts,
  periodicExperts,
  sparseExperts,
} from "../../../../components/planning/models/config-feed-forward.ts";
import { type ConfigFields, configFields } from "../../../../components/planning/models/config-fields.ts";
import { ConfigReader } from "../../../../components/planning/models/config-reader.ts";

function reader(change: Partial<ConfigFields>): ConfigReader {
  const least = { model_type: "llama", hidden_size: 64, num_hidden_layers: 4, vocab_size: 100 };
  const fields = { ...least, intermediate_size: 256, num_experts: 8, num_experts_per_tok: 2, ...change };
  return new ConfigReader(configFields.parse(fields), []);
}

const places = [0, 1, 2, 3];
const dense = { kind: "dense", size: 256, gated: true };
const experts = { kind: "mixture", experts: 8, active: 2, size: 32, sharedSize: 0 };

test("one for all tokens, with a gate or without", () => {
  expect(denseOf(reader({}))(0)).toEqual(dense);
  expect(denseOf(reader({}), false)(0)).toEqual({ ...dense, gated: false });
});

test("experts in every layer are as large as the feed-forward size says", () => {
  expect(allExperts(reader({}), { expertBias: true })(3)).toEqual({
    ...experts,
    size: 256,
    expertBias: true,
  });
});

test.each([
  { case: "everywhere", change: {}, want: [1, 1, 1, 1] },
  { case: "in every second", change: { decoder_sparse_step: 2 }, want: [0, 1, 0, 1] },
  { case: "but where it is named as dense", change: { mlp_only_layers: [0, 3] }, want: [0, 1, 1, 0] },
])("sparse experts: $case", ({ change, want }) => {
  const at = sparseExperts(reader({ moe_intermediate_size: 32, ...change }));
  expect(places.map((index) => at(index))).toEqual(
    want.map((isMixture) => (isMixture ? { ...experts, sharedGate: false } : dense)),
  );
});

test("a shared expert beside sparse ones has a gate", () => {
  const at = sparseExperts(reader({ moe_intermediate_size: 32, shared_expert_intermediate_size: 64 }));
  expect(at(0)).toEqual({ ...experts, sharedSize: 64, sharedGate: true });
});

test.each([
  { case: "after dense layers", change: { first_k_dense_replace: 2 }, want: [0, 0, 1, 1] },
  { case: "in every second", change: { moe_layer_freq: 2 }, want: [1, 0, 1, 0] },
])("late experts: $case", ({ change, want }) => {
  const at = lateExperts(reader({ moe_intermediate_size: 32, n_shared_experts: 2, ...change }), {
    routerBias: true,
  });
  expect(places.map((index) => at(index))).toEqual(
    want.map((isMixture) => (isMixture ? { ...experts, sharedSize: 64, routerBias: true } : dense)),
  );
});

test("Llama 4 has a shared expert as large as the others, and wider layers between", () => {
  const at = interleavedExperts(reader({ interleave_moe_layer_step: 2, intermediate_size_mlp: 512 }));
  expect(at(0)).toEqual({ ...dense, size: 512 });
  expect(at(1)).toEqual({ ...experts, size: 256, sharedSize: 256 });
});

test("Jamba's experts stand at one place of each period", () => {
  const at = periodicExperts(reader({ expert_layer_period: 2, expert_layer_offset: 1 }));
  expect(places.map((index) => at(index).kind)).toEqual(["dense", "mixture", "dense", "mixture"]);
});
