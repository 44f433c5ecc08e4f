import { expect, test } from "vitest";
import type { PodRequest } from "../../../embedded/scheduler-extender/free-node.ts";
import { workloadMix } from "../../../embedded/scheduler-extender/workload-mix.ts";

const whole: PodRequest = { cpuMilli: 8000, memoryMiB: 1024, gpus: 1, gpuMilli: 1000, models: [] };
const half: PodRequest = { cpuMilli: 4000, memoryMiB: 1024, gpus: 1, gpuMilli: 500, models: [] };
const none: PodRequest = { cpuMilli: 2000, memoryMiB: 512, gpus: 0, gpuMilli: 0, models: [] };

function times(request: PodRequest, pods: number): PodRequest[] {
  return Array.from({ length: pods }, () => ({ ...request }));
}

test("requests by frequency, and what goes with an accelerator", () => {
  expect(workloadMix([...times(none, 2), ...times(half, 2), ...times(whole, 6)])).toEqual({
    typical: [
      { request: whole, share: 0.6 },
      { request: half, share: 0.2 },
      { request: none, share: 0.2 },
    ],
    // 60 cores and 9 GiB beside 7 accelerators.
    cpuMilliPerGpu: 60_000 / 7,
    memoryMiBPerGpu: 9216 / 7,
  });
});

test("the rarest requests are left out once the others are 95 % of all pods", () => {
  const { typical } = workloadMix([...times(whole, 76), ...times(half, 19), ...times(none, 5)]);
  expect(typical).toEqual([
    { request: whole, share: 0.8 },
    { request: half, share: 0.2 },
  ]);
});

test("one pod short of 95 %, the next request counts too", () => {
  const { typical } = workloadMix([...times(whole, 76), ...times(half, 18), ...times(none, 6)]);
  expect(typical.map(({ share }) => share)).toEqual([0.76, 0.18, 0.06]);
});

test("memory makes no request of its own; the model and the amount do", () => {
  const requests = [whole, { ...whole, memoryMiB: 9 }, { ...whole, models: ["T4"] }, half];
  expect(workloadMix(requests).typical.map(({ share }) => share)).toEqual([0.5, 0.25, 0.25]);
});

test("without accelerators nothing goes with them", () => {
  expect(workloadMix([none])).toEqual({
    typical: [{ request: none, share: 1 }],
    cpuMilliPerGpu: 0,
    memoryMiBPerGpu: 0,
  });
});
