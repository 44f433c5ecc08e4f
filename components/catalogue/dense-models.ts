/** Widely served models in which every weight works on every token, each fact with its source. */
import type { ModelArchitecture } from "./model-architecture.ts";
import { alike, attention, decoder, gated, layersOf } from "./model-layers.ts";

/** An architecture, and where its facts stand. */
export interface ModelFacts extends ModelArchitecture {
  readonly source: string;
  /** Day of the check, as year-month-day. */
  readonly date: string;
}

const date = "2026-11-21";
const presets = "mlc-ai/mlc-llm python/mlc_llm/model/model_preset.py @01ced33";
const configurator = "ai-dynamo/aiconfigurator src/aiconfigurator/sdk/common.py, SupportedModels";
const config = "config.json on Hugging Face, as public repositories quote it";
const mlcConfig = { dtype: "bf16", tiedEmbeddings: false, source: presets, date } as const;
const published = { ...mlcConfig, source: configurator };
const quoted = { ...mlcConfig, source: config };

function llama(
  hiddenSize: number,
  layers: number,
  [heads, keyValueHeads, headSize]: readonly [number, number, number],
  size: number,
) {
  return {
    hiddenSize,
    vocabularySize: 128_256,
    maxContext: 131_072,
    layers: alike(layers, attention(heads, keyValueHeads, headSize), gated(size)),
  };
}

const llama2 = { vocabularySize: 32_000, maxContext: 4096, dtype: "fp16" } as const;

function qwen2(hiddenSize: number, layers: number, heads: readonly [number, number], size: number) {
  const mixer = attention(heads[0], heads[1], 128, { bias: "inputs" });
  return {
    hiddenSize,
    vocabularySize: 152_064,
    maxContext: 32_768,
    layers: alike(layers, mixer, gated(size)),
  };
}

const smallQwen = { vocabularySize: 151_936, tiedEmbeddings: true } as const;

function qwen3(hiddenSize: number, layers: number, heads: readonly [number, number], size: number) {
  const mixer = attention(heads[0], heads[1], 128, { headNorms: true });
  return {
    hiddenSize,
    vocabularySize: 151_936,
    maxContext: 40_960,
    layers: alike(layers, mixer, gated(size)),
  };
}

/** Every second layer looks at the latest 4096 tokens only, the first among them. */
function gemma2(
  hiddenSize: number,
  layers: number,
  [heads, keyValueHeads, headSize]: readonly [number, number, number],
  size: number,
) {
  return {
    hiddenSize,
    vocabularySize: 256_000,
    maxContext: 8192,
    tiedEmbeddings: true,
    layers: layersOf(layers, (index) => {
      const window = index % 2 === 0 ? 4096 : undefined;
      return decoder(attention(heads, keyValueHeads, headSize, { window }), gated(size), 4);
    }),
  };
}

/** Five layers with a window, then one that looks at everything. */
function gemma3(
  hiddenSize: number,
  layers: number,
  [heads, keyValueHeads, headSize]: readonly [number, number, number],
  size: number,
  localTokens: number,
) {
  return {
    hiddenSize,
    tiedEmbeddings: true,
    layers: layersOf(layers, (index) => {
      const window = index % 6 === 5 ? undefined : localTokens;
      return decoder(attention(heads, keyValueHeads, headSize, { window, headNorms: true }), gated(size), 4);
    }),
  };
}

const mistralShape = (layers: number, hiddenSize: number, size: number) => ({
  hiddenSize,
  layers: alike(layers, attention(32, 8, 128), gated(size)),
});

export const denseModels = {
  "meta-llama/Llama-2-7b-hf": {
    ...published,
    ...llama(4096, 32, [32, 32, 128], 11_008),
    ...llama2,
    source: `${configurator}; context: max_seq_len=4096 in vllm-project/vllm#2418`,
  },
  "meta-llama/Llama-2-13b-hf": { ...published, ...llama(5120, 40, [40, 40, 128], 13_824), ...llama2 },
  "meta-llama/Llama-2-70b-hf": { ...published, ...llama(8192, 80, [64, 8, 128], 28_672), ...llama2 },
  "meta-llama/Llama-3.1-8B-Instruct": { ...mlcConfig, ...llama(4096, 32, [32, 8, 128], 14_336) },
  "meta-llama/Llama-3.1-70B-Instruct": { ...mlcConfig, ...llama(8192, 80, [64, 8, 128], 28_672) },
  "meta-llama/Llama-3.1-405B-Instruct": {
    ...published,
    ...llama(16_384, 126, [128, 8, 128], 53_248),
    source: `${configurator}; meta-llama/llama-models models/sku_list.py @084b88e`,
  },
  "meta-llama/Llama-3.2-1B-Instruct": {
    ...mlcConfig,
    ...llama(2048, 16, [32, 8, 64], 8192),
    tiedEmbeddings: true,
  },
  "meta-llama/Llama-3.2-3B-Instruct": {
    ...mlcConfig,
    ...llama(3072, 28, [24, 8, 128], 8192),
    tiedEmbeddings: true,
  },
  "meta-llama/Llama-3.3-70B-Instruct": {
    ...mlcConfig,
    ...llama(8192, 80, [64, 8, 128], 28_672),
    source:
      "ai-dynamo/aiconfigurator src/aiconfigurator/model_configs/" +
      "meta-llama--Llama-3.3-70B-Instruct_config.json @f577ab8",
  },
  "Qwen/Qwen2.5-1.5B-Instruct": { ...published, ...qwen2(1536, 28, [12, 2], 8960), ...smallQwen },
  "Qwen/Qwen2.5-3B-Instruct": { ...mlcConfig, ...qwen2(2048, 36, [16, 2], 11_008), ...smallQwen },
  "Qwen/Qwen2.5-7B-Instruct": { ...published, ...qwen2(3584, 28, [28, 4], 18_944) },
  "Qwen/Qwen2.5-14B-Instruct": { ...quoted, ...qwen2(5120, 48, [40, 8], 13_824) },
  "Qwen/Qwen2.5-32B-Instruct": { ...published, ...qwen2(5120, 64, [40, 8], 27_648) },
  "Qwen/Qwen2.5-72B-Instruct": { ...published, ...qwen2(8192, 80, [64, 8], 29_568) },
  "Qwen/Qwen3-0.6B": { ...mlcConfig, ...qwen3(1024, 28, [16, 8], 3072), tiedEmbeddings: true },
  "Qwen/Qwen3-1.7B": { ...mlcConfig, ...qwen3(2048, 28, [16, 8], 6144), tiedEmbeddings: true },
  "Qwen/Qwen3-4B": { ...mlcConfig, ...qwen3(2560, 36, [32, 8], 9728), tiedEmbeddings: true },
  "Qwen/Qwen3-8B": { ...mlcConfig, ...qwen3(4096, 36, [32, 8], 12_288) },
  "Qwen/Qwen3-14B": { ...quoted, ...qwen3(5120, 40, [40, 8], 17_408) },
  "Qwen/Qwen3-32B": { ...published, ...qwen3(5120, 64, [64, 8], 25_600) },
  "mistralai/Mistral-7B-Instruct-v0.3": {
    ...mlcConfig,
    ...mistralShape(32, 4096, 14_336),
    vocabularySize: 32_768,
    maxContext: 32_768,
  },
  "mistralai/Mistral-Nemo-Instruct-2407": {
    ...quoted,
    ...mistralShape(40, 5120, 14_336),
    vocabularySize: 131_072,
    maxContext: 131_072,
  },
  "mistralai/Devstral-Small-2507": {
    ...mlcConfig,
    ...mistralShape(40, 5120, 32_768),
    vocabularySize: 131_072,
    maxContext: 131_072,
    source: "params.json in fetchwiki/mistralai-Devstral-Small-2507 @bc3721c; context: its README",
  },
  "google/gemma-2-2b-it": { ...mlcConfig, ...gemma2(2304, 26, [8, 4, 256], 9216) },
  "google/gemma-2-9b-it": {
    ...mlcConfig,
    ...gemma2(3584, 42, [16, 8, 256], 14_336),
    source: `google/gemma_pytorch gemma/config.py @03e6575; ${presets}`,
  },
  "google/gemma-2-27b-it": {
    ...mlcConfig,
    ...gemma2(4608, 46, [32, 16, 128], 36_864),
    source: `google/gemma_pytorch gemma/config.py @03e6575; ${presets}`,
  },
  "google/gemma-3-1b-it": {
    ...mlcConfig,
    ...gemma3(1152, 26, [4, 1, 256], 6912, 512),
    vocabularySize: 262_144,
    maxContext: 32_768,
  },
  // The text part: pictures are encoded by a further 0.4 billion parameters.
  "google/gemma-3-27b-it": {
    ...mlcConfig,
    ...gemma3(5376, 62, [32, 16, 128], 21_504, 1024),
    vocabularySize: 262_208,
    maxContext: 131_072,
    source: "config.json of a model with the same shape, in Ibtasam-98/medgemma-27b-it @2488902",
  },
  "microsoft/Phi-3.5-mini-instruct": {
    ...mlcConfig,
    hiddenSize: 3072,
    vocabularySize: 32_064,
    maxContext: 131_072,
    layers: alike(32, attention(32, 32, 96), gated(8192)),
  },
  "microsoft/Phi-4-mini-instruct": {
    ...mlcConfig,
    hiddenSize: 3072,
    vocabularySize: 200_064,
    maxContext: 131_072,
    tiedEmbeddings: true,
    layers: alike(32, attention(24, 8, 128), gated(8192)),
  },
  "microsoft/phi-4": {
    ...quoted,
    hiddenSize: 5120,
    vocabularySize: 100_352,
    maxContext: 16_384,
    layers: alike(40, attention(40, 10, 128), gated(17_920)),
  },
} as const satisfies Record<string, ModelFacts>;
