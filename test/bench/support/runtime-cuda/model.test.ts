import { expect, test } from "vitest";
import {
  measureLibrary,
  measureModel,
  memoryRow,
  speedRow,
} from "../../../../bench/support/runtime-cuda/model.ts";
import { writeModelFiles } from "../../../../bench/support/runtime-cuda/model-files.ts";
import { Tokenizer } from "../../../../runtime/text/tokenizer.ts";
import { cudaUnderTest } from "../../../support/runtime/cuda-devices.ts";
import { buildEmulatedCuda } from "../../../support/runtime/emulated-cuda.ts";
import { temporaryDirectory } from "../../../support/temporary-directory.ts";

const shape = { layers: 2, hidden: 32, intermediate: 64, heads: 2, kvHeads: 1, headDim: 16, vocabulary: 300 };
const ceilings = { bytesPerSecond: 1e12, flopsPerSecond: 1e14 };

test("a step beside its floor: 32 tokens at 4000 a second take 8 ms", () => {
  const speed = { sequences: 32, contextTokens: 512, tokensPerSecond: 4000 };
  const work = { bytes: 6e9, flops: 1e9 };
  expect(speedRow("decode", { speed, tokens: 32, work, ceilings, goal: 70 })).toEqual({
    what: "decode",
    milliseconds: 8,
    floor: 6,
    bound: "bytes",
    percentOfFloor: 75,
    goal: 70,
    tokensPerSecond: 4000,
  });
});

test("memory as it is told, of what was taken", () => {
  expect(memoryRow("together", 99 * 2 ** 20, 100 * 2 ** 20)).toEqual({
    what: "memory, together",
    toldMiB: 99,
    takenMiB: 100,
    toldPercent: 99,
  });
  expect(memoryRow("weights", 2 ** 20)).toMatchObject({ takenMiB: "", toldPercent: "" });
});

test("without a library no prompt is measured with it", async () => {
  const directory = temporaryDirectory();
  writeModelFiles(directory, shape);
  const runs = { sequences: [1], contexts: [1], prompts: [16], kvCacheBytes: 2 ** 16, steps: 1 };
  expect(measureLibrary(await buildEmulatedCuda(), directory, { shape, ceilings, runs })).toEqual([]);
});

test.each(cudaUnderTest)("$where: a made-up model is loaded and measured", ({ addon }) => {
  const directory = temporaryDirectory();
  writeModelFiles(directory, shape);
  expect(Tokenizer.load(directory).decode([97, 299])).toContain("token299");
  const runs = { sequences: [1, 2], contexts: [20], prompts: [16, 24], kvCacheBytes: 2 ** 16, steps: 1 };
  const { speeds, memory } = measureModel(addon, directory, { shape, ceilings, runs });
  const names = ["decode, 1 after 20", "decode, 2 after 20", "prefill of 16", "prefill of 24"];
  expect(speeds.map(({ what }) => what)).toEqual(names);
  for (const { milliseconds } of speeds) expect(milliseconds).toBeGreaterThan(0);
  const sizes = memory.map(({ what, toldMiB }) => [what, toldMiB]);
  expect(sizes).toEqual([
    // Two layers of 64 x 32, 32 x 32 and 3 x 64 x 32, and twice 320 x 32: a tenth of a MiB.
    ["memory, weights", expect.closeTo(0.08, 1)],
    ["memory, KV cache", 0.1],
    ["memory, workspace", expect.any(Number)],
    ["memory, together", expect.any(Number)],
  ]);
});
