import { expect, test } from "vitest";
import { NodeBoard } from "../../../../components/planning/simulation/node-board.ts";
import { type Preemptor, reclaimVictims } from "../../../../components/planning/simulation/preemption.ts";
import { makeRunning, type RunningQueue } from "../../../support/running-queues.ts";

/** Whom a new job of team red preempts without fair sharing. */
function victims(queues: readonly RunningQueue[], job: Parameters<typeof makeRunning>[1] = {}): string[] {
  const { preemptor, usages } = makeRunning(queues, job);
  const before = usages();
  const found = reclaimVictims(preemptor).map(({ workload, reason }) => `${workload.job.name} ${reason}`);
  // A question changes nothing.
  expect(usages()).toEqual(before);
  return found;
}

const own = "InClusterQueue";
const cohort = "InCohortReclamation";
const blue = { team: "blue", accelerators: 8, borrowingLimit: 32 };

test.each([
  {
    case: "nobody of equal priority in its own queue",
    queues: [{ runs: [{ name: "a" }, { name: "b" }] }],
    want: [],
  },
  {
    case: "the lowest priority of its own queue, the newest of those",
    queues: [
      {
        runs: [
          { name: "a", priority: 100 },
          { name: "b", priority: 100 },
        ],
      },
    ],
    want: [`b ${own}`],
  },
  {
    case: "what another borrowed, the lowest priority first, the newest of those",
    queues: [{}, { ...blue, runs: [{ name: "a" }, { name: "b", priority: 1000 }, { name: "c" }] }],
    want: [`c ${cohort}`],
  },
  {
    case: "of another only what it borrowed, not what it owns",
    queues: [{}, { ...blue, runs: [{ name: "a" }, { name: "b" }, { name: "c" }] }],
    job: { nodes: 2 },
    want: [`c ${cohort}`, `b ${cohort}`],
  },
  {
    case: "nobody if what it may take is not enough",
    queues: [{ runs: [{ name: "a" }] }, { ...blue, accelerators: 16, runs: [{ name: "b" }, { name: "c" }] }],
    job: { nodes: 2 },
    want: [],
  },
  {
    case: "nobody of another for a job beyond its own quota",
    queues: [
      { borrowingLimit: 8, runs: [{ name: "a" }, { name: "b" }] },
      { ...blue, runs: [{ name: "c" }, { name: "d" }] },
    ],
    want: [],
  },
  {
    case: "its own lower ones instead, if that brings it inside its quota",
    queues: [{ runs: [{ name: "a", priority: 100 }, { name: "b" }] }, { ...blue, runs: [{ name: "c" }] }],
    want: [`a ${own}`],
  },
  {
    case: "none more than it needs: who was taken first and is not needed stays",
    queues: [
      {},
      {
        ...blue,
        runs: [
          { name: "large", nodes: 3 },
          { name: "small", acceleratorsPerNode: 4 },
        ],
      },
    ],
    job: { nodes: 2 },
    want: [`large ${cohort}`],
  },
])("takes $case", ({ queues, job, want }) => {
  expect(victims(queues, job)).toEqual(want);
});

test("nodes count as well as quota: who stands in the way goes, not who is newest", () => {
  const board = new NodeBoard({
    name: "p",
    nodes: 2,
    acceleratorsPerNode: 8,
    nodesPerRack: 2,
    racksPerBlock: 4,
  });
  const { preemptor, workloads } = makeRunning([
    {
      accelerators: 16,
      runs: [
        { name: "a", priority: 100, acceleratorsPerNode: 4 },
        { name: "b", acceleratorsPerNode: 4 },
        { name: "c", priority: 100, acceleratorsPerNode: 4 },
      ],
    },
  ]);
  for (const [index, node] of [0, 0, 1].entries()) {
    const workload = workloads[index];
    if (!workload) continue;
    workload.placement = [{ node, pods: 1 }];
    board.occupy(workload.placement, 4, 1);
  }
  const onNodes: Preemptor = { ...preemptor, board };
  expect(reclaimVictims(onNodes).map(({ workload }) => workload.job.name)).toEqual(["c"]);
});

test("who leaves anyway is taken first", () => {
  const { preemptor, workloads } = makeRunning([
    {
      runs: [
        { name: "a", priority: 100 },
        { name: "b", priority: 100 },
      ],
    },
  ]);
  workloads[0]?.preempt(1, "InClusterQueue", 0);
  expect(reclaimVictims(preemptor).map(({ workload }) => workload.job.name)).toEqual(["a"]);
});
