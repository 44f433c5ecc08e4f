import { expect, test } from "vitest";
import { type DemandPool, demandJobs } from "../../../components/planning/capacity-demand.ts";
import type { TraceJob } from "../../../components/planning/trace.ts";

const pool: DemandPool = { name: "h100", acceleratorsPerNode: 8, nodesPerRack: 2, racksPerBlock: 4 };

const job: TraceJob = {
  line: 2,
  name: "a",
  team: "red",
  pool: "h100",
  accelerators: 8,
  fraction: 1,
  submittedSeconds: 60,
  durationSeconds: 100,
  priority: 500,
};

test.each([
  { case: "a node", change: {}, want: [1, 8] },
  { case: "part of a node", change: { accelerators: 3 }, want: [1, 3] },
  { case: "two nodes", change: { accelerators: 16 }, want: [2, 8] },
  { case: "evenly, not a full node and a half", change: { accelerators: 12 }, want: [2, 6] },
  {
    case: "more nodes, if the number does not divide otherwise",
    change: { accelerators: 22 },
    want: [11, 2],
  },
  { case: "the nodes that are asked for", change: { accelerators: 8, nodes: 4 }, want: [4, 2] },
  {
    case: "part of an accelerator is a whole one",
    change: { accelerators: 1, fraction: 0.25 },
    want: [1, 1],
  },
])("a job takes $case", ({ change, want }) => {
  const { jobs, problems } = demandJobs([{ ...job, ...change }], pool);
  expect(problems).toEqual([]);
  expect(jobs.map(({ nodes, acceleratorsPerNode }) => [nodes, acceleratorsPerNode])).toEqual([want]);
});

test("everything else is taken over, and jobs of other pools are left out", () => {
  const { jobs } = demandJobs([job, { ...job, name: "b", pool: "l40s" }], pool);
  expect(jobs).toEqual([
    {
      name: "a",
      team: "red",
      pool: "h100",
      nodes: 1,
      acceleratorsPerNode: 8,
      priority: 500,
      submittedSeconds: 60,
      durationSeconds: 100,
    },
  ]);
});

test("pods larger than a node are refused", () => {
  expect(demandJobs([{ ...job, accelerators: 32, nodes: 2 }], pool)).toEqual({
    jobs: [],
    problems: [
      {
        path: ["line 2", "nodes"],
        given: "32 accelerators on 2 nodes",
        allowed: "at most 8 on each node of pool h100",
        remedy: "mend the line, or plan with larger nodes",
      },
    ],
  });
});
