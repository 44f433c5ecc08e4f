import { describe, expect, test } from "vitest";
import { seededRandom } from "../../../../components/planning/random.ts";
import { heldBetween } from "../../../../components/planning/simulation/queue-figures.ts";
import {
  type SimulationOptions,
  simulateQueues,
} from "../../../../components/planning/simulation/queue-simulation.ts";
import type { SimulatedJob } from "../../../../components/planning/simulation/workload.ts";
import { makeJob, makeOptions, makeQueue } from "../../../support/simulated-jobs.ts";

/** By job: its runs as "start-end", in the order of submission. */
function runsOf(jobs: readonly Partial<SimulatedJob>[], change: Partial<SimulationOptions> = {}) {
  const { workloads } = simulateQueues({ ...makeOptions(change), jobs: jobs.map(makeJob) });
  return Object.fromEntries(
    workloads.map(({ job, runs }) => [
      job.name,
      runs.map(({ startSeconds, endSeconds }) => `${startSeconds}-${endSeconds}`).join(", "),
    ]),
  );
}

describe("jobs over time", () => {
  test("one that ends makes room at that instant", () => {
    const jobs = [
      { name: "a" },
      { name: "b" },
      { name: "c", submittedSeconds: 20 },
      { name: "d", submittedSeconds: 30 },
    ];
    expect(runsOf(jobs)).toEqual({ a: "0-100", b: "0-100", c: "100-200", d: "100-200" });
  });

  test("they may be listed in any order", () => {
    const jobs = [{ name: "late", submittedSeconds: 50 }, { name: "early" }];
    expect(runsOf(jobs)).toEqual({ early: "0-100", late: "50-150" });
  });

  test("a preempted one starts over, after its pods have gone", () => {
    const jobs = [
      { name: "low", priority: 100, nodes: 2 },
      { name: "high", priority: 1000, submittedSeconds: 40, durationSeconds: 10 },
    ];
    expect(runsOf(jobs)).toEqual({ low: "0-40, 50-150", high: "40-50" });
    expect(runsOf(jobs, { terminationSeconds: 5 })).toEqual({ low: "0-45, 55-155", high: "45-55" });
    expect(runsOf(jobs, { checkpointSeconds: 15 })).toEqual({ low: "0-40, 50-120", high: "40-50" });
  });

  test("one that its queue can never hold waits for ever, and does not hold up others", () => {
    expect(runsOf([{ name: "huge", nodes: 3 }, { name: "a" }])).toEqual({ huge: "", a: "0-100" });
  });

  test("one whose team has no queue is told apart", () => {
    const jobs = [makeJob({ team: "blue" }), makeJob({ pool: "other" })];
    const { workloads, unqueued } = simulateQueues({ ...makeOptions(), jobs });
    expect([workloads, unqueued]).toEqual([[], jobs]);
  });

  test("pools do not wait for each other", () => {
    const pools = ["p", "q"].map((name) => ({
      ...makeOptions().pools[0],
      name,
    })) as SimulationOptions["pools"];
    const queues = pools.map(({ name }) => makeQueue({ pool: name, accelerators: 8 }));
    const jobs = [{ name: "a" }, { name: "b" }, { name: "c", pool: "q" }];
    expect(runsOf(jobs, { pools, queues })).toEqual({ a: "0-100", b: "100-200", c: "0-100" });
  });

  test("it stops where it is told to", () => {
    const jobs = [makeJob(), makeJob({ name: "b", submittedSeconds: 50 })];
    const { workloads, lastSeconds } = simulateQueues({ ...makeOptions(), jobs, untilSeconds: 60 });
    expect([lastSeconds, workloads.map(({ state }) => state)]).toEqual([60, ["running", "running"]]);
  });

  test("no jobs take no time", () => {
    expect(simulateQueues({ ...makeOptions(), jobs: [] })).toMatchObject({ firstSeconds: 0, lastSeconds: 0 });
  });
});

/**
 * A thousand jobs that all wait from the beginning, of teams that own nothing and borrow everything. Measured
 * is what each team held from the start until the first team has no job left that waits, lost work included:
 * its part of what all held, by the part of its weight.
 */
function deviations(row: {
  readonly weights: readonly number[];
  readonly sizes: readonly number[];
  readonly nodes: number;
  readonly onNodes: boolean;
  readonly fairSharing: boolean;
  readonly seed: number;
}): number[] {
  const random = seededRandom(row.seed);
  const teams = row.weights.map((_, index) => `team-${index}`);
  const total = row.nodes * 8;
  const queues = row.weights.map((fairSharingWeight, index) =>
    makeQueue({ team: `team-${index}`, accelerators: 0, borrowingLimit: total, fairSharingWeight }),
  );
  const jobs = Array.from({ length: 1000 }, (_, index) => {
    const size = row.sizes[random.below(row.sizes.length)] ?? 0;
    return makeJob({
      name: `job-${index}`,
      team: teams[index % teams.length] ?? "",
      nodes: Math.max(1, size / 8),
      acceleratorsPerNode: Math.min(8, size),
      durationSeconds: Math.ceil(random.exponential(3600)),
    });
  });
  const { workloads } = simulateQueues({
    ...makeOptions({
      pools: [{ name: "p", nodes: row.nodes, acceleratorsPerNode: 8, nodesPerRack: 2, racksPerBlock: 4 }],
      queues: [...queues, makeQueue({ team: "lender", accelerators: total })],
      fairSharing: row.fairSharing,
      nodes: row.onNodes,
      terminationSeconds: 30,
    }),
    jobs,
  });
  const lastStarts = teams.map((team) =>
    Math.max(
      ...workloads.filter(({ job }) => job.team === team).map(({ runs }) => runs.at(-1)?.startSeconds ?? 0),
    ),
  );
  const held = heldBetween(workloads, 0, Math.min(...lastStarts));
  const all = Object.values(held).reduce((sum, seconds) => sum + seconds, 0);
  const weight = row.weights.reduce((sum, each) => sum + each, 0);
  return row.weights.map((each, index) => (held[`team-${index}`] ?? 0) / all / (each / weight) - 1);
}

const largest = (numbers: readonly number[]) => Math.max(...numbers.map(Math.abs));

describe("long-run shares of a thousand jobs", () => {
  const fair = { fairSharing: true, onNodes: true };
  test.each([
    { case: "1 to 1, whole nodes", weights: [1, 1], sizes: [8], nodes: 8, ...fair },
    { case: "1 to 2, whole nodes", weights: [1, 2], sizes: [8], nodes: 12, ...fair },
    { case: "1 to 2 to 4, whole nodes", weights: [1, 2, 4], sizes: [8], nodes: 14, ...fair },
    { case: "1 to 3 to 5 to 7, whole nodes", weights: [1, 3, 5, 7], sizes: [8], nodes: 16, ...fair },
    {
      case: "1 to 2 to 4, gangs of one and two nodes",
      weights: [1, 2, 4],
      sizes: [8, 16],
      nodes: 28,
      ...fair,
    },
    {
      case: "2 to 3, from one accelerator to two nodes",
      weights: [2, 3],
      sizes: [1, 2, 4, 8, 16],
      nodes: 30,
      ...fair,
    },
    {
      case: "1 to 2 to 4, parts of a node, by quota",
      weights: [1, 2, 4],
      sizes: [1, 2, 4, 8],
      nodes: 28,
      fairSharing: true,
      onNodes: false,
    },
  ])("are within 5 % of the weights: $case", (row) => {
    for (const seed of [1, 2, 3]) expect(largest(deviations({ ...row, seed }))).toBeLessThanOrEqual(0.05);
  });

  test("without fair sharing they are far from them", () => {
    const row = { weights: [1, 2, 4], sizes: [8], nodes: 14, onNodes: true, fairSharing: false, seed: 1 };
    expect(largest(deviations(row))).toBeGreaterThan(1);
  });

  test("small jobs that scatter over nodes keep larger ones out, and the shares suffer", () => {
    const row = {
      weights: [1, 2, 4],
      sizes: [1, 2, 4, 8],
      nodes: 28,
      onNodes: true,
      fairSharing: true,
      seed: 3,
    };
    expect(largest(deviations(row))).toBeGreaterThan(0.2);
  });

  test("and they are the same in every run", () => {
    const row = { weights: [2, 3], sizes: [1, 2, 4, 8, 16], nodes: 30, ...fair, seed: 1 };
    expect(deviations(row)).toEqual(deviations(row));
  });
});
