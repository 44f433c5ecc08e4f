/** What the context of models takes, as papers and engines say it. */

import type { ModelId } from "../../../components/catalogue/models.ts";
import type { CacheOptions } from "../../../components/planning/models/cache.ts";

export interface PublishedCache {
  readonly model: ModelId;
  readonly tokens: number;
  readonly bytes: number;
  readonly tensor?: number;
  readonly options?: CacheOptions;
  readonly source: string;
}

const gib = 2 ** 30;
const insights = "Insights into DeepSeek-V3, arXiv 2505.09343, table 1";
const jamba = "Jamba, arXiv 2403.19887, table 1: 256K tokens in 16 bits";

export const publishedCaches: readonly PublishedCache[] = [
  { model: "deepseek-ai/DeepSeek-V3", tokens: 1, bytes: 70_272, source: insights },
  { model: "Qwen/Qwen2.5-72B-Instruct", tokens: 1, bytes: 327_680, source: insights },
  { model: "meta-llama/Llama-3.1-405B-Instruct", tokens: 1, bytes: 516_096, source: insights },
  {
    model: "deepseek-ai/DeepSeek-V2",
    tokens: 1,
    // Nine halves of a head's 128 numbers in each of 60 layers.
    bytes: 4.5 * 128 * 60 * 2,
    source: "DeepSeek-V2, arXiv 2405.04434, table 1: (d_c + d_h^R) l = 9/2 d_h l",
  },
  {
    model: "meta-llama/Llama-2-13b-hf",
    tokens: 1,
    bytes: 819_200,
    source: "PagedAttention, arXiv 2309.06180, section 3: 800 KB for OPT-13B, whose 40 layers are as wide",
  },
  { model: "mistralai/Mixtral-8x7B-Instruct-v0.1", tokens: 262_144, bytes: 32 * gib, source: jamba },
  { model: "meta-llama/Llama-2-7b-hf", tokens: 262_144, bytes: 128 * gib, source: jamba },
  {
    model: "meta-llama/Llama-3.1-8B-Instruct",
    tokens: 131_072,
    bytes: 16 * gib,
    source: "https://github.com/vllm-project/tpu-inference/pull/223",
  },
  {
    model: "Qwen/Qwen3-30B-A3B",
    tokens: 262_144,
    bytes: 24 * gib,
    source: "https://github.com/vllm-project/vllm/issues/34076, Qwen3-Coder-30B-A3B of the same shape",
  },
  {
    model: "meta-llama/Llama-4-Maverick-17B-128E-Instruct",
    tokens: 1_048_576,
    tensor: 8,
    // That version kept the whole context in layers with a window too.
    options: { ignoreWindows: true },
    bytes: 24 * gib,
    source: "https://github.com/vllm-project/vllm/issues/16118",
  },
  {
    model: "Qwen/Qwen2.5-7B-Instruct",
    tokens: 32_768,
    bytes: 1.75 * gib,
    source: "https://github.com/QwenLM/Qwen3-VL/issues/55, Qwen2-VL-7B of the same shape",
  },
];
