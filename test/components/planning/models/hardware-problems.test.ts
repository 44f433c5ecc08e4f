import { expect, test } from "vitest";
import { quantization } from "../../../../components/catalogue/quantization.ts";
import {
  capability,
  hardwareProblems,
  isSupported,
} from "../../../../components/planning/models/hardware-problems.ts";

const path = ["model"];

test.each([
  { case: "bfloat16 on Ampere", accelerator: "nvidia-a10g", dtype: "bf16", format: undefined, want: [] },
  { case: "half precision on Turing", accelerator: "nvidia-t4", dtype: "fp16", format: undefined, want: [] },
  { case: "bfloat16 on a TPU", accelerator: "google-tpu-v5e", dtype: "bf16", format: undefined, want: [] },
  {
    case: "bfloat16 on Turing (F07)",
    accelerator: "nvidia-t4",
    dtype: "bf16",
    format: undefined,
    want: [
      [
        "dtype",
        "bf16 on nvidia-t4 with compute capability 7.5",
        "fp16 or fp32; bf16 from 8.0 on",
        "set dtype to fp16, or take nvidia-l4",
      ],
    ],
  },
  { case: "plain AWQ on Turing", accelerator: "nvidia-t4", dtype: "fp16", format: "awq", want: [] },
  {
    case: "the same four bits packed as compressed-tensors on Turing (F09)",
    accelerator: "nvidia-t4",
    dtype: "fp16",
    format: "compressed-int4",
    want: [
      [
        "quantization",
        "compressed-int4 on nvidia-t4, compute capability 7.5",
        "int8, gptq, awq, bitsandbytes there; compressed-int4 from compute capability 8.0 on",
        "take weights in another format, or nvidia-l4",
      ],
    ],
  },
  {
    case: "fp8 on 8.6, which the engine of the catalogue has by weights alone (F13)",
    accelerator: "nvidia-a10g",
    dtype: "bf16",
    format: "fp8",
    want: [],
  },
  {
    case: "fp8 on Turing (F13)",
    accelerator: "nvidia-t4",
    dtype: "fp16",
    format: "fp8",
    want: [
      [
        "quantization",
        "fp8 on nvidia-t4, compute capability 7.5",
        "int8, gptq, awq, bitsandbytes there; fp8 from compute capability 8.0 on",
        "take weights in another format, or nvidia-l4",
      ],
    ],
  },
  {
    case: "AWQ on a TPU",
    accelerator: "google-tpu-v6e",
    dtype: "bf16",
    format: "awq",
    want: [
      [
        "quantization",
        "awq on google-tpu-v6e, a TPU",
        "int8 there; awq from compute capability 7.5 on",
        "take weights in another format, or nvidia-t4",
      ],
    ],
  },
] as const)("$case", ({ accelerator, dtype, format, want }) => {
  const asked = format && quantization(format);
  expect(hardwareProblems(accelerator, dtype, asked, path)).toEqual(
    want.map(([field, given, allowed, remedy]) => ({ path: [...path, field], given, allowed, remedy })),
  );
});

test("compute capability is written as vLLM does", () => {
  expect(capability("nvidia-l4")).toBe(89);
  expect(capability("nvidia-b200-sxm")).toBe(100);
  expect(capability("google-tpu-v5p")).toBeUndefined();
});

test("a TPU runs int8 alone", () => {
  expect(isSupported("google-tpu-v5e", "int8")).toBe(true);
  expect(isSupported("google-tpu-v5e", "fp8")).toBe(false);
});
