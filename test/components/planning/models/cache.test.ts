import { expect, test } from "vitest";
import { alike, attention, gated, layersOf } from "../../../../components/catalogue/model-layers.ts";
import { modelFacts } from "../../../../components/catalogue/models.ts";
import {
  cacheBytesPerToken,
  layerCache,
  sequenceBytes,
} from "../../../../components/planning/models/cache.ts";
import { alone } from "../../../../components/planning/models/parallelism.ts";
import { publishedCaches } from "../../../support/models/published-caches.ts";

test.each(publishedCaches)("$model: $tokens tokens take $bytes bytes, exactly as published", (row) => {
  const parallelism = { ...alone, tensor: row.tensor ?? 1 };
  expect(sequenceBytes(modelFacts(row.model), row.tokens, row.options, parallelism)).toBe(row.bytes);
});

test("a hybrid keeps states beside: Jamba's 4 GiB at 256K tokens, and 8.3 MiB of states", () => {
  const jamba = modelFacts("ai21labs/Jamba-v0.1");
  const states = 28 * 8192 * (3 + 16) * 2;
  expect(sequenceBytes(jamba, 262_144)).toBe(4 * 2 ** 30 + states);
  expect(sequenceBytes(jamba, 0)).toBe(states);
});

// MambaStateShapeCalculator of vllm-project/vllm mamba_utils.py @02d7108, worked out.
test.each([
  {
    model: "nvidia/Nemotron-H-8B-Base-8K",
    tensor: 1,
    want: 24 * ((8192 + 2 * 8 * 128) * 3 * 2 + 128 * 64 * 128 * 4),
  },
  {
    model: "nvidia/Nemotron-H-8B-Base-8K",
    tensor: 16,
    // Eight groups do not divide among sixteen ranks, so each has one.
    want: 24 * (((8192 + 2 * 16 * 128) / 16) * 3 * 2 + (128 / 16) * 64 * 128 * 4),
  },
  {
    model: "Qwen/Qwen3-Next-80B-A3B-Instruct",
    tensor: 1,
    want: 36 * ((128 * 16 * 2 + 128 * 32) * 3 * 2 + 32 * 128 * 128 * 4),
  },
] as const)("$model on $tensor ranks: states of $want bytes, however long the sequence", (row) => {
  const parallelism = { ...alone, tensor: row.tensor };
  expect(sequenceBytes(modelFacts(row.model), 0, { stateDtype: "fp32" }, parallelism)).toBe(row.want);
});

const model = {
  hiddenSize: 64,
  vocabularySize: 100,
  maxContext: 1024,
  tiedEmbeddings: true,
  dtype: "bf16",
  layers: layersOf(4, (index) => ({
    mixer: attention(4, 2, 16, { window: index % 2 === 0 ? 100 : undefined }),
    feedForward: gated(64),
    norms: 2,
  })),
} as const;
const token = 2 * 2 * 16 * 2;

test.each([
  { case: "shorter than the window", tokens: 80, options: {}, want: 4 * 80 * token },
  { case: "beyond it", tokens: 500, options: {}, want: 2 * (500 + 100) * token },
  {
    case: "with tokens that are computed at once",
    tokens: 500,
    options: { batchedTokens: 201 },
    want: 2 * (500 + 300) * token,
  },
  { case: "windows ignored", tokens: 500, options: { ignoreWindows: true }, want: 4 * 500 * token },
  { case: "in eight bits", tokens: 80, options: { dtype: "fp8" as const }, want: 2 * 80 * token },
])("windows: $case", ({ tokens, options, want }) => {
  expect(sequenceBytes(model, tokens, options)).toBe(want);
});

test("a further token costs in layers without a window only", () => {
  expect(cacheBytesPerToken(model)).toBe(2 * token);
});

test.each([
  { tensor: 1, want: 2 * 8 * 128 * 2 },
  { tensor: 8, want: 2 * 1 * 128 * 2 },
  { tensor: 16, want: 2 * 1 * 128 * 2 },
])("keys and values of one layer on one of $tensor ranks", ({ tensor, want }) => {
  const llama = modelFacts("meta-llama/Llama-3.1-8B-Instruct");
  const [layer = { norms: 0 }] = llama.layers;
  expect(layerCache(llama, layer, {}, { ...alone, tensor }).tokenBytes).toBe(want);
});

test("what is compressed is the same on every rank; many queries on one key keep one", () => {
  const deepseek = modelFacts("deepseek-ai/DeepSeek-V3");
  expect(sequenceBytes(deepseek, 1, {}, { ...alone, tensor: 8 })).toBe(70_272);
  const shared = { ...model, layers: alike(1, attention(8, 1, 16), gated(64)) };
  expect(cacheBytesPerToken(shared)).toBe(64);
});
