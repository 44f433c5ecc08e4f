import { expect, test } from "vitest";
import { modelEntry, modelRequest } from "../../stacks/model-entry.ts";
import { modelStack } from "../support/model-stack.ts";

const [chat, large] = modelStack().models;

function read(change: object) {
  return modelRequest(modelEntry.parse({ ...large, ...change }), ["models", 1]);
}

test("an entry becomes a request: its model by name, one rank unless more are said", () => {
  const { request, problems } = modelRequest(modelEntry.parse(chat), ["models", 0]);
  expect(problems).toEqual([]);
  expect(request).toMatchObject({
    name: "chat",
    modelName: "meta-llama/Llama-3.1-8B-Instruct",
    model: { hiddenSize: 4096 },
    parallelism: { tensor: 1, pipeline: 1, data: 1, expert: false },
    settings: { engine: "vllm" },
    context: 16_384,
    demand: {
      arrivals: {
        requestsPerSecond: 5,
        prompt: { mean: 1500, p95: 6000 },
        answer: { mean: 250, p95: 800 },
        burstiness: 1,
      },
      objective: { ttftSeconds: 2, tpotSeconds: 0.06 },
    },
    headroom: { failover: 1, surge: 1 },
  });
});

test("a model of nobody's catalogue by its config.json, quantised as the entry says", () => {
  const config = {
    model_type: "llama",
    hidden_size: 2048,
    intermediate_size: 8192,
    num_hidden_layers: 16,
    num_attention_heads: 32,
    num_key_value_heads: 8,
    vocab_size: 128_256,
    max_position_embeddings: 8192,
    torch_dtype: "bfloat16",
  };
  const { request } = read({ model: undefined, config, quantization: "fp8" });
  expect(request).toMatchObject({
    modelName: "large",
    model: { hiddenSize: 2048, maxContext: 8192 },
    quantization: { format: "fp8", bits: 8 },
  });
});

test.each([
  {
    case: "neither model nor config",
    change: { model: undefined },
    want: {
      path: ["models", 1],
      given: "neither model nor config",
      allowed: "one of them",
      remedy: "name a model of the catalogue, or give the content of a checkpoint's config.json",
    },
  },
  {
    case: "replicas and demand",
    change: { demand: chat?.demand },
    want: {
      path: ["models", 1],
      given: "replicas and demand",
      allowed: "one of them",
      remedy: "leave out replicas: they follow from the demand",
    },
  },
  {
    case: "an architecture that nobody has read",
    change: { model: undefined, config: { model_type: "foo" } },
    want: {
      path: ["models", 1, "config", "model_type"],
      given: "foo",
      allowed: expect.stringContaining("llama, mistral"),
      remedy: "take a model of one of these architectures, or write its layers as the catalogue does",
    },
  },
])("refused: $case", ({ change, want }) => {
  expect(read(change)).toEqual({ problems: [want] });
});

test("model and config at once are refused, whatever is in the config", () => {
  expect(read({ config: {} }).problems[0]?.given).toBe("model and config");
});
