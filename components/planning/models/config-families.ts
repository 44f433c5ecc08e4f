/** Architectures that a config.json may name, and how the layers of each follow from its fields. */
import type { Attention, Layer } from "../../catalogue/model-architecture.ts";
import { decoder, layersOf } from "../../catalogue/model-layers.ts";
import {
  allExperts,
  denseOf,
  type FeedForwardAt,
  interleavedExperts,
  lateExperts,
  periodicExperts,
  sparseExperts,
} from "./config-feed-forward.ts";
import {
  attentionOf,
  deltaOf,
  jambaOf,
  latentOf,
  type MixerAt,
  mamba2Of,
  switchedWindows,
  windowed,
} from "./config-mixers.ts";
import type { ConfigReader } from "./config-reader.ts";

interface Family {
  readonly layers: (reader: ConfigReader) => Layer[];
  /** Whether the output layer is the embedding where the file does not say. */
  readonly tied: boolean;
  /** What the family's own code takes where the file leaves a field out. */
  readonly defaults?: Readonly<Record<string, unknown>>;
}

const plain: Partial<Attention> = {};
const withBias: Partial<Attention> = { bias: "inputs" };
const headNorms: Partial<Attention> = { headNorms: true };

function family(
  mixer: (reader: ConfigReader) => MixerAt,
  feedForward: (reader: ConfigReader) => FeedForwardAt = denseOf,
  norms = 2,
): Family {
  return {
    layers: (reader) => {
      const [mixerAt, feedForwardAt] = [mixer(reader), feedForward(reader)];
      return layersOf(reader.config.num_hidden_layers, (index) =>
        decoder(mixerAt(index), feedForwardAt(index), norms),
      );
    },
    tied: false,
  };
}

/** The same attention in all layers. */
function everywhere(more: Partial<Attention>): (reader: ConfigReader) => MixerAt {
  return (reader) => {
    const mixer = attentionOf(reader, { ...more, ...(reader.config.attention_bias ? withBias : {}) });
    return () => mixer;
  };
}

const latent = (reader: ConfigReader): MixerAt => {
  const mixer = latentOf(reader);
  return () => mixer;
};

/** A letter for each layer: a state space, attention, a feed-forward layer, or experts, each by itself. */
function patterned(reader: ConfigReader): Layer[] {
  const layers: Readonly<Record<string, () => Layer>> = {
    M: () => ({ mixer: mamba2Of(reader), norms: 1 }),
    "*": () => ({ mixer: attentionOf(reader), norms: 1 }),
    "-": () => ({ feedForward: denseOf(reader, false)(0), norms: 1 }),
  };
  return [...(reader.config.hybrid_override_pattern ?? "")].map(
    (letter) => layers[letter]?.() ?? { norms: 1 },
  );
}

const corrected = (reader: ConfigReader) => lateExperts(reader, { routerBias: true });
const gemmaTokens = { max_position_embeddings: 8192, head_dim: 256 };

export const families: Readonly<Record<string, Family>> = {
  llama: family(everywhere(plain)),
  mistral: family((reader) => windowed(reader, plain, () => true)),
  ministral3: family((reader) => windowed(reader, plain, () => true)),
  phi3: family((reader) => windowed(reader, plain, () => true)),
  qwen2: family((reader) => switchedWindows(reader, withBias)),
  qwen3: family((reader) => switchedWindows(reader, headNorms)),
  gemma: { ...family(everywhere(plain)), tied: true, defaults: gemmaTokens },
  gemma2: {
    ...family((reader) => windowed(reader, plain, (index) => index % 2 === 0), denseOf, 4),
    tied: true,
    defaults: { ...gemmaTokens, sliding_window: 4096 },
  },
  gemma3_text: {
    ...family(
      (reader) => {
        const pattern = reader.config.sliding_window_pattern ?? 6;
        return windowed(reader, headNorms, (index) => index % pattern !== pattern - 1);
      },
      denseOf,
      4,
    ),
    tied: true,
    defaults: {
      num_attention_heads: 8,
      num_key_value_heads: 4,
      head_dim: 256,
      vocab_size: 262_208,
      max_position_embeddings: 131_072,
      sliding_window: 4096,
    },
  },
  mixtral: family((reader) => windowed(reader, plain, () => true), allExperts),
  qwen2_moe: family((reader) => switchedWindows(reader, withBias), sparseExperts),
  qwen3_moe: family((reader) => switchedWindows(reader, headNorms), sparseExperts),
  deepseek_v2: family(latent, lateExperts),
  deepseek_v3: family(latent, corrected),
  kimi_k2: family(latent, corrected),
  glm4_moe: family((reader) => everywhere(reader.config.use_qk_norm ? headNorms : plain)(reader), corrected),
  gpt_oss: family(
    (reader) => windowed(reader, { bias: "all", sinks: true }, (index) => index % 2 === 0),
    (reader) => allExperts(reader, { expertBias: true }),
  ),
  llama4_text: family((reader) => {
    const turns = reader.config.no_rope_layers ?? [];
    return windowed(reader, plain, (index) => (turns[index] ?? (index % 4 === 3 ? 0 : 1)) === 1);
  }, interleavedExperts),
  jamba: family(jambaOf, periodicExperts),
  nemotron_h: { layers: patterned, tied: false },
  qwen3_next: family(deltaOf, sparseExperts),
};

/** Names of models with a language model in a part of their own, and the family that the part is of. */
export const wrappers: Readonly<Record<string, string>> = {
  gemma3: "gemma3_text",
  llama4: "llama4_text",
  mistral3: "mistral",
  kimi_k25: "kimi_k2",
};
