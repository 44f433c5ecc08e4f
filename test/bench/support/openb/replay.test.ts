/** Tiny clusters replayed by hand, and the published table where the trace is there. */
import { expect, test } from "vitest";
import { arrivals } from "../../../../bench/support/openb/arrivals.ts";
import { type Policy, policies } from "../../../../bench/support/openb/policies.ts";
import { publishedFigures } from "../../../../bench/support/openb/published.ts";
import { replay } from "../../../../bench/support/openb/replay.ts";
import { SeededRandom } from "../../../../bench/support/openb/seeded-random.ts";
import { readNodes, readPods, traceFiles } from "../../../../bench/support/openb/trace.ts";
import {
  type FreeNode,
  type PodRequest,
  placements,
} from "../../../../embedded/scheduler-extender/free-node.ts";
import { type WorkloadMix, workloadMix } from "../../../../embedded/scheduler-extender/workload-mix.ts";

const whole: PodRequest = { cpuMilli: 1000, memoryMiB: 1, gpus: 1, gpuMilli: 1000, models: [] };
const half: PodRequest = { ...whole, gpuMilli: 500 };
const node: FreeNode = { model: "T4", cpuMilli: 4000, memoryMiB: 64, gpuMilli: [1000, 1000] };
const mix: WorkloadMix = { typical: [{ request: whole, share: 1 }], cpuMilliPerGpu: 0, memoryMiBPerGpu: 0 };

const firstFit: Policy = {
  name: "first fit",
  tie: "first",
  evaluate: (free, request) => {
    const [first] = placements(free, request);
    return first && { ...first, score: 0 };
  },
};

test("what is allocated, rejected and fragmented after the last arrivals", () => {
  const pods = [half, whole, whole, whole, half];
  // Halves share the first accelerator, wholes take three; all four are full before the last whole one.
  expect(replay([node, node], [...pods, whole], firstFit, mix, new SeededRandom(1))).toMatchObject({
    arrivedPercent: 125,
    allocationPercent: 100,
    fragmentPercent: 0,
    rejectedPods: 1,
  });
  expect(replay([node, node], [half, whole], firstFit, mix, new SeededRandom(1))).toMatchObject({
    arrivedPercent: 37.5,
    allocationPercent: 37.5,
    fragmentPercent: 12.5,
    rejectedPods: 0,
  });
});

test("figures are means over the last whole percent of arrivals", () => {
  const cpuOnly = { ...whole, gpus: 0, gpuMilli: 0 };
  // The first pod makes it 50 %; the last asks for nothing and is one more arrival at 50 %.
  expect(replay([node], [whole, cpuOnly], firstFit, mix, new SeededRandom(1))).toMatchObject({
    arrivedPercent: 50,
    allocationPercent: 50,
  });
});

test("the best score wins, then the first node or any", () => {
  const rich = { ...node, cpuMilli: 8000 };
  const pods = [{ ...whole, cpuMilli: 5000 }];
  expect(replay([node, rich], pods, firstFit, mix, new SeededRandom(1)).rejectedPods).toBe(0);
  const mostCpu: Policy = {
    ...firstFit,
    evaluate: (free, request) => {
      const [first] = placements(free, request);
      return first && { ...first, score: free.cpuMilli };
    },
  };
  // The small pod goes to the rich node, so that the large one finds no room.
  expect(
    replay([node, rich], [{ ...whole, cpuMilli: 4000 }, ...pods], mostCpu, mix, new SeededRandom(1))
      .rejectedPods,
  ).toBe(1);
  expect(
    replay([node, rich], [{ ...whole, cpuMilli: 4000 }, ...pods], firstFit, mix, new SeededRandom(1))
      .rejectedPods,
  ).toBe(0);
});

function tryTrace(list: string) {
  try {
    return traceFiles(list);
  } catch {
    return undefined;
  }
}

/** Allocation of one order of arrival, and what was published for the policy. */
function replayTrace(list: string, name: string, publishedName: string) {
  const files = traceFiles(list);
  const [nodes, pods] = [readNodes(files.nodes), readPods(files.pods)];
  const mix = workloadMix(pods);
  const random = new SeededRandom(42);
  const arriving = arrivals(pods, nodes, random);
  const policy = policies(mix, random).find((one) => one.name === name) ?? firstFit;
  const { allocationPercent } = replay(random.shuffled(nodes), arriving, policy, mix, random);
  const published = publishedFigures(files.published, files.workload).get(publishedName);
  return { own: allocationPercent, published: published?.allocationPercent ?? Number.NaN };
}

test.skipIf(!tryTrace("default")).each([
  { name: "BestFit", publishedName: "05-BestFit" },
  { name: "FGD", publishedName: "06-FGD" },
])("the trace: $name agrees with its published figure to half a percent", ({ name, publishedName }) => {
  const { own, published } = replayTrace("default", name, publishedName);
  expect(Math.abs(own - published)).toBeLessThan(0.5);
});

test.each(["default", "gpushare40", "gpuspec33", "multigpu20"].filter(tryTrace))(
  "the trace: on list %s the project's score allocates more than was published for FGD",
  (list) => {
    const { own, published } = replayTrace(list, "waste", "06-FGD");
    expect(own).toBeGreaterThan(published);
  },
);
