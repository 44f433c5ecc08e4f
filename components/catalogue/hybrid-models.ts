/** Models that mix attention with layers whose state does not grow with the context, with their sources. */
import type { ModelFacts } from "./dense-models.ts";
import type { DeltaNet, Mamba, Mamba2 } from "./model-architecture.ts";
import { attention, decoder, gated, layersOf, mixture } from "./model-layers.ts";

const date = "2026-11-21";
const common = { dtype: "bf16", tiedEmbeddings: false, date } as const;

const jambaState: Mamba = {
  kind: "mamba",
  innerSize: 8192,
  stateSize: 16,
  kernel: 4,
  stepRank: 256,
  innerNorms: true,
};

const nemotronState: Mamba2 = {
  kind: "mamba2",
  heads: 128,
  headSize: 64,
  stateSize: 128,
  groups: 8,
  kernel: 4,
};
/** M is a state space, * attention, - a feed-forward layer. */
const nemotronPattern = "M-M-M-M*-M-M-M-M-M*-M-M-M-M-M*-M-M-M-M-M*-M-M-M-M-M-";
const nemotronLayers = {
  M: { mixer: nemotronState, norms: 1 },
  "*": { mixer: attention(32, 8, 128), norms: 1 },
  "-": { feedForward: { kind: "dense", size: 21_504, gated: false }, norms: 1 },
} as const;

const qwenState: DeltaNet = {
  kind: "delta",
  keyHeads: 16,
  keySize: 128,
  valueHeads: 32,
  valueSize: 128,
  kernel: 4,
};
const qwenAttention = attention(16, 2, 256, { headNorms: true, gated: true });
const qwenExperts = mixture(512, 10, 512, { sharedSize: 512, sharedGate: true });

export const hybridModels = {
  "ai21labs/Jamba-v0.1": {
    ...common,
    hiddenSize: 4096,
    vocabularySize: 65_536,
    maxContext: 262_144,
    layers: layersOf(32, (index) =>
      decoder(
        index % 8 === 4 ? attention(32, 8, 128) : jambaState,
        index % 2 === 1 ? mixture(16, 2, 14_336) : gated(14_336),
      ),
    ),
    source: "config.json on Hugging Face, as public repositories quote it",
  },
  "nvidia/Nemotron-H-8B-Base-8K": {
    ...common,
    hiddenSize: 4096,
    vocabularySize: 131_072,
    maxContext: 8192,
    layers: [...nemotronPattern].map((letter) => nemotronLayers[letter as keyof typeof nemotronLayers]),
    source: "NVIDIA-NeMo/Megatron-Bridge tests/unit_tests/models/nemotronh, nemotronh_8b_config_dict",
  },
  "Qwen/Qwen3-Next-80B-A3B-Instruct": {
    ...common,
    hiddenSize: 2048,
    vocabularySize: 151_936,
    maxContext: 262_144,
    layers: layersOf(48, (index) => decoder(index % 4 === 3 ? qwenAttention : qwenState, qwenExperts)),
    predictionLayers: [decoder(qwenAttention, qwenExperts)],
    source:
      "ai-dynamo/aiconfigurator src/aiconfigurator/model_configs/" +
      "Qwen--Qwen3-Next-80B-A3B-Thinking_config.json @1b7cfb1",
  },
} as const satisfies Record<string, ModelFacts>;
