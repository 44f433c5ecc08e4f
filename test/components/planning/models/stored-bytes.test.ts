import { expect, test } from "vitest";
import { quantization } from "../../../../components/catalogue/quantization.ts";
import { isQuantized, storedBytes } from "../../../../components/planning/models/stored-bytes.ts";
import { matrix, perExpert, vector } from "../../../../components/planning/models/tensor.ts";

const square = matrix("mixer", 256, 512);
const numbers = 256 * 512;

test.each([
  { case: "16 bits", format: undefined, want: 2 * numbers },
  { case: "8 bits, a scale for each row", format: quantization("fp8"), want: numbers + 256 * 4 },
  { case: "8 bits, a scale for each square", format: quantization("fp8-block"), want: numbers + 2 * 4 * 4 },
  { case: "int8", format: quantization("int8"), want: numbers + 256 * 4 },
  { case: "AWQ", format: quantization("awq"), want: numbers / 2 + 4 * 256 * 2.5 },
  { case: "GPTQ, with an index", format: quantization("gptq"), want: numbers / 2 + 4 * 256 * 2.5 + 512 * 4 },
  {
    case: "GPTQ by whole rows",
    format: quantization("gptq", { groupSize: undefined }),
    want: numbers / 2 + 256 * 2.5 + 512 * 4,
  },
  { case: "symmetric int4", format: quantization("compressed-int4"), want: numbers / 2 + 4 * 256 * 2 },
  // 4.127 bits for each number, as the QLoRA paper says.
  {
    case: "NF4",
    format: quantization("bitsandbytes"),
    want: numbers / 2 + (numbers / 64) * (1 + 4 / 256),
  },
  { case: "8 bits of bitsandbytes", format: quantization("bitsandbytes", { bits: 8 }), want: numbers + 1024 },
  { case: "NVFP4", format: quantization("nvfp4"), want: numbers / 2 + numbers / 16 },
  { case: "MXFP4 leaves attention alone", format: quantization("mxfp4"), want: 2 * numbers },
])("$case", ({ format, want }) => {
  expect(storedBytes(square, "bf16", format)).toBe(want);
});

test("each expert has scales of its own", () => {
  const experts = perExpert(matrix("expert", 64, 64), 4, 1);
  expect(storedBytes(experts, "bf16", quantization("mxfp4"))).toBe(4 * (2048 + 128));
});

test.each([
  { role: "embedding", part: "linear", want: false },
  { role: "output", part: "linear", want: false },
  { role: "router", part: "linear", want: false },
  { role: "mixer", part: "linear", want: true },
  { role: "mixer", part: "feed-forward", want: false },
  { role: "feed-forward", part: "feed-forward", want: true },
  { role: "feed-forward", part: "experts", want: false },
  { role: "expert", part: "experts", want: true },
] as const)("$role under $part is quantised: $want", ({ role, part, want }) => {
  expect(isQuantized({ role }, quantization("fp8", { part }))).toBe(want);
});

test("vectors and what is not quantised have the model's own type", () => {
  expect(storedBytes(vector(10), "fp32", quantization("fp8"))).toBe(40);
  expect(isQuantized({ role: "mixer" }, undefined)).toBe(false);
});
