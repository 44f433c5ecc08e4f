/** Worked by hand: 1.3 accelerators are free, half of the pods want a whole one, a quarter half of one. */
import { expect, test } from "vitest";
import type { FreeNode } from "../../../embedded/scheduler-extender/free-node.ts";
import { fragmentMilli, strandedMilli } from "../../../embedded/scheduler-extender/waste.ts";
import type { WorkloadMix } from "../../../embedded/scheduler-extender/workload-mix.ts";

const node: FreeNode = { model: "T4", cpuMilli: 8000, memoryMiB: 4096, gpuMilli: [1000, 300] };
const pod = { cpuMilli: 4000, memoryMiB: 1024, models: [] };
const mix: WorkloadMix = {
  typical: [
    { request: { ...pod, gpus: 1, gpuMilli: 1000 }, share: 0.5 },
    { request: { ...pod, gpus: 1, gpuMilli: 500 }, share: 0.25 },
    { request: { ...pod, gpus: 0, gpuMilli: 0 }, share: 0.25 },
  ],
  cpuMilliPerGpu: 8000,
  memoryMiBPerGpu: 2048,
};

test.each([
  // 0.5 * 300 + 0.25 * 300 + 0.25 * 1300
  { case: "what is too small for those that fit, all for those without accelerator", free: {}, want: 550 },
  // 0.5 * 1300 + 0.25 * 600 + 0.25 * 1300
  { case: "all for those that do not fit", free: { gpuMilli: [700, 600] }, want: 1300 * 0.75 },
  { case: "too small for anyone", free: { gpuMilli: [490, 300] }, want: 790 },
  { case: "no CPU for anyone", free: { cpuMilli: 3999 }, want: 1300 },
  { case: "nothing free", free: { gpuMilli: [0, 0] }, want: 0 },
])("fragments: $case", ({ free, want }) => {
  expect(fragmentMilli({ ...node, ...free }, mix)).toBe(want);
});

test("a pod that wants another model can use nothing", () => {
  const [first, ...others] = mix.typical;
  const request = { ...pod, gpus: 1, gpuMilli: 1000, models: ["A10"] };
  const other = { ...mix, typical: [{ share: first?.share ?? 0, request }, ...others] };
  // 0.5 * 1300 + 0.25 * 300 + 0.25 * 1300
  expect(fragmentMilli(node, other)).toBe(1050);
});

test.each([
  { case: "CPU and memory for all", free: { cpuMilli: 10_400 }, want: 0 },
  { case: "CPU for one", free: {}, want: 300 },
  { case: "CPU for half of one", free: { cpuMilli: 4000 }, want: 800 },
  { case: "memory for a quarter of one", free: { memoryMiB: 512 }, want: 1050 },
  { case: "no CPU", free: { cpuMilli: 0 }, want: 1300 },
  { case: "nothing free", free: { cpuMilli: 0, gpuMilli: [0, 0] }, want: 0 },
])("stranded: $case", ({ free, want }) => {
  expect(strandedMilli({ ...node, ...free }, mix)).toBe(want);
});

test("nothing is stranded for want of what no pod asks for", () => {
  expect(strandedMilli({ ...node, cpuMilli: 0 }, { ...mix, cpuMilliPerGpu: 0 })).toBe(0);
  expect(strandedMilli({ ...node, memoryMiB: 0 }, { ...mix, memoryMiBPerGpu: 0 })).toBe(300);
});
