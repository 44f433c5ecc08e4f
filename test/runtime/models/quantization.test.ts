import { expect, test } from "vitest";
import { groupStep, quantizationConfigOf, readQuantization } from "../../../runtime/models/quantization.ts";

const weights = {
  num_bits: 4,
  type: "int",
  symmetric: true,
  strategy: "group",
  group_size: 128,
  dynamic: false,
};

const float = { num_bits: 8, type: "float", symmetric: true, group_size: null };

/** What a file says, with one thing changed in the whole, in its group, or in the weights. */
function config(change: { whole?: object; group?: object; weights?: object } = {}) {
  const group = { targets: ["Linear"], weights: { ...weights, ...change.weights }, ...change.group };
  return {
    quant_method: "compressed-tensors",
    format: "pack-quantized",
    config_groups: { group_0: group },
    ignore: ["lm_head"],
    ...change.whole,
  };
}

test("a model that says nothing is not quantised", () => {
  expect(readQuantization("config.json", undefined)).toBeUndefined();
  expect(readQuantization("config.json", null)).toBeUndefined();
});

test.each([
  { case: "4 bits by groups", raw: config(), want: { bits: 4, isPacked: true, group: 128 } },
  {
    case: "8 bits by row",
    raw: config({ weights: { num_bits: 8, strategy: "channel", group_size: null } }),
    want: { bits: 8, isPacked: true },
  },
  {
    case: "bytes, and minus one for a whole row",
    raw: config({
      whole: { format: "int-quantized" },
      weights: { num_bits: 8, strategy: "channel", group_size: -1 },
    }),
    want: { bits: 8, isPacked: false },
  },
  {
    case: "a group's own format, and what the library writes beside it",
    raw: config({
      whole: {
        format: "int-quantized",
        kv_cache_scheme: null,
        global_compression_ratio: 1.5,
        quantization_status: "compressed",
        sparsity_config: {},
        moe_sparsity_config: null,
        transform_config: {},
        version: "0.20.0",
      },
      group: { format: "pack-quantized", input_activations: null, output_activations: null },
      weights: { actorder: "weight", observer: "minmax", observer_kwargs: {}, block_structure: null },
    }),
    want: { bits: 4, isPacked: true, group: 128 },
  },
  {
    case: "floats by row, activations rounded in each step",
    raw: config({
      whole: { format: "float-quantized" },
      group: { input_activations: { ...float, strategy: "token", dynamic: true } },
      weights: { ...float, strategy: "channel" },
    }),
    want: { bits: 8, isPacked: false, float: { hasOneScale: false } },
  },
  {
    case: "floats with one scale",
    raw: config({ whole: { format: "float-quantized" }, weights: { ...float, strategy: "tensor" } }),
    want: { bits: 8, isPacked: false, float: { hasOneScale: true } },
  },
])("read: $case", ({ raw, want }) => {
  expect(readQuantization("config.json", raw)).toEqual(want);
});

const field = (name: string) => `config.json: "quantization_config.${name}": `;
const ofWeights = (name: string) => field(`config_groups.group_0.weights.${name}`);

test.each([
  { case: "another library", raw: { quant_method: "gptq", bits: 4 }, want: field("quant_method") },
  { case: "another format", raw: config({ whole: { format: "marlin-24" } }), want: field("format") },
  {
    case: "whole numbers as floats",
    raw: config({ whole: { format: "float-quantized" } }),
    want: `${field("config_groups")}float-quantized with weights of int`,
  },
  {
    case: "floats in blocks",
    raw: config({ whole: { format: "float-quantized" }, weights: { ...float, strategy: "block" } }),
    want: ofWeights("strategy"),
  },
  {
    case: "floats whose activations have scales of their own",
    raw: config({
      whole: { format: "float-quantized" },
      group: { input_activations: { ...float, strategy: "tensor", dynamic: false } },
      weights: { ...float, strategy: "channel" },
    }),
    want: field("config_groups.group_0.input_activations.dynamic"),
  },
  { case: "3 bits", raw: config({ weights: { num_bits: 3 } }), want: ofWeights("num_bits") },
  { case: "floats of 4 bits", raw: config({ weights: { type: "float" } }), want: ofWeights("num_bits") },
  { case: "another type", raw: config({ weights: { type: "complex" } }), want: ofWeights("type") },
  { case: "zero points", raw: config({ weights: { symmetric: false } }), want: ofWeights("symmetric") },
  {
    case: "one scale for all",
    raw: config({ weights: { strategy: "tensor" } }),
    want: ofWeights("strategy"),
  },
  { case: "groups of 48", raw: config({ weights: { group_size: 48 } }), want: ofWeights("group_size") },
  { case: "reordered groups", raw: config({ weights: { actorder: "group" } }), want: ofWeights("actorder") },
  {
    case: "an unknown field",
    raw: config({ weights: { levels: 3 } }),
    want: ofWeights("").replace('."', '"'),
  },
  {
    case: "activations",
    raw: config({ group: { input_activations: { ...float, strategy: "token", dynamic: true } } }),
    want: field("config_groups.group_0.input_activations").slice(0, -2),
  },
  { case: "a cache", raw: config({ whole: { kv_cache_scheme: {} } }), want: field("kv_cache_scheme") },
  { case: "no group", raw: config({ whole: { config_groups: {} } }), want: field("config_groups") },
  {
    case: "a strategy without its size",
    raw: config({ weights: { group_size: null } }),
    want: `${field("config_groups")}the strategy group with a group_size of null`,
  },
  {
    case: "4 bits in bytes",
    raw: config({ whole: { format: "int-quantized" } }),
    want: `${field("config_groups")}int-quantized weights of 4 bits`,
  },
])("refused by name, with what is served: $case", ({ raw, want }) => {
  expect(() => readQuantization("config.json", raw)).toThrow(want);
  expect(() => readQuantization("config.json", raw)).toThrow("served are weights of 4 or 8 bits alone");
});

test.each([
  { bits: 8, isPacked: true },
  { bits: 8, isPacked: false },
  { bits: 4, isPacked: true, group: groupStep },
] as const)("what is written is read as the same", (format) => {
  expect(readQuantization("config.json", quantizationConfigOf(format))).toEqual(format);
});
