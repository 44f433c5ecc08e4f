/**
 * What the project's own runtime computes: architectures as config.json names them, and models of the
 * catalogue by the one that each is published with.
 */
import type { ModelId } from "./models.ts";

/** As runtime/models/families.ts has them. */
export const runtimeArchitectures = [
  "LlamaForCausalLM",
  "MistralForCausalLM",
  "MixtralForCausalLM",
  "Qwen2ForCausalLM",
  "Qwen3ForCausalLM",
  "Qwen3MoeForCausalLM",
  "GemmaForCausalLM",
  "Gemma2ForCausalLM",
  "Gemma3ForCausalLM",
] as const;

export type RuntimeArchitecture = (typeof runtimeArchitectures)[number];

/** Values of a head: the processor takes multiples up to a most, and CUDA those that it has kernels for. */
export const runtimeHeadSizes = {
  processor: { step: 16, most: 256 },
  cuda: [16, 32, 48, 64, 80, 96, 128, 256],
} as const;

/** The one way of quantising whose files the runtime reads. */
export const runtimeQuantization = "compressed-tensors";

export const runtimeModels = {
  "meta-llama/Llama-2-7b-hf": "LlamaForCausalLM",
  "meta-llama/Llama-2-13b-hf": "LlamaForCausalLM",
  "meta-llama/Llama-2-70b-hf": "LlamaForCausalLM",
  "meta-llama/Llama-3.1-8B-Instruct": "LlamaForCausalLM",
  "meta-llama/Llama-3.1-70B-Instruct": "LlamaForCausalLM",
  "meta-llama/Llama-3.1-405B-Instruct": "LlamaForCausalLM",
  "meta-llama/Llama-3.2-1B-Instruct": "LlamaForCausalLM",
  "meta-llama/Llama-3.2-3B-Instruct": "LlamaForCausalLM",
  "meta-llama/Llama-3.3-70B-Instruct": "LlamaForCausalLM",
  "Qwen/Qwen2.5-1.5B-Instruct": "Qwen2ForCausalLM",
  "Qwen/Qwen2.5-3B-Instruct": "Qwen2ForCausalLM",
  "Qwen/Qwen2.5-7B-Instruct": "Qwen2ForCausalLM",
  "Qwen/Qwen2.5-14B-Instruct": "Qwen2ForCausalLM",
  "Qwen/Qwen2.5-32B-Instruct": "Qwen2ForCausalLM",
  "Qwen/Qwen2.5-72B-Instruct": "Qwen2ForCausalLM",
  "Qwen/Qwen3-0.6B": "Qwen3ForCausalLM",
  "Qwen/Qwen3-1.7B": "Qwen3ForCausalLM",
  "Qwen/Qwen3-4B": "Qwen3ForCausalLM",
  "Qwen/Qwen3-8B": "Qwen3ForCausalLM",
  "Qwen/Qwen3-14B": "Qwen3ForCausalLM",
  "Qwen/Qwen3-32B": "Qwen3ForCausalLM",
  "mistralai/Mistral-7B-Instruct-v0.3": "MistralForCausalLM",
  "mistralai/Mistral-Nemo-Instruct-2407": "MistralForCausalLM",
  "mistralai/Devstral-Small-2507": "MistralForCausalLM",
  "google/gemma-2-2b-it": "Gemma2ForCausalLM",
  "google/gemma-2-9b-it": "Gemma2ForCausalLM",
  "google/gemma-2-27b-it": "Gemma2ForCausalLM",
  "google/gemma-3-1b-it": "Gemma3ForCausalLM",
  "mistralai/Mixtral-8x7B-Instruct-v0.1": "MixtralForCausalLM",
  "mistralai/Mixtral-8x22B-v0.1": "MixtralForCausalLM",
  "Qwen/Qwen3-30B-A3B": "Qwen3MoeForCausalLM",
  "Qwen/Qwen3-235B-A22B": "Qwen3MoeForCausalLM",
  "Qwen/Qwen3-Coder-480B-A35B-Instruct": "Qwen3MoeForCausalLM",
} as const satisfies Partial<Record<ModelId, RuntimeArchitecture>>;

export type RuntimeModelId = keyof typeof runtimeModels;

export const runtimeModelIds = Object.keys(runtimeModels) as [RuntimeModelId, ...RuntimeModelId[]];
