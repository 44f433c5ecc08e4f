import { expect, test } from "vitest";
import { alike, attention, decoder } from "../../../../components/catalogue/model-layers.ts";
import { activationBytes } from "../../../../components/planning/models/activations.ts";

const hidden = 12_288;
/** Layers of GPT-3 175B, without an output layer to speak of. */
const gpt = {
  hiddenSize: hidden,
  vocabularySize: 0,
  maxContext: 2048,
  tiedEmbeddings: true,
  dtype: "bf16",
  layers: alike(96, attention(96, 96, 128), { kind: "dense", size: 4 * hidden, gated: false }),
} as const;
const batch = { sequences: 1, tokens: 2048, dropout: true };

// Korthikanti and others, arXiv 2205.05198: s b h (34 + 5 a s / h), of which FlashAttention drops the scores,
// s b h 34 / t under tensor and sequence parallelism, and 2 s b h where a layer is computed again.
test("a layer of GPT-3 keeps 34 bytes for each number of the hidden state", () => {
  expect(activationBytes(gpt, batch)).toBe(96 * 2048 * hidden * 34);
  expect(activationBytes(gpt, { ...batch, tensorParallel: 8 })).toBe((96 * 2048 * hidden * 34) / 8);
});

test("layers that are computed again keep their input, and one layer everything", () => {
  expect(activationBytes(gpt, { ...batch, recompute: "full" })).toBe(2048 * hidden * (96 * 2 + 34));
});

test("without dropout there are no masks", () => {
  expect(activationBytes(gpt, { ...batch, dropout: false })).toBe(96 * 2048 * hidden * 32);
});

test("logits and their gradients are in 32 bits", () => {
  const bytes = activationBytes({ ...gpt, vocabularySize: 50_257 }, batch) - activationBytes(gpt, batch);
  expect(bytes).toBe(2048 * 50_257 * 8);
});

const sizes = {
  hiddenSize: 64,
  vocabularySize: 0,
  maxContext: 64,
  tiedEmbeddings: true,
  dtype: "bf16",
} as const;

test.each([
  { case: "shared keys", mixer: attention(4, 1, 16), want: 16 * (2 * 4 + 2) },
  { case: "a gate", mixer: attention(4, 1, 16, { gated: true }), want: 16 * (3 * 4 + 2) },
  {
    case: "compressed keys",
    mixer: {
      kind: "latent",
      heads: 4,
      keyValueRank: 32,
      plainSize: 16,
      rotarySize: 8,
      valueSize: 16,
    } as const,
    want: 32 + 8 + 4 * (2 * 24 + 2 * 16),
  },
  {
    case: "a state space",
    mixer: {
      kind: "mamba",
      innerSize: 128,
      stateSize: 8,
      kernel: 4,
      stepRank: 4,
      innerNorms: false,
    } as const,
    want: 4 * 128 + 4 + 16,
  },
  {
    case: "a state space with heads",
    mixer: { kind: "mamba2", heads: 4, headSize: 32, stateSize: 8, groups: 2, kernel: 4 } as const,
    want: 4 * 128 + 32 + 4,
  },
  {
    case: "the delta rule",
    mixer: { kind: "delta", keyHeads: 2, keySize: 16, valueHeads: 4, valueSize: 16, kernel: 4 } as const,
    want: 2 * 32 + 4 * 64,
  },
])("$case", ({ mixer, want }) => {
  const feedForward = { kind: "mixture", experts: 8, active: 2, size: 32, sharedSize: 16 } as const;
  const bytes = activationBytes(
    { ...sizes, layers: [decoder(mixer, feedForward)] },
    { sequences: 1, tokens: 1 },
  );
  expect(bytes).toBe(2 * (4 * 64 + want + 3 * (2 * 32 + 16) + 8));
});
