/** What a token of an answer leaves on the heap: what is told, and next to nothing beside it. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import type { Device } from "../../runtime/device/contract.ts";
import { EngineCore } from "../../runtime/engine/engine-core.ts";
import { requestOf } from "../support/runtime/requests.ts";

const sequences = 32;
const answerTokens = 4000;

/** Computes nothing, and leaves nothing behind. */
function idleDevice(stepsAtOnce: 1 | 2): Device {
  const sequenceTokens = 16 + answerTokens;
  const limits = { stepTokens: 512, sequences, sequenceTokens, topLogprobs: 0, adjustments: 1 };
  const sizes = { vocabularySize: 64, hiddenSize: 1, blockTokens: 16, blocks: sequences * 256 };
  const bytes = { weightBytes: 0, kvCacheBytes: 0, workspaceBytes: 0 };
  const facts = { name: "idle", ...sizes, ...bytes };
  const does = { start: () => undefined, finish: () => true, close: () => undefined };
  return { facts, limits, stepsAtOnce, ...does };
}

/** The end of a step and the beginning of the next, or of the one behind that. */
function turn(core: EngineCore): void {
  core.finish(Number.POSITIVE_INFINITY);
  core.start();
  core.startAhead();
  core.tell();
}

const ways = [
  { case: "one after the other", stepsAtOnce: 1 },
  { case: "ahead", stepsAtOnce: 2 },
] as const;

test.each(ways)("$case: a token leaves less than 160 bytes, more than half of them what is told", (way) => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const rules = { waiting: 0, spareFraction: 0, preemptions: 0, isSchedulingAhead: true };
  const core = new EngineCore({ device: idleDevice(way.stepsAtOnce), ...rules });
  for (let id = 0; id < sequences; id += 1) {
    const sink = { tokens: () => undefined, end: () => undefined };
    core.submit(requestOf([id, 1, 2], { answerTokens }), sink);
  }
  for (let count = 0; count <= 1000; count += 1) turn(core);
  // Whatever is compiled meanwhile lies on the heap as well: the least of several counts.
  const counts = Array.from({ length: 10 }, () => {
    collect();
    const before = process.memoryUsage().heapUsed;
    for (let count = 0; count < 100; count += 1) turn(core);
    return (process.memoryUsage().heapUsed - before) / (100 * sequences);
  });
  expect(core.stats().generatedTokens).toBe(2000 * sequences);
  expect(Math.min(...counts)).toBeGreaterThan(0);
  expect(Math.min(...counts)).toBeLessThan(160);
});
