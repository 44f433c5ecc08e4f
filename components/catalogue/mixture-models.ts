/** Widely served mixtures of experts: few of the weights work on one token. Each fact has its source. */
import type { ModelFacts } from "./dense-models.ts";
import type { Layer, Mixer, MixtureOfExperts } from "./model-architecture.ts";
import { alike, attention, decoder, gated, layersOf, mixture } from "./model-layers.ts";
import { quantization } from "./quantization.ts";

const date = "2026-11-21";
const presets = "mlc-ai/mlc-llm python/mlc_llm/model/model_preset.py @01ced33";
const configurator = "ai-dynamo/aiconfigurator src/aiconfigurator/sdk/common.py, SupportedModels";
const config = "config.json on Hugging Face, as public repositories quote it";
const common = { dtype: "bf16", tiedEmbeddings: false, date } as const;

function qwen3(
  hiddenSize: number,
  layers: number,
  heads: readonly [number, number],
  experts: readonly [number, number, number],
  maxContext = 40_960,
) {
  const mixer = attention(heads[0], heads[1], 128, { headNorms: true });
  return {
    ...common,
    hiddenSize,
    vocabularySize: 151_936,
    maxContext,
    layers: alike(layers, mixer, mixture(...experts)),
    source: configurator,
  };
}

/** Latent attention in all layers; the first few have a feed-forward layer instead of experts. */
function deepseek(layers: number, dense: number, mixer: Mixer, size: number, experts: MixtureOfExperts) {
  return layersOf(layers, (index) => decoder(mixer, index < dense ? gated(size) : experts));
}

function latent(heads: number, queryRank?: number): Mixer {
  const sizes = { keyValueRank: 512, plainSize: 128, rotarySize: 64, valueSize: 128 };
  return { kind: "latent", heads, queryRank, ...sizes };
}

const v3Experts = mixture(256, 8, 2048, { sharedSize: 2048, routerBias: true });

/** Windows of 128 tokens alternate with layers that look at everything. */
function gptOss(layers: number, experts: number) {
  return {
    ...common,
    hiddenSize: 2880,
    vocabularySize: 201_088,
    maxContext: 131_072,
    quantization: quantization("mxfp4"),
    layers: layersOf(layers, (index) => {
      const window = index % 2 === 0 ? 128 : undefined;
      const mixer = attention(64, 8, 64, { window, bias: "all", sinks: true });
      return decoder(mixer, mixture(experts, 4, 2880, { expertBias: true }));
    }),
    source: `openai/gpt-oss gpt_oss/torch/model.py @0568dfc; ${configurator}`,
  };
}

/** Three layers look at chunks of 8192 tokens, then one at everything; experts in each or in every second. */
function llama4(maxContext: number, experts: number, step: number) {
  const layer = (index: number): Layer => {
    const mixer = attention(40, 8, 128, { window: index % 4 === 3 ? undefined : 8192 });
    const isMixture = index % step === step - 1;
    return decoder(mixer, isMixture ? mixture(experts, 1, 8192, { sharedSize: 8192 }) : gated(16_384));
  };
  const size = { hiddenSize: 5120, vocabularySize: 202_048, maxContext };
  return { ...common, ...size, layers: layersOf(48, layer) };
}

export const mixtureModels = {
  "mistralai/Mixtral-8x7B-Instruct-v0.1": {
    ...common,
    hiddenSize: 4096,
    vocabularySize: 32_000,
    maxContext: 32_768,
    layers: alike(32, attention(32, 8, 128), mixture(8, 2, 14_336)),
    source: presets,
  },
  "mistralai/Mixtral-8x22B-v0.1": {
    ...common,
    hiddenSize: 6144,
    vocabularySize: 32_000,
    maxContext: 65_536,
    layers: alike(56, attention(48, 8, 128), mixture(8, 2, 16_384)),
    source: `${configurator}; config.json of a model made from it, in tbressers/WizardLM-2-8x22B @714c46d`,
  },
  "Qwen/Qwen1.5-MoE-A2.7B": {
    ...common,
    hiddenSize: 2048,
    vocabularySize: 151_936,
    maxContext: 32_768,
    layers: alike(
      24,
      attention(16, 16, 128, { bias: "inputs" }),
      mixture(60, 4, 1408, { sharedSize: 5632, sharedGate: true }),
    ),
    source: presets,
  },
  "Qwen/Qwen3-30B-A3B": qwen3(2048, 48, [32, 4], [128, 8, 768]),
  "Qwen/Qwen3-235B-A22B": qwen3(4096, 94, [64, 4], [128, 8, 1536]),
  "Qwen/Qwen3-Coder-480B-A35B-Instruct": qwen3(6144, 62, [96, 8], [160, 8, 2560], 262_144),
  "deepseek-ai/DeepSeek-V2-Lite": {
    ...common,
    hiddenSize: 2048,
    vocabularySize: 102_400,
    maxContext: 163_840,
    layers: deepseek(27, 1, latent(16), 10_944, mixture(64, 6, 1408, { sharedSize: 2816 })),
    source: presets,
  },
  "deepseek-ai/DeepSeek-V2": {
    ...common,
    hiddenSize: 5120,
    vocabularySize: 102_400,
    maxContext: 163_840,
    layers: deepseek(60, 1, latent(128, 1536), 12_288, mixture(160, 6, 1536, { sharedSize: 3072 })),
    source: config,
  },
  "deepseek-ai/DeepSeek-V3": {
    ...common,
    hiddenSize: 7168,
    vocabularySize: 129_280,
    maxContext: 163_840,
    layers: deepseek(61, 3, latent(128, 1536), 18_432, v3Experts),
    predictionLayers: alike(1, latent(128, 1536), v3Experts),
    quantization: quantization("fp8-block"),
    source: `${config}; prediction and quantisation: deepseek-ai/DeepSeek-V3 README_WEIGHTS.md @0b39205`,
  },
  "moonshotai/Kimi-K2-Instruct": {
    ...common,
    hiddenSize: 7168,
    vocabularySize: 163_840,
    maxContext: 131_072,
    layers: deepseek(
      61,
      1,
      latent(64, 1536),
      18_432,
      mixture(384, 8, 2048, { sharedSize: 2048, routerBias: true }),
    ),
    quantization: quantization("fp8-block"),
    source:
      "ai-dynamo/aiconfigurator src/aiconfigurator/model_configs/" +
      "moonshotai--Kimi-K2-Instruct_config.json @821eb9a",
  },
  "openai/gpt-oss-20b": gptOss(24, 32),
  "openai/gpt-oss-120b": gptOss(36, 128),
  // The text parts: pictures are encoded by a further 0.9 billion parameters.
  "meta-llama/Llama-4-Scout-17B-16E-Instruct": { ...llama4(10_485_760, 16, 1), source: config },
  "meta-llama/Llama-4-Maverick-17B-128E-Instruct": {
    ...llama4(1_048_576, 128, 2),
    source: `${config}; NVIDIA/TensorRT-LLM tests/unittest/_torch/modeling`,
  },
} as const satisfies Record<string, ModelFacts>;
