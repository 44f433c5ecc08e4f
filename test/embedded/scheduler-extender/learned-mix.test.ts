import { expect, test } from "vitest";
import type { PodRequest } from "../../../embedded/scheduler-extender/free-node.ts";
import { LearnedMix } from "../../../embedded/scheduler-extender/learned-mix.ts";

const whole: PodRequest = { cpuMilli: 8000, memoryMiB: 1024, gpus: 1, gpuMilli: 1000, models: [] };
const half: PodRequest = { ...whole, gpuMilli: 500 };

/** After how many pods the mix changed. */
function changes(learned: LearnedMix, request: PodRequest, pods: number): number[] {
  return Array.from({ length: pods }, (_, index) => (learned.observe(request) ? index + 1 : 0)).filter(
    Boolean,
  );
}

test("nothing is typical before fifty pods have come", () => {
  const learned = new LearnedMix();
  expect(changes(learned, whole, 49)).toEqual([]);
  expect(learned.mix).toEqual({ typical: [], cpuMilliPerGpu: 0, memoryMiBPerGpu: 0 });
});

test("it is learned anew whenever as many pods again have come", () => {
  expect(changes(new LearnedMix(), whole, 1000)).toEqual([50, 100, 200, 400, 800]);
});

test("the newest pods count", () => {
  const learned = new LearnedMix();
  for (let pods = 0; pods < 60; pods += 1) learned.observe(whole);
  for (let pods = 0; pods < 40; pods += 1) learned.observe(half);
  expect(learned.mix.typical).toEqual([
    { request: whole, share: 0.6 },
    { request: half, share: 0.4 },
  ]);
});

test("pods older than the last ten thousand are forgotten", () => {
  const learned = new LearnedMix();
  for (let pods = 0; pods < 10_000; pods += 1) learned.observe(whole);
  for (let pods = 0; pods < 30_000; pods += 1) learned.observe(half);
  expect(learned.mix.typical).toEqual([{ request: half, share: 1 }]);
});
