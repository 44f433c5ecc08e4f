import { expect, test } from "vitest";
import type { Row } from "../../../../bench/support/runtime-cuda/found-rows.ts";
import {
  measureLibrary,
  measureModel,
  measureWgmma,
  memoryRow,
  speedRow,
} from "../../../../bench/support/runtime-cuda/model.ts";
import { writeModelFiles } from "../../../../bench/support/runtime-cuda/model-files.ts";
import { Tokenizer } from "../../../../runtime/text/tokenizer.ts";
import { cudaUnderTest } from "../../../support/runtime/cuda-devices.ts";
import { buildEmulatedCuda } from "../../../support/runtime/emulated-cuda.ts";
import { temporaryDirectory } from "../../../support/temporary-directory.ts";

const shape = {
  layers: 2,
  hidden: 32,
  intermediate: 64,
  heads: 2,
  kvHeads: 1,
  headDim: 16,
  vocabularySize: 300,
};
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

test("without a library a row says why no prompt is measured with it", async () => {
  const directory = temporaryDirectory();
  writeModelFiles(directory, shape);
  const runs = { sequences: [1], contexts: [1], prompts: [16], kvCacheBytes: 2 ** 16, steps: 1 };
  const rows: Row[] = [];
  const asked = { shape, ceilings, runs, files: ["/nowhere/libcublasLt.so.13"], found: rows.push.bind(rows) };
  const addon = await buildEmulatedCuda();
  measureLibrary(addon, directory, asked);
  expect(rows).toEqual([
    { what: "prefill, cuBLASLt", leftOut: expect.stringMatching(/without cuBLASLt \(.*nowhere/) },
  ]);
  measureWgmma(addon, directory, asked);
  expect(rows.slice(1).map(({ what }) => what)).toEqual(["prefill of 16, wgmma"]);
});

test.each(cudaUnderTest)("$where: a made-up model is loaded and measured", ({ addon }) => {
  const directory = temporaryDirectory();
  writeModelFiles(directory, shape);
  expect(Tokenizer.load(directory).decode([97, 299])).toContain("token299");
  // 2^16 bytes are 512 tokens.
  const runs = { sequences: [1, 2], contexts: [300, 20], prompts: [16, 24], kvCacheBytes: 2 ** 16, steps: 1 };
  const rows: Row[] = [];
  measureModel(addon, directory, { shape, ceilings, runs, found: rows.push.bind(rows) });
  const sizes = rows.slice(0, 4).map(({ what, toldMiB }) => [what, toldMiB]);
  expect(sizes).toEqual([
    // Two layers of 64 x 32, 32 x 32 and 3 x 64 x 32, and twice 320 x 32: a tenth of a MiB.
    ["memory, weights", expect.closeTo(0.08, 1)],
    ["memory, KV cache", 0.1],
    ["memory, workspace", expect.any(Number)],
    ["memory, together", expect.any(Number)],
  ]);
  const speeds = rows.slice(4);
  expect(speeds.map(({ what }) => what)).toEqual([
    ...["decode, 1 after 20", "decode, 2 after 20", "decode, 1 after 300", "decode, 2 after 300"],
    ...["prefill of 16", "prefill of 24"],
  ]);
  expect(speeds[3]).toEqual({ what: "decode, 2 after 300", leftOut: "608 tokens of KV cache, of 512" });
  for (const { milliseconds = 1 } of speeds) expect(milliseconds).toBeGreaterThan(0);
});

test("without a size the KV cache has what is left of the GPU", async () => {
  const directory = temporaryDirectory();
  writeModelFiles(directory, shape);
  const runs = { sequences: [1], contexts: [1], prompts: [16], kvCacheBytes: undefined, steps: 1 };
  const rows: Row[] = [];
  const found = rows.push.bind(rows);
  measureModel(await buildEmulatedCuda(), directory, { shape, ceilings, runs, found });
  // 0.9 of the emulated device's GiB, but for what else there is.
  expect(rows[1]?.toldMiB).toBeGreaterThan(800);
  expect(rows[1]?.toldMiB).toBeLessThan(922);
});
