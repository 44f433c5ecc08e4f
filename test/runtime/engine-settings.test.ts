/** Bounds of the engine. */
import { expect, test } from "vitest";
import {
  engineProcessSettings,
  engineSettings,
  kvCacheSize,
  stepLimits,
} from "../../runtime/engine-settings.ts";

test("a model alone has every default", () => {
  expect(engineSettings.parse({ model: "m" })).toEqual({
    model: "m",
    device: "auto",
    adapters: [],
    adapterRank: 64,
    tensorParallel: 1,
    gpuMemoryUtilization: 0.9,
    kvCacheType: "auto",
    isBatchInvariant: true,
    libraryRows: 512,
    stepTokens: 512,
    sequences: 32,
    waiting: 256,
    spareFraction: 0.02,
    preemptions: 8,
    speculation: { tokens: 0, ngram: { min: 2, max: 4 } },
    isSchedulingAhead: true,
    topLogprobs: 20,
    startSeconds: 600,
    failedStarts: 5,
    pauseSeconds: 1,
    silenceSeconds: 60,
    grammarSeconds: 10,
  });
});

test.each([
  ["model", ""],
  ["path", "sse"],
  ["threads", 0],
  ["adapters", [{ name: "", directory: "a" }]],
  ["adapters", [1, 2].map((index) => ({ name: "one", directory: `${index}` }))],
  ["adapters", Array.from({ length: 33 }, (_, index) => ({ name: `${index}`, directory: "a" }))],
  ["adapterRank", 513],
  ["tensorParallel", 0],
  ["tensorParallel", 9],
  ["kvCacheMiB", 0],
  ["gpuMemoryUtilization", 0.04],
  ["gpuMemoryUtilization", 1],
  ["libraryRows", 64],
  ["kvCacheType", "int8"],
  ["sequenceTokens", 15],
  ["stepTokens", 15],
  ["sequences", 1025],
  ["waiting", -1],
  ["spareFraction", 0.6],
  ["preemptions", 1001],
  ["speculation", { tokens: 9 }],
  ["speculation", { ngram: { min: 5 } }],
  ["speculation", { ngram: { min: 0 } }],
  ["topLogprobs", 19],
  ["startSeconds", 0],
  ["failedStarts", 0],
  ["pauseSeconds", 61],
  ["grammarSeconds", 0],
  ["grammarSeconds", 601],
  ["grammarsWaiting", 0],
  ["grammarsWaiting", 100_001],
  ["silenceSeconds", 4],
  ["unheardOf", 1],
])("%s: %j is refused", (field, value) => {
  expect(engineSettings.safeParse({ model: "m", [field]: value }).success).toBe(false);
});

test("the process is told what was left open", () => {
  const whole = { model: "m", addon: "a", sequenceTokens: 64, stopTokens: [2] };
  const isTaken = (changes: object) => engineProcessSettings.safeParse({ ...whole, ...changes }).success;
  expect(isTaken({})).toBe(true);
  expect(isTaken({ addon: undefined })).toBe(false);
  expect(isTaken({ sequenceTokens: undefined })).toBe(false);
  expect(isTaken({ stopTokens: undefined })).toBe(false);
  expect(isTaken({ stopTokens: [-1] })).toBe(false);
});

test("every request of a step can adjust each token that it can have", () => {
  const given = { model: "m", addon: "a", sequenceTokens: 64, sequences: 2, stopTokens: [] };
  const settings = engineProcessSettings.parse(given);
  const limits = { stepTokens: 512, sequences: 2, topLogprobs: 20, sequenceTokens: 64, draftTokens: 0 };
  expect(stepLimits(settings, 512)).toEqual({ ...limits, adjustments: 2 * 512 });
  expect(stepLimits(settings, 100_000)).toEqual({ ...limits, adjustments: 2 * (64 + 1024) });
});

test.each([
  { device: "cpu", want: { kvCacheBytes: 2 ** 30 } },
  { device: "cuda", want: { memoryShare: 0.9 } },
  { device: "cuda", kvCacheMiB: 3, want: { kvCacheBytes: 3 * 2 ** 20 } },
] as const)("the KV cache of $device, $kvCacheMiB MiB", ({ want, ...given }) => {
  expect(kvCacheSize(engineSettings.parse({ model: "m", ...given }))).toEqual(want);
});
