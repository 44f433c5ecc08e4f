import { expect, test } from "vitest";
import { attention } from "../../../../components/catalogue/model-layers.ts";
import { attentionTensors, latentTensors } from "../../../../components/planning/models/attention-tensors.ts";
import { elements } from "../../../../components/planning/models/tensor.ts";
import { sum } from "../../../../components/planning/sum.ts";

const count = (tensors: Parameters<typeof elements>[0][]) => sum(tensors.map(elements));

test.each([
  { case: "as many heads of keys as of queries", mixer: attention(4, 4, 8), want: 4 * 16 * 32 },
  { case: "shared keys and values", mixer: attention(4, 1, 8), want: 2 * 16 * 32 + 2 * 16 * 8 },
  { case: "a gate", mixer: attention(4, 1, 8, { gated: true }), want: 3 * 16 * 32 + 2 * 16 * 8 },
  {
    case: "biases of queries, keys and values",
    mixer: attention(4, 1, 8, { bias: "inputs" }),
    want: 1280 + 32 + 16,
  },
  { case: "all biases", mixer: attention(4, 1, 8, { bias: "all" }), want: 1280 + 32 + 16 + 16 },
  { case: "norms of heads", mixer: attention(4, 1, 8, { headNorms: true }), want: 1280 + 16 },
  { case: "sinks", mixer: attention(4, 1, 8, { sinks: true }), want: 1280 + 4 },
])("$case", ({ mixer, want }) => {
  expect(count(attentionTensors(16, mixer))).toBe(want);
});

test("keys and values divide into no more parts than they have heads", () => {
  const parts = attentionTensors(16, attention(4, 2, 8)).map((tensor) => tensor.parts);
  expect(parts).toEqual([undefined, 2, 2, undefined]);
});

test("compressed attention: what compresses is whole everywhere, what restores is cut", () => {
  const sizes = { keyValueRank: 8, plainSize: 4, rotarySize: 2, valueSize: 4 };
  const tensors = latentTensors(16, { kind: "latent", heads: 2, queryRank: 6, ...sizes });
  expect(count(tensors)).toBe(6 * 16 + 6 + 12 * 6 + 10 * 16 + 8 + 16 * 8 + 16 * 8);
  expect(tensors.map(({ cut }) => cut)).toEqual([
    undefined,
    undefined,
    "rows",
    undefined,
    undefined,
    "rows",
    "columns",
  ]);
  expect(count(latentTensors(16, { kind: "latent", heads: 2, ...sizes }))).toBe(
    12 * 16 + 10 * 16 + 8 + 16 * 8 + 16 * 8,
  );
});
