/** Each policy on nodes where the others would choose differently. */
import { expect, test } from "vitest";
import { policies } from "../../../../bench/support/openb/policies.ts";
import { SeededRandom } from "../../../../bench/support/openb/seeded-random.ts";
import type { FreeNode, PodRequest } from "../../../../embedded/scheduler-extender/free-node.ts";
import type { WorkloadMix } from "../../../../embedded/scheduler-extender/workload-mix.ts";

const half: PodRequest = { cpuMilli: 4000, memoryMiB: 1024, gpus: 1, gpuMilli: 500, models: [] };
const whole: PodRequest = { ...half, gpuMilli: 1000 };
const mix: WorkloadMix = {
  typical: [
    { request: whole, share: 0.5 },
    { request: half, share: 0.5 },
  ],
  cpuMilliPerGpu: 8000,
  memoryMiBPerGpu: 2048,
};
const node: FreeNode = { model: "T4", cpuMilli: 32_000, memoryMiB: 65_536, gpuMilli: [1000, 600, 500] };

function evaluate(name: string, free: FreeNode, request: PodRequest) {
  return policies(mix, new SeededRandom(42))
    .find((policy) => policy.name === name)
    ?.evaluate(free, request);
}

test("BestFit: percent of the largest node that is used, the tightest accelerator", () => {
  // 28 of 128 cores and 1.6 of 8 accelerators are left: 1 - (0.21875 + 0.2) / 2.
  expect(evaluate("BestFit", node, half)).toMatchObject({ score: 79, devices: [2] });
});

test("FGD: percent of a sigmoid of the fragments that go away", () => {
  // Before, half of the pods can use neither 600 nor 500. On 500: 250 less; on 600: 300 less, but 100 more.
  expect(evaluate("FGD", node, half)).toMatchObject({ score: 56, devices: [2] });
  // 250 less make 56.2 %, 500 more make 37.8 %.
  expect(evaluate("FGD", { ...node, gpuMilli: [1000] }, half)).toMatchObject({ score: 43, devices: [0] });
});

test("Random: any accelerator that fits, all nodes alike", () => {
  const chosen = Array.from({ length: 30 }, (_, seed) =>
    policies(mix, new SeededRandom(seed))[0]?.settle?.(node, half),
  );
  expect(new Set(chosen.map((placed) => placed?.devices[0]))).toEqual(new Set([0, 1, 2]));
  expect(evaluate("Random", node, half)?.score).toBe(0);
  expect(evaluate("Random", { ...node, gpuMilli: [500] }, half)?.score).toBe(0);
});

test.each(["Random", "BestFit", "FGD", "waste"])("%s: no placement without room", (name) => {
  expect(evaluate(name, node, { ...half, cpuMilli: 32_001 })).toBeUndefined();
});
