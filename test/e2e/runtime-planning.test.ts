/** What a plan says of a model's memory, and what the runtime then takes for it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { cacheBytesPerToken, sequenceBytes } from "../../components/planning/models/cache.ts";
import { readModelConfig } from "../../components/planning/models/model-config.ts";
import { alone } from "../../components/planning/models/parallelism.ts";
import { rankWeightBytes, weightBytes } from "../../components/planning/models/weights.ts";
import { processorMemory } from "../../components/planning/serving/processor-memory.ts";
import { createCudaDevice, cudaRefusal } from "../../runtime/device/cuda.ts";
import { createNativeDevice } from "../../runtime/device/native.ts";
import { buildNative } from "../../runtime/device/native-build.ts";
import { processorMemory as ownMemory } from "../../runtime/device/processor-memory.ts";
import { readModelConfig as readRuntimeConfig } from "../../runtime/models/model-config.ts";
import { tinyModelDirectory } from "../../runtime/tiny/tiny-directory.ts";
import { cudaOf, cudaUnderTest } from "../support/runtime/cuda-devices.ts";
import { buildEmulatedNccl } from "../support/runtime/emulated-nccl.ts";
import { madeUpModel } from "../support/runtime/made-up-weights.ts";
import { quantisedModel } from "../support/runtime/quantised-models.ts";

const shape = {
  hidden_act: "silu",
  rms_norm_eps: 1e-6,
  torch_dtype: "bfloat16",
  num_hidden_layers: 2,
  hidden_size: 256,
  intermediate_size: 704,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  vocab_size: 1024,
  max_position_embeddings: 1024,
  rope_theta: 10_000,
};

const gemma = { ...shape, hidden_act: "gelu_pytorch_tanh", head_dim: 96, tie_word_embeddings: true };
const wideLlama = {
  ...shape,
  architectures: ["LlamaForCausalLM"],
  model_type: "llama",
  intermediate_size: 768,
  tie_word_embeddings: true,
};

const models: Readonly<Record<string, () => Promise<string> | string>> = {
  "the tiny model": () => tinyModelDirectory(),
  "a Llama whose head is its own": () =>
    madeUpModel({
      ...shape,
      architectures: ["LlamaForCausalLM"],
      model_type: "llama",
      tie_word_embeddings: false,
    }).directory,
  "a Qwen2 with biases": () =>
    madeUpModel({
      ...shape,
      architectures: ["Qwen2ForCausalLM"],
      model_type: "qwen2",
      tie_word_embeddings: true,
    }).directory,
  "a Qwen3 with norms of its heads": () =>
    madeUpModel({
      ...shape,
      architectures: ["Qwen3ForCausalLM"],
      model_type: "qwen3",
      head_dim: 96,
      tie_word_embeddings: true,
    }).directory,
  "a Mistral with a window": () =>
    madeUpModel({
      ...shape,
      architectures: ["MistralForCausalLM"],
      model_type: "mistral",
      sliding_window: 256,
      tie_word_embeddings: false,
    }).directory,
  "a Gemma": () =>
    madeUpModel({
      ...gemma,
      architectures: ["GemmaForCausalLM"],
      model_type: "gemma",
    }).directory,
  "a Gemma 2": () =>
    madeUpModel({
      ...gemma,
      architectures: ["Gemma2ForCausalLM"],
      model_type: "gemma2",
      sliding_window: 256,
    }).directory,
  "a Gemma 3": () =>
    madeUpModel({
      ...gemma,
      architectures: ["Gemma3ForCausalLM"],
      model_type: "gemma3_text",
      sliding_window: 256,
      sliding_window_pattern: 2,
    }).directory,
  "a Llama of int8": () => quantisedModel(wideLlama, { bits: 8, isPacked: true }),
  "a Llama of int4, groups of 128": () => quantisedModel(wideLlama, { bits: 4, isPacked: true, group: 128 }),
  "a Llama of int4, groups of 32": () => quantisedModel(wideLlama, { bits: 4, isPacked: true, group: 32 }),
  "a Mixtral": () =>
    madeUpModel({
      ...shape,
      architectures: ["MixtralForCausalLM"],
      model_type: "mixtral",
      num_local_experts: 6,
      num_experts_per_tok: 2,
      tie_word_embeddings: false,
    }).directory,
  "a Qwen3 with experts in every other layer": () =>
    madeUpModel({
      ...shape,
      architectures: ["Qwen3MoeForCausalLM"],
      model_type: "qwen3_moe",
      head_dim: 96,
      num_experts: 16,
      num_experts_per_tok: 4,
      moe_intermediate_size: 160,
      decoder_sparse_step: 2,
      tie_word_embeddings: false,
    }).directory,
};

const limits = { stepTokens: 64, sequences: 4, sequenceTokens: 128, topLogprobs: 1, adjustments: 16 };

test.each(Object.keys(models))("weights of %s are within 2 %, its KV cache is exact", async (name) => {
  const directory = (await models[name]?.()) ?? "";
  const { model } = readModelConfig(JSON.parse(readFileSync(join(directory, "config.json"), "utf8")), []);
  if (!model) throw new Error("planning does not know the architecture");
  const processor = createNativeDevice({ addon: await buildNative(), directory, limits, blocks: 64 });
  // A pod is given what the widest path takes, and what any model has; no path takes less than a quarter.
  const served = { model, kvCacheMiB: 1, stepTokens: limits.stepTokens, context: limits.sequenceTokens };
  const planned = processorMemory({ ...served, sequences: limits.sequences });
  const { workspaceBytes } = planned;
  // With what a pod is given for it the runtime does not find that it has too little.
  const own = ownMemory(directory, limits, 2 ** 20);
  expect(own.workspaceBytes).toBeLessThanOrEqual(workspaceBytes);
  expect([own.kvCacheBytes <= planned.cacheBytes, own.processBytes]).toEqual([true, planned.processBytes]);
  expect(own.weightBytes).toBeLessThanOrEqual(planned.weightBytes);
  expect(processor.facts.workspaceBytes).toBeLessThanOrEqual(workspaceBytes);
  expect(processor.facts.workspaceBytes).toBeGreaterThan(workspaceBytes / 4);
  const devices = [processor];
  if (cudaRefusal(readRuntimeConfig(join(directory, "config.json"))) === undefined) {
    devices.push(...cudaUnderTest.map(({ addon }) => cudaOf(directory, addon, limits)));
  }
  for (const { facts, close } of devices) {
    close();
    expect(Math.abs(facts.weightBytes / weightBytes(model) - 1)).toBeLessThan(0.02);
    // A token keeps its place in all layers, those with a window among them.
    expect(facts.kvCacheBytes / (facts.blocks * facts.blockTokens)).toBe(
      cacheBytesPerToken(model, { ignoreWindows: true }),
    );
  }
});

test.each(
  [2, 4].flatMap((tensor) =>
    ["LlamaForCausalLM", "MixtralForCausalLM", "Qwen2ForCausalLM", "Qwen3ForCausalLM"].map(
      (architecture) => ({
        tensor,
        architecture,
      }),
    ),
  ),
)("a rank of $tensor of $architecture: weights within 2 %, its KV cache exact", async (row) => {
  const { tensor, architecture } = row;
  const { directory } = madeUpModel({
    ...wideLlama,
    architectures: [architecture],
    model_type: architecture.replace("ForCausalLM", "").toLowerCase(),
    tie_word_embeddings: architecture.startsWith("Qwen"),
    ...(architecture === "MixtralForCausalLM" && { num_local_experts: 6, num_experts_per_tok: 2 }),
    ...(architecture === "Qwen3ForCausalLM" && { head_dim: 96 }),
  });
  const { model } = readModelConfig(JSON.parse(readFileSync(join(directory, "config.json"), "utf8")), []);
  if (!model) throw new Error("planning does not know the architecture");
  const place = {
    addon: cudaUnderTest[0]?.addon ?? "",
    directory,
    ncclLibraries: [await buildEmulatedNccl()],
  };
  const device = createCudaDevice({ ...place, limits, blocks: 64, threads: 2, tensorParallel: tensor });
  const { facts } = device;
  device.close();
  const parallelism = { ...alone, tensor };
  const planned = rankWeightBytes(model, {}, parallelism, 0);
  expect(Math.abs(facts.weightBytes / planned - 1)).toBeLessThan(0.02);
  // Four ranks have the two heads of keys and values twice.
  expect(facts.kvCacheBytes).toBe(
    sequenceBytes(model, facts.blocks * facts.blockTokens, { ignoreWindows: true }, parallelism),
  );
});
