import { expect, test } from "vitest";
import type { ModelArchitecture } from "../../../components/catalogue/model-architecture.ts";
import { modelFacts, modelIds } from "../../../components/catalogue/models.ts";
import {
  runtimeArchitectures,
  runtimeHeadSizes,
  runtimeModelIds,
  runtimeModels,
} from "../../../components/catalogue/runtime-models.ts";
import { cudaRefusal } from "../../../runtime/device/cuda.ts";
import { families } from "../../../runtime/models/families.ts";
import { modelConfig } from "../../../runtime/models/model-config.ts";
import { denseConfigFiles } from "../../support/models/dense-config-files.ts";
import { mixtureConfigFiles } from "../../support/models/mixture-config-files.ts";

test("the architectures are those of the runtime", () => {
  expect(runtimeArchitectures).toEqual(Object.keys(families));
});

test("models of other architectures are left out, each by name", () => {
  expect(modelIds.filter((id) => !(id in runtimeModels))).toEqual([
    // Gemma3ForConditionalGeneration, Phi3ForCausalLM, Qwen2MoeForCausalLM.
    "google/gemma-3-27b-it",
    "microsoft/Phi-3.5-mini-instruct",
    "microsoft/Phi-4-mini-instruct",
    "microsoft/phi-4",
    "Qwen/Qwen1.5-MoE-A2.7B",
    "deepseek-ai/DeepSeek-V2-Lite",
    "deepseek-ai/DeepSeek-V2",
    "deepseek-ai/DeepSeek-V3",
    "moonshotai/Kimi-K2-Instruct",
    "openai/gpt-oss-20b",
    "openai/gpt-oss-120b",
    "meta-llama/Llama-4-Scout-17B-16E-Instruct",
    "meta-llama/Llama-4-Maverick-17B-128E-Instruct",
    "ai21labs/Jamba-v0.1",
    "nvidia/Nemotron-H-8B-Base-8K",
    "Qwen/Qwen3-Next-80B-A3B-Instruct",
  ]);
});

test("files that name their architecture agree", () => {
  const files = Object.entries({ ...denseConfigFiles, ...mixtureConfigFiles });
  const named = files.flatMap(([id, { architectures }]) =>
    Array.isArray(architectures) ? [[id, String(architectures[0])] as const] : [],
  );
  expect(named.length).toBeGreaterThan(1);
  for (const [id, name] of named) {
    expect({ id, known: name in families }).toEqual({ id, known: id in runtimeModels });
  }
});

/** The shape that the catalogue knows, as a file of that architecture says it. */
function fileOf(facts: ModelArchitecture, architecture: string): object {
  const [first] = facts.layers;
  if (first?.mixer?.kind !== "attention" || !first.feedForward) throw new Error("layers are attention first");
  const { heads, keyValueHeads, headSize, window } = first.mixer;
  const { feedForward } = first;
  return {
    architectures: [architecture],
    hidden_size: facts.hiddenSize,
    intermediate_size: feedForward.size,
    num_hidden_layers: facts.layers.length,
    num_attention_heads: heads,
    num_key_value_heads: keyValueHeads,
    head_dim: headSize,
    vocab_size: facts.vocabularySize,
    max_position_embeddings: facts.maxContext,
    tie_word_embeddings: facts.tiedEmbeddings,
    ...{ rms_norm_eps: 1e-6, rope_theta: 10_000, rope_local_base_freq: 10_000, hidden_act: "silu" },
    sliding_window: window ?? null,
    ...(feedForward.kind === "mixture" && {
      num_local_experts: feedForward.experts,
      num_experts: feedForward.experts,
      num_experts_per_tok: feedForward.active,
      moe_intermediate_size: feedForward.size,
    }),
  };
}

test.each(runtimeModelIds)("%s: the runtime reads the shape that the catalogue knows", (id) => {
  const facts = modelFacts(id);
  const config = modelConfig("config.json", fileOf(facts, runtimeModels[id]));
  const read = config.layerKinds.map(({ window, hasExperts }) => ({
    ...{ heads: config.heads, keyValueHeads: config.kvHeads, headSize: config.headDim, window },
    bias: config.hasQkvBias ? "inputs" : undefined,
    headNorms: config.hasQkNorm,
    experts: hasExperts ? config.mixture?.experts : undefined,
    norms: config.hasOutputNorms ? 4 : 2,
  }));
  const known = facts.layers.map(({ mixer, feedForward, norms }) => {
    if (mixer?.kind !== "attention") throw new Error(`a layer of ${id} is no attention`);
    const { heads, keyValueHeads, headSize, window, bias, headNorms = false } = mixer;
    const experts = feedForward?.kind === "mixture" ? feedForward.experts : undefined;
    return { heads, keyValueHeads, headSize, window, bias, headNorms, experts, norms };
  });
  expect(read).toEqual(known);
  expect(cudaRefusal(config)).toBeUndefined();
});

test("the sizes of heads are those that each device computes", () => {
  const file = fileOf(modelFacts("meta-llama/Llama-3.1-8B-Instruct"), "LlamaForCausalLM");
  const sizes = Array.from({ length: 300 }, (_, index) => index + 1);
  const read = sizes.flatMap((head_dim) => {
    try {
      return [modelConfig("config.json", { ...file, head_dim })];
    } catch {
      return [];
    }
  });
  const { step, most } = runtimeHeadSizes.processor;
  expect(read.map(({ headDim }) => headDim)).toEqual(
    sizes.filter((size) => size % step === 0 && size <= most),
  );
  expect(read.filter((config) => cudaRefusal(config) === undefined).map(({ headDim }) => headDim)).toEqual(
    runtimeHeadSizes.cuda,
  );
});
