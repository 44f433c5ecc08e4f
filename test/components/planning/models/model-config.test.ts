import { expect, test } from "vitest";
import { type ModelId, modelFacts } from "../../../../components/catalogue/models.ts";
import { readModelConfig } from "../../../../components/planning/models/model-config.ts";
import { countParameters } from "../../../../components/planning/models/parameters.ts";
import { denseConfigFiles } from "../../../support/models/dense-config-files.ts";
import { mixtureConfigFiles } from "../../../support/models/mixture-config-files.ts";

const configFiles = { ...denseConfigFiles, ...mixtureConfigFiles };
const files = Object.entries(configFiles) as [ModelId, Record<string, unknown>][];

test.each(files)("%s: its file says what the catalogue says", (id, file) => {
  const { source, date, predictionLayers, ...facts } = modelFacts(id);
  const { model, problems } = readModelConfig(file, []);
  expect(problems).toEqual([]);
  // Whether there are layers that predict, only some files say.
  expect({ ...model, predictionLayers: undefined }).toEqual(facts);
});

test("layers that predict are read, and are like the last layer", () => {
  const file = configFiles["deepseek-ai/DeepSeek-V3"];
  expect(readModelConfig(file, []).model?.predictionLayers).toEqual(
    modelFacts("deepseek-ai/DeepSeek-V3").predictionLayers,
  );
});

test("a part for language that leaves out what its family takes as given", () => {
  const file = {
    model_type: "gemma3",
    text_config: {
      hidden_size: 2560,
      intermediate_size: 10240,
      model_type: "gemma3_text",
      num_hidden_layers: 34,
      sliding_window: 1024,
    },
    vision_config: { hidden_size: 1152 },
    torch_dtype: "bfloat16",
  };
  const { model } = readModelConfig(file, []);
  // huggingface.co/api/models/google/gemma-3-4b-it says 4300079472 with the 419816304 that encode pictures.
  expect(model && countParameters(model).total).toBe(4_300_079_472 - 419_816_304);
  expect(model?.tiedEmbeddings).toBe(true);
});

test("a name of the whole stands for that of a part that has none", () => {
  const { model_type: _, ...part } = configFiles["mistralai/Mistral-7B-Instruct-v0.3"] ?? {};
  expect(readModelConfig({ model_type: "mistral3", text_config: part }, []).model?.layers).toHaveLength(32);
});

const llama = configFiles["meta-llama/Llama-3.1-8B-Instruct"] ?? {};
const nemotron = configFiles["nvidia/Nemotron-H-8B-Base-8K"] ?? {};

test.each([
  {
    case: "keys and values as many as queries where nothing is said",
    change: { num_key_value_heads: undefined },
    want: { keyValueHeads: 32 },
  },
  { case: "a size of heads of its own", change: { head_dim: 96 }, want: { headSize: 96 } },
  { case: "biases of attention", change: { attention_bias: true }, want: { bias: "inputs" } },
])("$case", ({ change, want }) => {
  const { model } = readModelConfig({ ...llama, ...change }, []);
  expect(model?.layers[0]?.mixer).toMatchObject(want);
});

test.each([
  { dtype: { torch_dtype: "float16" }, want: "fp16" },
  { dtype: { torch_dtype: undefined, dtype: "float32" }, want: "fp32" },
  { dtype: { torch_dtype: undefined }, want: "bf16" },
])("weights in $want", ({ dtype, want }) => {
  expect(readModelConfig({ ...llama, ...dtype }, []).model?.dtype).toBe(want);
});

const families =
  "llama, mistral, ministral3, phi3, qwen2, qwen3, gemma, gemma2, gemma3_text, mixtral, qwen2_moe, " +
  "qwen3_moe, deepseek_v2, deepseek_v3, kimi_k2, glm4_moe, gpt_oss, llama4_text, jamba, nemotron_h, " +
  "qwen3_next";
const unknownRemedy = "take a model of one of these architectures, or write its layers as the catalogue does";

test.each([
  {
    case: "an unknown architecture",
    file: { ...llama, model_type: "rwkv6" },
    want: [["model_type", "rwkv6", families, unknownRemedy]],
  },
  { case: "no architecture", file: {}, want: [["model_type", "nothing", families, unknownRemedy]] },
  {
    case: "a field of experts that is missing",
    file: { ...configFiles["mistralai/Mixtral-8x7B-Instruct-v0.1"], num_local_experts: null },
    want: [["num_local_experts", "nothing", "a whole number for a mixtral", "add it"]],
  },
  {
    case: "heads that do not divide the hidden size",
    file: { ...llama, num_attention_heads: 33 },
    want: [
      [
        "num_attention_heads",
        "33",
        "a divisor of hidden_size 4096 where head_dim is not given",
        "add head_dim",
      ],
    ],
  },
  {
    case: "a pattern of another length",
    file: { ...nemotron, num_hidden_layers: 51 },
    want: [
      [
        "hybrid_override_pattern",
        "52 entries",
        "51, one for each of num_hidden_layers",
        "correct the pattern or num_hidden_layers",
      ],
    ],
  },
  {
    case: "a letter of the pattern that is not known",
    file: { ...nemotron, num_hidden_layers: 2, hybrid_override_pattern: "ME" },
    want: [["hybrid_override_pattern", "E", "M, * and -", "take a model without such layers"]],
  },
  {
    case: "a format of weights that is not known",
    file: { ...llama, quantization_config: { quant_method: "hqq" } },
    want: [
      [
        "quantization_config.quant_method",
        "hqq",
        "fp8, fbgemm_fp8, gptq, awq, bitsandbytes, mxfp4, modelopt, compressed-tensors",
        "take a checkpoint in one of these formats, or the one that is not quantised",
      ],
    ],
  },
])("$case", ({ file, want }) => {
  expect(readModelConfig(file, ["model"])).toEqual({
    problems: want.map(([field = "", given, allowed, remedy]) => ({
      path: ["model", ...field.split(".")],
      given,
      allowed,
      remedy,
    })),
  });
});

test("several mistakes are told at once, each at its place, in a part as well", () => {
  const file = {
    model_type: "llama4",
    text_config: { model_type: "llama4_text", hidden_size: 0, num_hidden_layers: "48" },
    quantization_config: { quant_method: "hqq" },
  };
  expect(readModelConfig(file, ["model"]).problems.map(({ path }) => path.join("."))).toEqual([
    "model.text_config.hidden_size",
    "model.text_config.num_hidden_layers",
    "model.text_config.vocab_size",
    "model.quantization_config.quant_method",
  ]);
});

test("what is no file at all is refused", () => {
  expect(readModelConfig("llama", ["model"]).problems).toEqual([
    {
      path: ["model"],
      given: "something else, or nothing",
      allowed: "expected object, received string",
      remedy: "correct the file, or take the one that the model was published with",
    },
  ]);
});
