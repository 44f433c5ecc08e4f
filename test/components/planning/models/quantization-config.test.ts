import { expect, test } from "vitest";
import { quantization } from "../../../../components/catalogue/quantization.ts";
import { readQuantization } from "../../../../components/planning/models/quantization-config.ts";

const path = ["quantization_config"];

test.each([
  {
    case: "DeepSeek-V3: squares of 128",
    config: { quant_method: "fp8", fmt: "e4m3", activation_scheme: "dynamic", weight_block_size: [128, 128] },
    want: quantization("fp8-block"),
  },
  { case: "fp8 without squares", config: { quant_method: "fp8" }, want: quantization("fp8") },
  {
    case: "Llama 3.1 405B FP8: attention left as it is",
    config: {
      quant_method: "fbgemm_fp8",
      modules_to_not_convert: [
        "model.layers.0.self_attn.q_proj",
        "model.layers.1.self_attn.q_proj",
        "lm_head",
      ],
    },
    want: quantization("fp8", { part: "feed-forward" }),
  },
  {
    case: "GPTQ",
    config: { quant_method: "gptq", bits: 4, group_size: 128, sym: true, desc_act: false },
    want: quantization("gptq"),
  },
  {
    case: "GPTQ in eight bits by whole rows",
    config: { quant_method: "gptq", bits: 8, group_size: -1 },
    want: quantization("gptq", { bits: 8, groupSize: undefined }),
  },
  {
    case: "AWQ",
    config: { quant_method: "awq", bits: 4, group_size: 128, zero_point: true, version: "gemm" },
    want: quantization("awq"),
  },
  {
    case: "AWQ in its older words",
    config: { quant_method: "awq", w_bit: 4, q_group_size: 64, zero_point: false },
    want: quantization("awq", { groupSize: 64, zeroPoints: false }),
  },
  {
    case: "bitsandbytes",
    config: { quant_method: "bitsandbytes", load_in_4bit: true },
    want: quantization("bitsandbytes"),
  },
  {
    case: "bitsandbytes in eight bits",
    config: { quant_method: "bitsandbytes", load_in_8bit: true },
    want: quantization("bitsandbytes", { bits: 8 }),
  },
  {
    case: "gpt-oss",
    config: { quant_method: "mxfp4", modules_to_not_convert: ["model.layers.*.self_attn", "lm_head"] },
    want: quantization("mxfp4"),
  },
  { case: "NVFP4", config: { quant_method: "modelopt", quant_algo: "NVFP4" }, want: quantization("nvfp4") },
  {
    case: "FP8 of the same",
    config: { quant_method: "modelopt", quant_algo: "FP8" },
    want: quantization("fp8"),
  },
])("$case", ({ config, want }) => {
  expect(readQuantization(config, path)).toEqual({ quantization: want, problems: [] });
});

test.each([
  {
    weights: { num_bits: 4, type: "int", strategy: "group", group_size: 128, symmetric: true },
    want: quantization("compressed-int4"),
  },
  {
    weights: { num_bits: 4, type: "int", strategy: "group", group_size: 64, symmetric: false },
    want: quantization("compressed-int4", { groupSize: 64, zeroPoints: true }),
  },
  {
    weights: { num_bits: 4, type: "int", strategy: "channel", symmetric: true },
    want: quantization("compressed-int4", { groupSize: undefined }),
  },
  { weights: { num_bits: 8, type: "int", strategy: "channel", symmetric: true }, want: quantization("int8") },
  { weights: { num_bits: 8, type: "float", strategy: "tensor" }, want: quantization("fp8") },
  { weights: { num_bits: 8, type: "float", strategy: "block" }, want: quantization("fp8-block") },
  {
    weights: { num_bits: 4, type: "float", strategy: "tensor_group", group_size: 16 },
    want: quantization("nvfp4"),
  },
])("compressed-tensors: $weights", ({ weights, want }) => {
  const config = {
    quant_method: "compressed-tensors",
    config_groups: { group_0: { weights } },
    ignore: ["lm_head"],
  };
  expect(readQuantization(config, path).quantization).toEqual(want);
});

const allowed = "fp8, fbgemm_fp8, gptq, awq, bitsandbytes, mxfp4, modelopt, compressed-tensors";
const remedy = "take a checkpoint in one of these formats, or the one that is not quantised";

test.each([
  { case: "an unknown method", config: { quant_method: "aqlm" }, at: ["quant_method"], given: "aqlm" },
  { case: "no method", config: { bits: 4 }, at: ["quant_method"], given: '{"bits":4}' },
  {
    case: "weights that are not described",
    config: { quant_method: "compressed-tensors" },
    at: [],
    given: "compressed-tensors whose weights are not described",
  },
  {
    case: "an unknown algorithm",
    config: { quant_method: "modelopt", quant_algo: "MIXED_PRECISION" },
    at: [],
    given: "modelopt whose weights are not described",
  },
])("$case", ({ config, at, given }) => {
  expect(readQuantization(config, path)).toEqual({
    problems: [{ path: [...path, ...at], given, allowed, remedy }],
  });
});
