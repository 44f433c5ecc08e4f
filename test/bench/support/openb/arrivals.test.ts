import { expect, test } from "vitest";
import { arrivals, askedMilli } from "../../../../bench/support/openb/arrivals.ts";
import { SeededRandom } from "../../../../bench/support/openb/seeded-random.ts";
import type { FreeNode, PodRequest } from "../../../../embedded/scheduler-extender/free-node.ts";

const node: FreeNode = {
  model: "T4",
  cpuMilli: 1,
  memoryMiB: 1,
  gpuMilli: Array.from({ length: 10 }, () => 1000),
};
const half: PodRequest = { cpuMilli: 1, memoryMiB: 1, gpus: 1, gpuMilli: 500, models: [] };
const none: PodRequest = { ...half, gpus: 0, gpuMilli: 0 };
const eight: PodRequest = { ...half, gpus: 8, gpuMilli: 1000 };

function arriving(pods: readonly PodRequest[], seed = 42): PodRequest[] {
  return arrivals(pods, [node], new SeededRandom(seed));
}

test("a list that asks for less is extended to 130 % of the cluster", () => {
  const pods = [half, half, none];
  const all = arriving(pods);
  expect(askedMilli(all)).toBe(13_000);
  expect(all.slice(0, 3).filter((pod) => pod === half).length).toBe(2);
});

test("a list that asks for more loses pods until it does not", () => {
  const pods = Array.from({ length: 40 }, () => half);
  expect(askedMilli(arriving(pods))).toBe(13_000);
  expect(arriving(pods).length).toBe(26);
});

test("the draw stops by the amount of one accelerator of a pod, as published", () => {
  // 8 are asked for, the second pod of 8 passes 13, a third does not come: 1 more than 16 is more than 13.
  expect(askedMilli(arriving([eight]))).toBe(16_000);
});

test("the order is the seed's", () => {
  const pods = [half, none, half, none, half, none, half, none];
  expect(arriving(pods, 1)).toEqual(arriving(pods, 1));
  expect(arriving(pods, 1)).not.toEqual(arriving(pods, 2));
});

test("a list without accelerators is refused: it would never end", () => {
  expect(() => arriving([none])).toThrow("No pod of the list asks for an accelerator.");
});
