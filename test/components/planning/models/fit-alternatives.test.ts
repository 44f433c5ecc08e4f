import { expect, test } from "vitest";
import { modelFacts } from "../../../../components/catalogue/models.ts";
import { quantization } from "../../../../components/catalogue/quantization.ts";
import {
  alternatives,
  described,
  fewest,
  isServed,
} from "../../../../components/planning/models/fit-alternatives.ts";
import type { Serving } from "../../../../components/planning/models/model-fit.ts";
import { alone } from "../../../../components/planning/models/parallelism.ts";

const llama70: Serving = {
  model: modelFacts("meta-llama/Llama-3.1-70B-Instruct"),
  parallelism: alone,
  settings: { engine: "vllm" },
  context: 8192,
};

test("the fewest accelerators of a kind: within a node first, then over several", () => {
  expect(fewest(llama70, "nvidia-l4")).toEqual({ ...alone, tensor: 8 });
  expect(fewest(llama70, "nvidia-h100-80gb-sxm")).toEqual({ ...alone, tensor: 2 });
  const large = { ...llama70, model: modelFacts("deepseek-ai/DeepSeek-V3") };
  expect(fewest(large, "nvidia-h100-80gb-sxm")).toEqual({ ...alone, tensor: 8, pipeline: 2 });
  expect(fewest(large, "nvidia-l4")).toEqual({ ...alone, tensor: 8, pipeline: 6 });
});

test("nothing serves what the hardware cannot compute, or what cannot be cut", () => {
  expect(fewest({ ...llama70, quantization: quantization("fp8") }, "nvidia-t4")).toBeUndefined();
  expect(isServed({ ...llama70, parallelism: { ...alone, tensor: 3 } }, "nvidia-b200-sxm")).toBe(false);
  expect(isServed(llama70, "nvidia-b200-sxm")).toBe(true);
});

test("one way of each sort, the nearest of its sort", () => {
  expect(alternatives(llama70, "nvidia-h100-80gb-sxm")).toEqual([
    "take 2 nvidia-h100-80gb-sxm with tensor 2",
    "take weights in compressed-int4",
    "take 1 nvidia-b200-sxm with tensor 1",
  ]);
});

test("how accelerators share a model, in words", () => {
  expect(described("nvidia-l4", { ...alone, tensor: 8, pipeline: 2 })).toBe(
    "16 nvidia-l4 with tensor 8 and pipeline 2",
  );
});
