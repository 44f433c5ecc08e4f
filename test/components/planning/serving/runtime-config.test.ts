import { expect, test } from "vitest";
import { runtimeArchitectures } from "../../../../components/catalogue/runtime-models.ts";
import { readModelConfig } from "../../../../components/planning/models/model-config.ts";
import { runtimeConfigProblems } from "../../../../components/planning/serving/runtime-config.ts";
import { denseConfigFiles } from "../../../support/models/dense-config-files.ts";

const llama = denseConfigFiles["meta-llama/Llama-3.1-8B-Instruct"] ?? {};
const gemma = denseConfigFiles["google/gemma-3-27b-it"] ?? {};
const path = ["config"];

function problemsOf(file: Record<string, unknown>, device: "processor" | "cuda" = "processor") {
  const { model } = readModelConfig(file, path);
  if (!model) throw new Error("the planner reads every file here");
  return runtimeConfigProblems(file, model, device, path);
}

const known = `one of ${runtimeArchitectures.join(", ")}, which the runtime computes`;
const quantised = (quant_method: string) => ({
  quant_method,
  config_groups: { group_0: { weights: { num_bits: 8, type: "int", strategy: "channel" } } },
});

test.each([
  { case: "a plain one", file: llama },
  { case: "heads that the processor alone computes", file: { ...llama, head_dim: 112 } },
  {
    case: "the way of quantising that is read",
    file: { ...llama, quantization_config: quantised("compressed-tensors") },
  },
])("nothing is wrong with $case", ({ file }) => {
  expect(problemsOf(file)).toEqual([]);
});

test.each([
  {
    case: "an architecture that sees as well",
    file: gemma,
    want: ["architectures", '["Gemma3ForConditionalGeneration"]', known],
  },
  {
    case: "no architecture",
    file: { ...llama, architectures: undefined },
    want: ["architectures", "nothing", known],
  },
  {
    case: "two architectures",
    file: { ...llama, architectures: ["LlamaForCausalLM", "MistralForCausalLM"] },
    want: ["architectures", '["LlamaForCausalLM","MistralForCausalLM"]', known],
  },
  {
    case: "heads that nothing computes",
    file: { ...llama, head_dim: 72 },
    want: ["head_dim", "heads of 72 values", "multiples of 16 up to 256"],
  },
  {
    case: "heads that CUDA has no kernels for",
    file: { ...llama, head_dim: 112 },
    device: "cuda" as const,
    want: ["head_dim", "heads of 112 values", "16, 32, 48, 64, 80, 96, 128, 256"],
  },
  {
    case: "another way of quantising",
    file: { ...llama, quantization_config: quantised("gptq") },
    want: ["quantization_config.quant_method", '"gptq"', "compressed-tensors"],
  },
])("refused: $case", ({ file, device, want: [field = "", given, allowed] }) => {
  const [problem, ...more] = problemsOf(file, device);
  expect(more).toEqual([]);
  expect(problem?.path).toEqual([...path, ...field.split(".")]);
  expect([problem?.given, problem?.allowed]).toEqual([given, allowed]);
});
