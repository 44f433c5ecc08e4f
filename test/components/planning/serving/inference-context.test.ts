import { expect, test } from "vitest";
import { type ModelId, modelFacts } from "../../../../components/catalogue/models.ts";
import { cacheBytesPerToken } from "../../../../components/planning/models/cache.ts";
import {
  contextProblems,
  longestContext,
  runtimeCache,
} from "../../../../components/planning/serving/inference-context.ts";
import { blockTokens, kvBlockBytes } from "../../../../runtime/device/native.ts";
import { engineSettings } from "../../../../runtime/engine-settings.ts";
import { modelConfig } from "../../../../runtime/models/model-config.ts";
import { denseConfigFiles } from "../../../support/models/dense-config-files.ts";

const path = ["inferenceServers", 0];

test.each<[ModelId, number, number]>([
  // 1003.52 MiB are left of 1024: 128 KiB a token, 144 KiB, and 512 KiB.
  ["meta-llama/Llama-3.1-8B-Instruct", 1024, 8016],
  ["Qwen/Qwen3-8B", 1024, 7136],
  ["meta-llama/Llama-2-7b-hf", 1024, 2000],
  ["meta-llama/Llama-3.1-8B-Instruct", 2048, 8192],
  ["meta-llama/Llama-2-7b-hf", 16_384, 4096],
])("the longest request of %s in a cache of %i MiB: %i tokens", (id, kvCacheMiB, want) => {
  expect(longestContext({ kvCacheMiB }, modelFacts(id))).toBe(want);
  // What is said stands; what cannot stand is refused.
  expect(longestContext({ kvCacheMiB, context: 9000 }, modelFacts(id))).toBe(9000);
  expect(contextProblems({ kvCacheMiB, context: want }, modelFacts(id), path)).toEqual([]);
});

test("one token more than the cache holds is refused, with the cache that does", () => {
  const model = modelFacts("meta-llama/Llama-3.1-8B-Instruct");
  expect(contextProblems({ kvCacheMiB: 1024, context: 8017 }, model, path)).toEqual([
    {
      path: [...path, "context"],
      given: "8017 tokens of context, where 1024 MiB of KV cache hold 8016",
      allowed: "at most 8016 tokens",
      remedy: "lower context to 8016, or raise kvCacheMiB to 1025",
    },
  ]);
  expect(contextProblems({ kvCacheMiB: 1025, context: 8017 }, model, path)).toEqual([]);
});

test("a cache that holds no request at all", () => {
  const layers = modelFacts("meta-llama/Llama-3.1-405B-Instruct").layers;
  const model = {
    ...modelFacts("meta-llama/Llama-3.1-405B-Instruct"),
    layers: [...layers, ...layers, ...layers],
  };
  expect(contextProblems({ kvCacheMiB: 16 }, model, path)).toEqual([
    {
      path: [...path, "kvCacheMiB"],
      given: "16 tokens of context, where 16 MiB of KV cache hold 0",
      allowed: "at least 25 MiB",
      remedy: "raise kvCacheMiB to 25",
    },
  ]);
});

test("accelerators bound no request by a cache that nobody says", () => {
  expect(longestContext({}, modelFacts("Qwen/Qwen3-8B"))).toBe(8192);
  expect(contextProblems({ context: 40_960 }, modelFacts("Qwen/Qwen3-8B"), path)).toEqual([]);
});

test("the runtime keeps as many bytes, and as much in reserve", () => {
  const id = "google/gemma-2-9b-it";
  const file = {
    ...denseConfigFiles[id],
    architectures: ["Gemma2ForCausalLM"],
    rms_norm_eps: 1e-6,
    tie_word_embeddings: true,
  };
  const runtime = kvBlockBytes(modelConfig("config.json", file));
  expect(cacheBytesPerToken(modelFacts(id), runtimeCache) * blockTokens).toBe(runtime);
  const { spareFraction } = engineSettings.parse({ model: "m" });
  const held = Math.floor((64 * 2 ** 20 * (1 - spareFraction)) / runtime) * blockTokens;
  expect(longestContext({ kvCacheMiB: 64 }, modelFacts(id))).toBe(held);
});
