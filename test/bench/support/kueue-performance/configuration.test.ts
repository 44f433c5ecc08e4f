/** What a set asks for, counted by hand. */
import { expect, test } from "vitest";
import {
  coresOf,
  neededCoreMilliseconds,
  type PerformanceSet,
  workloadCount,
} from "../../../../bench/support/kueue-performance/configuration.ts";

const workload = {
  className: "small",
  runtimeMs: 200,
  priority: 50,
  request: "500m",
  podCount: 2,
  sliceSize: 1,
};
const queues: PerformanceSet["generator"]["cohorts"][number]["queuesSets"][number] = {
  className: "cq",
  count: 6,
  nominalQuota: 20,
  borrowingLimit: 100,
  reclaimWithinCohort: "Any",
  withinClusterQueue: "LowerPriority",
  workloadsSets: [
    { count: 100, creationIntervalMs: 100, workloads: [workload] },
    {
      count: 10,
      creationIntervalMs: 100,
      workloads: [workload, { ...workload, runtimeMs: 1_000, request: "20", podCount: 1 }],
    },
  ],
};
const set: PerformanceSet = {
  generator: {
    cohorts: [
      {
        className: "cohort",
        count: 5,
        queuesSets: [queues],
      },
    ],
  },
  thresholds: {
    cmd: { maxWallMs: 1 },
    clusterQueueClassesMinUsage: {},
    wlClassesMaxAvgTimeToAdmissionMs: {},
  },
};

test("workloads, and the cores that they run on by how long", () => {
  expect(workloadCount(set)).toBe(5 * 6 * 120);
  // 110 run 200 ms on two halves of a core, ten 1,000 ms on 20 cores.
  expect(neededCoreMilliseconds(set)).toBe(5 * 6 * (110 * 200 + 10 * 20_000));
});

test.each([
  ["500m", 0.5],
  ["20", 20],
  ["2k", 2_000],
])("%s are %d cores", (quantity, cores) => {
  expect(coresOf(quantity)).toBe(cores);
});
