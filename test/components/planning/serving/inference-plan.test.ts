import { expect, test } from "vitest";
import { modelFacts } from "../../../../components/catalogue/models.ts";
import { runtimeArchitectures } from "../../../../components/catalogue/runtime-models.ts";
import { tinyModel } from "../../../../components/catalogue/tiny-model.ts";
import {
  acceleratorSize,
  contextOf,
  type InferencePlace,
  type InferencePlan,
  inferenceProblems,
  inferenceRequest,
  processorSize,
  servedModelOf,
} from "../../../../components/planning/serving/inference-plan.ts";

const path = ["inferenceServers", 0];
const plan: InferencePlan = { path, name: "chat", team: "research", replicas: 1, sequences: 32 };
const image = `registry.example/runtime@sha256:${"0".repeat(64)}`;
const small = "meta-llama/Llama-3.2-1B-Instruct" as const;
const phi = {
  architectures: ["Phi3ForCausalLM"],
  model_type: "phi3",
  ...{ hidden_size: 5120, intermediate_size: 17_920, vocab_size: 100_352, max_position_embeddings: 16_384 },
  ...{ num_hidden_layers: 40, num_attention_heads: 40, num_key_value_heads: 10 },
};
const own: InferencePlace = { hasRuntime: true, node: { cpuMillis: 8000, memoryMiB: 16_384 } };
const bare: InferencePlace = { hasRuntime: false };

test.each<[string, InferencePlan, InferencePlace]>([
  ["the tiny model where the checkout runs", plan, own],
  ["a model in an image elsewhere", { ...plan, model: small, image }, bare],
  ["one on accelerators, where the checkout runs", { ...plan, pool: "h100", model: small, tensor: 2 }, own],
])("nothing is wrong with %s", (_, given, place) => {
  expect(inferenceProblems(given, place)).toEqual([]);
});

const ownRuntime = "nothing: this cluster runs the runtime of this checkout, with the tiny model";

test.each<[string, InferencePlan, InferencePlace, [string | undefined, string, string]]>([
  ["an image where there is one", { ...plan, image }, own, ["image", JSON.stringify(image), ownRuntime]],
  ["another model there", { ...plan, model: small }, own, ["model", `"${small}"`, ownRuntime]],
  [
    "no image where there is none",
    { ...plan, model: small },
    bare,
    ["image", "nothing", "an image of the runtime with its digest: none is published"],
  ],
  ["no model", { ...plan, image }, bare, [undefined, "neither model nor config", "one of them"]],
  [
    "two models",
    { ...plan, image, model: small, config: {} },
    bare,
    [undefined, "model and config", "one of them"],
  ],
  [
    "accelerators without a pool",
    { ...plan, tensor: 2 },
    own,
    ["tensor", "2", "nothing in a server without a pool"],
  ],
  [
    "cores beside a pool",
    { ...plan, pool: "h100", model: small, cpuCores: 4 },
    own,
    ["cpuCores", "4", "nothing in a server with a pool, whose accelerators it follows"],
  ],
  [
    "more tokens than the model was made for",
    { ...plan, context: 513 },
    own,
    ["context", "513 tokens", "1 to 512, what the model was made for"],
  ],
  [
    "more tokens than the cache holds",
    { ...plan, model: small, image, kvCacheMiB: 128, context: 8192 },
    bare,
    ["context", "8192 tokens of context, where 128 MiB of KV cache hold 4000", "at most 4000 tokens"],
  ],
  [
    "more cores than a node has",
    { ...plan, cpuCores: 9 },
    own,
    ["cpuCores", "9", "1 to 8, the cores of a node"],
  ],
  [
    "more memory than a node has",
    { ...plan, kvCacheMiB: 16_000 },
    own,
    [
      "kvCacheMiB",
      "16774 MiB: 1 of weights, 16000 of KV cache, 3 for a step, 770 for its processes",
      "at most 16384 MiB, the memory of a node",
    ],
  ],
  [
    "a model that the runtime does not compute",
    { ...plan, pool: "h100", config: phi, image },
    bare,
    [
      "config.architectures",
      '["Phi3ForCausalLM"]',
      `one of ${runtimeArchitectures.join(", ")}, which the runtime computes`,
    ],
  ],
])("refused: %s", (_, given, place, [field, said, allowed]) => {
  const [problem, ...more] = inferenceProblems(given, place);
  expect(more).toEqual([]);
  expect(problem?.path).toEqual([...path, ...(field?.split(".") ?? [])]);
  expect([problem?.given, problem?.allowed]).toEqual([said, allowed]);
});

test("the tiny model where nothing is said, but never on accelerators", () => {
  expect(servedModelOf(plan)).toBe(tinyModel);
  expect(servedModelOf({ ...plan, pool: "h100" })).toBeUndefined();
  expect(servedModelOf({ ...plan, model: small })).toBe(modelFacts(small));
  expect(inferenceRequest({ ...plan, pool: "h100" })).toBeUndefined();
});

test("a context where none is said is the model's own, at most the runtime's usual one", () => {
  expect(contextOf(plan, tinyModel)).toBe(512);
  expect(contextOf(plan, modelFacts(small))).toBe(8192);
  expect(contextOf({ ...plan, context: 100 }, tinyModel)).toBe(100);
  // A cache that holds fewer bounds it; how large that of an accelerator is, nobody says.
  expect(contextOf({ ...plan, kvCacheMiB: 128 }, modelFacts(small))).toBe(4000);
  expect(contextOf({ ...plan, pool: "h100" }, modelFacts("Qwen/Qwen3-8B"))).toBe(8192);
});

test("sizes where none are said", () => {
  expect(processorSize(plan, tinyModel)).toMatchObject({ cpuCores: 2, kvCacheMiB: 1024 });
  expect(acceleratorSize(plan)).toEqual({ tensor: 1, priority: "normal" });
});

test("replicas on accelerators are planned as a model is, with one more while a rollout runs", () => {
  const given = { ...plan, pool: "h100", model: small, tensor: 2, replicas: 3 };
  expect(inferenceRequest(given)).toMatchObject({
    ...{ path, name: "chat", team: "research", pool: "h100", modelName: small, replicas: 3, context: 8192 },
    parallelism: { tensor: 2, pipeline: 1, data: 1, expert: false },
    settings: { engine: "plinth", maxSequences: 32 },
    cache: { dtype: "bf16", ignoreWindows: true },
    headroom: { failover: 0, surge: 1 },
  });
});
