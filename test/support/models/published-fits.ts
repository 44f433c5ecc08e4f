/** Models that were started on accelerators by others, with their settings, and whether it worked. */
import type { ModelArchitecture } from "../../../components/catalogue/model-architecture.ts";
import { alike, attention, gated } from "../../../components/catalogue/model-layers.ts";
import { modelFacts } from "../../../components/catalogue/models.ts";
import { type Quantization, quantization } from "../../../components/catalogue/quantization.ts";
import type { EngineSettings } from "../../../components/planning/models/engine-reserve.ts";

export interface PublishedFit {
  readonly case: string;
  readonly model: ModelArchitecture;
  readonly quantization?: Quantization;
  /** Memory of one accelerator, as the engine printed it where it did. */
  readonly memoryGiB: number;
  readonly tensor?: number;
  readonly context: number;
  readonly settings?: Partial<EngineSettings>;
  readonly fits: boolean;
  /** Tokens that the engine said it can keep. */
  readonly printedTokens?: number;
  readonly source: string;
}

const issues = "https://github.com/vllm-project/vllm/issues";
const pulls = "https://github.com/vllm-project/vllm/pull";
const llama8 = modelFacts("meta-llama/Llama-3.1-8B-Instruct");

/** Versions of that time reserved nothing for graphs, which they made outside of their share. */
const beforeGraphs = { graphs: false } as const;

/** Qwen1.5-7B: its published 7721324544 parameters and the rest of its sizes leave 11008 for this one. */
export const qwen7: ModelArchitecture = {
  hiddenSize: 4096,
  vocabularySize: 151_936,
  maxContext: 32_768,
  tiedEmbeddings: false,
  dtype: "bf16",
  layers: alike(32, attention(32, 32, 128, { bias: "inputs" }), gated(11_008)),
};

export const publishedFits: readonly PublishedFit[] = [
  {
    case: "Llama 3 8B with 8192 tokens on an H100",
    model: llama8,
    memoryGiB: 79.22,
    context: 8192,
    settings: { ...beforeGraphs, batchedTokens: 8192 },
    fits: true,
    // 53.29 GiB.
    printedTokens: 436_551,
    source: `${pulls}/10511`,
  },
  {
    case: "Llama 3.1 8B with 20000 tokens on an RTX 3090",
    model: llama8,
    memoryGiB: 23.58,
    context: 20_000,
    settings: { ...beforeGraphs, batchedTokens: 20_000 },
    fits: true,
    printedTokens: 31_232,
    source: `${issues}/10517`,
  },
  {
    case: "the same with 29000 tokens, computed at once",
    model: llama8,
    memoryGiB: 23.58,
    context: 29_000,
    settings: { ...beforeGraphs, batchedTokens: 29_000 },
    fits: false,
    printedTokens: 23_648,
    source: `${issues}/10517`,
  },
  {
    case: "the same with 35000 tokens, computed in parts of 512",
    model: llama8,
    memoryGiB: 23.58,
    context: 35_000,
    settings: { ...beforeGraphs, batchedTokens: 512 },
    fits: true,
    source: `${issues}/10517`,
  },
  {
    case: "Llama 3.1 8B with its whole context on an A10",
    model: llama8,
    memoryGiB: 22.07,
    context: 131_072,
    settings: beforeGraphs,
    fits: false,
    printedTokens: 37_696,
    source: "oracle-samples/oci-data-science-ai-samples ai-quick-actions/troubleshooting-tips.md",
  },
  {
    case: "Llama 3.1 8B with its whole context on a TPU v5e",
    model: llama8,
    memoryGiB: 15.75,
    context: 131_072,
    fits: false,
    source: "https://github.com/vllm-project/tpu-inference/pull/223",
  },
  {
    case: "Llama 3.1 70B in int8 with 2048 tokens on an H100",
    model: modelFacts("meta-llama/Llama-3.1-70B-Instruct"),
    quantization: quantization("int8"),
    memoryGiB: 79.22,
    context: 2048,
    settings: { memoryUtilization: 0.98 },
    fits: true,
    printedTokens: 22_096,
    source: `${pulls}/12569`,
  },
  {
    case: "Llama 3 70B on one A100 of 80 GB",
    model: modelFacts("meta-llama/Llama-3.1-70B-Instruct"),
    memoryGiB: 79.15,
    context: 8192,
    fits: false,
    source: `${issues}/5711`,
  },
  {
    case: "Llama 2 70B on one A100 of 80 GB",
    model: modelFacts("meta-llama/Llama-2-70b-hf"),
    memoryGiB: 79.35,
    context: 4096,
    fits: false,
    source: `${issues}/636`,
  },
  {
    case: "Llama 2 70B in AWQ on four A10G",
    model: modelFacts("meta-llama/Llama-2-70b-hf"),
    quantization: quantization("awq"),
    memoryGiB: 22.07,
    tensor: 4,
    context: 4096,
    fits: true,
    source: `${issues}/2856`,
  },
  {
    case: "Qwen2.5 7B in AWQ on 0.7 of an RTX 4060",
    model: modelFacts("Qwen/Qwen2.5-7B-Instruct"),
    quantization: quantization("awq"),
    memoryGiB: 8,
    context: 4096,
    settings: { memoryUtilization: 0.7 },
    fits: false,
    source: `${issues}/13882`,
  },
  {
    case: "a 14B of Qwen2.5's shape with 131072 tokens on two RTX 4090",
    model: { ...modelFacts("Qwen/Qwen2.5-14B-Instruct"), maxContext: 131_072 },
    memoryGiB: 23.55,
    tensor: 2,
    context: 131_072,
    settings: { ...beforeGraphs, memoryUtilization: 0.98 },
    fits: false,
    printedTokens: 81_536,
    source: `${issues}/13061`,
  },
  {
    case: "Qwen1.5 7B with its default context on a card of 24 GB (F01)",
    model: qwen7,
    memoryGiB: 23.58,
    context: 32_768,
    settings: { ...beforeGraphs, batchedTokens: 32_768 },
    fits: false,
    printedTokens: 7344,
    source: "https://github.com/QwenLM/Qwen3/issues/295; it does not name the card",
  },
  {
    case: "gpt-oss-120b on one H100",
    model: modelFacts("openai/gpt-oss-120b"),
    memoryGiB: 79.22,
    context: 131_072,
    fits: true,
    source: "openai/gpt-oss README.md: fits into a single H100 GPU",
  },
  {
    case: "DeepSeek-V3 on eight H200",
    model: modelFacts("deepseek-ai/DeepSeek-V3"),
    memoryGiB: 139.8,
    tensor: 8,
    context: 163_840,
    fits: true,
    source: "sgl-project/sglang docs/references/deepseek.md @03933a2",
  },
];
