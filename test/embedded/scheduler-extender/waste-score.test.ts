import { expect, test } from "vitest";
import type { FreeNode, PodRequest } from "../../../embedded/scheduler-extender/free-node.ts";
import { scorePlacement } from "../../../embedded/scheduler-extender/waste-score.ts";
import type { WorkloadMix } from "../../../embedded/scheduler-extender/workload-mix.ts";

const half: PodRequest = { cpuMilli: 4000, memoryMiB: 1024, gpus: 1, gpuMilli: 500, models: [] };
const whole: PodRequest = { ...half, gpuMilli: 1000 };
const cpuOnly: PodRequest = { ...half, gpus: 0, gpuMilli: 0 };
const mix: WorkloadMix = {
  typical: [
    { request: whole, share: 0.5 },
    { request: half, share: 0.5 },
  ],
  cpuMilliPerGpu: 8000,
  memoryMiBPerGpu: 2048,
};
const empty: FreeNode = { model: "T4", cpuMilli: 16_000, memoryMiB: 8192, gpuMilli: [1000, 1000] };

/** The name of the node that scores best. */
function best(request: PodRequest, nodes: Readonly<Record<string, FreeNode>>): string | undefined {
  const scores = Object.entries(nodes).map(([name, node]) => ({
    name,
    score: scorePlacement(node, request, mix)?.score ?? Number.NEGATIVE_INFINITY,
  }));
  return scores.sort((one, other) => other.score - one.score)[0]?.name;
}

test("no score without room", () => {
  expect(scorePlacement(empty, { ...whole, gpus: 3 }, mix)).toBeUndefined();
});

test("the other half of an accelerator that is in use: no whole one is broken", () => {
  const placed = scorePlacement({ ...empty, gpuMilli: [1000, 500] }, half, mix);
  // Half of the pods could not use the 500 that are gone now; 1000 stay free.
  expect(placed).toEqual({
    devices: [1],
    after: { ...empty, cpuMilli: 12_000, memoryMiB: 7168, gpuMilli: [1000, 0] },
    score: (500 * 0.5 - 0.025 * 1000) / 1000,
  });
});

const choices: readonly {
  case: string;
  request: PodRequest;
  nodes: Record<string, FreeNode>;
  want: string;
}[] = [
  {
    case: "a half goes where a half is left",
    request: half,
    nodes: { untouched: empty, halved: { ...empty, gpuMilli: [1000, 500] } },
    want: "halved",
  },
  {
    case: "among equals, the fullest",
    request: whole,
    nodes: {
      untouched: { ...empty, cpuMilli: 64_000 },
      half: { ...empty, cpuMilli: 64_000, gpuMilli: [0, 1000] },
    },
    want: "half",
  },
  {
    case: "CPU alone comes from where CPU is left over",
    request: cpuOnly,
    nodes: { balanced: empty, rich: { ...empty, cpuMilli: 32_000 } },
    want: "rich",
  },
  {
    case: "CPU alone comes from where no accelerator is free",
    request: cpuOnly,
    nodes: { free: { ...empty, cpuMilli: 18_000 }, full: { ...empty, gpuMilli: [0, 0] } },
    want: "full",
  },
  {
    case: "memory counts like CPU",
    request: cpuOnly,
    nodes: { short: { ...empty, cpuMilli: 64_000, memoryMiB: 4096 }, rich: { ...empty, cpuMilli: 64_000 } },
    want: "rich",
  },
];

test.each(choices)("$case", ({ request, nodes, want }) => {
  expect(best(request, nodes)).toBe(want);
});
