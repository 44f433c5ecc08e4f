import { expect, test } from "vitest";
import {
  type FreeNode,
  freeGpuMilli,
  type PodRequest,
  placements,
  suits,
} from "../../../embedded/scheduler-extender/free-node.ts";

const node: FreeNode = {
  model: "T4",
  cpuMilli: 8000,
  memoryMiB: 16_384,
  gpuMilli: [1000, 300, 700, 300, 1000],
};
const pod: PodRequest = { cpuMilli: 2000, memoryMiB: 4096, gpus: 1, gpuMilli: 300, models: [] };

test("what is free adds up", () => {
  expect(freeGpuMilli(node)).toBe(3300);
  expect(freeGpuMilli({ ...node, gpuMilli: [] })).toBe(0);
});

test.each([
  { case: "a part of one accelerator", request: {}, want: true },
  { case: "all CPU that is free", request: { cpuMilli: 8000 }, want: true },
  { case: "more CPU than is free", request: { cpuMilli: 8001 }, want: false },
  { case: "memory does not count", request: { memoryMiB: 16_385 }, want: true },
  { case: "as many whole accelerators as are free", request: { gpus: 2, gpuMilli: 1000 }, want: true },
  { case: "one more", request: { gpus: 3, gpuMilli: 1000 }, want: false },
  { case: "one of several models", request: { models: ["A10", "T4"] }, want: true },
  { case: "another model", request: { models: ["A10"] }, want: false },
  { case: "a model, but no accelerator", request: { gpus: 0, gpuMilli: 0, models: ["A10"] }, want: true },
])("suits: $case", ({ request, want }) => {
  expect(suits(node, { ...pod, ...request })).toBe(want);
});

test.each([
  { case: "a part: once per different amount", request: {}, want: [[0], [1], [2]] },
  { case: "a part that only some can give", request: { gpuMilli: 301 }, want: [[0], [2]] },
  { case: "whole accelerators", request: { gpus: 2, gpuMilli: 1000 }, want: [[0, 4]] },
  { case: "parts of several: the tightest", request: { gpus: 3, gpuMilli: 200 }, want: [[1, 3, 2]] },
  { case: "none", request: { gpus: 0, gpuMilli: 0 }, want: [[]] },
  { case: "more memory than is free", request: { memoryMiB: 16_385 }, want: [] },
  { case: "more CPU than is free", request: { cpuMilli: 8001 }, want: [] },
])("places: $case", ({ request, want }) => {
  expect(placements(node, { ...pod, ...request }).map(({ devices }) => devices)).toEqual(want);
});

test("a placement takes accelerators, CPU and memory, and changes nothing else", () => {
  expect(placements(node, { ...pod, gpus: 2, gpuMilli: 1000 })[0]?.after).toEqual({
    model: "T4",
    cpuMilli: 6000,
    memoryMiB: 12_288,
    gpuMilli: [0, 300, 700, 300, 0],
  });
  expect(freeGpuMilli(node)).toBe(3300);
});
