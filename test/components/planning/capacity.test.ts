import { describe, expect, test } from "vitest";
import { syntheticJobs } from "../../../bench/support/synthetic-jobs.ts";
import {
  evaluateCapacity,
  leastNodes,
  planCapacity,
  proportionalQuotas,
} from "../../../components/planning/capacity.ts";
import type { CapacityDemand } from "../../../components/planning/capacity-demand.ts";
import { borrowingProblems } from "../../../components/planning/cohort.ts";
import { capacityProblems, lendingProblems } from "../../../components/planning/quota.ts";
import { makeJob } from "../../support/simulated-jobs.ts";

const hour = 3600;

function makeDemand(change: Partial<CapacityDemand> = {}): CapacityDemand {
  return {
    pool: { name: "p", acceleratorsPerNode: 8, nodesPerRack: 2, racksPerBlock: 4 },
    teams: ["red", "blue"].map((team) => ({ team, cohort: "c", fairSharingWeight: 1 })),
    jobs: [],
    fairSharing: false,
    checkpointSeconds: 0,
    terminationSeconds: 30,
    ...change,
  };
}

/** So many jobs of a whole node and an hour, at once. */
function burst(count: number, team = "red", submittedSeconds = 0) {
  return Array.from({ length: count }, (_, index) =>
    makeJob({ name: `${team}-${index}-${submittedSeconds}`, team, submittedSeconds, durationSeconds: hour }),
  );
}

const teams = ["red", "blue"];
const busy = makeDemand({
  jobs: syntheticJobs({
    seed: 1,
    jobs: 400,
    teams,
    pool: "p",
    acceleratorsPerNode: 8,
    meanGapSeconds: 600,
    meanDurationSeconds: 7200,
  }),
});

describe("quotas in proportion to what teams used", () => {
  test.each([
    { case: "all to the only one", jobs: burst(3), nodes: 2, want: [16, 0] },
    { case: "half and half", jobs: [...burst(2), ...burst(2, "blue")], nodes: 2, want: [8, 8] },
    {
      case: "the larger remainder gets the last",
      jobs: [...burst(2), ...burst(1, "blue")],
      nodes: 1,
      want: [5, 3],
    },
    { case: "evenly when nobody used any", jobs: [], nodes: 1, want: [4, 4] },
  ])("$case", ({ jobs, nodes, want }) => {
    expect(proportionalQuotas(makeDemand({ jobs }), nodes).map(({ accelerators }) => accelerators)).toEqual(
      want,
    );
  });

  test("everybody may borrow what all others lend, and nothing is promised twice", () => {
    const { chosen } = planCapacity(busy, { p95WaitSeconds: hour });
    const quotas = chosen.quotas.map((quota, index) => ({ ...quota, path: ["quotas", index] }));
    const pool = { path: ["pools", 0], name: "p", nodes: chosen.nodes, acceleratorsPerNode: 8 };
    expect([capacityProblems([pool], quotas), borrowingProblems(quotas), lendingProblems(quotas)]).toEqual([
      [],
      [],
      [],
    ]);
    expect(quotas.reduce((sum, { accelerators }) => sum + accelerators, 0)).toBe(chosen.accelerators);
  });

  test("teams of different cohorts borrow nothing from each other", () => {
    const apart = makeDemand({
      jobs: [...burst(1), ...burst(1, "blue")],
      teams: teams.map((team) => ({ team, cohort: team, fairSharingWeight: 1 })),
    });
    expect(proportionalQuotas(apart, 2).map(({ borrowingLimit }) => borrowingLimit)).toEqual([0, 0]);
  });
});

describe("the least number of nodes", () => {
  test.each([
    { case: "one", jobs: burst(1), want: 1 },
    { case: "those of the largest gang", jobs: [makeJob({ nodes: 5 })], want: 5 },
    {
      case: "as many pods on a node as it holds",
      jobs: [makeJob({ nodes: 5, acceleratorsPerNode: 4 })],
      want: 3,
    },
    { case: "the average demand", jobs: [...burst(10), ...burst(1, "blue", hour)], want: 6 },
  ])("$case", ({ jobs, want }) => {
    expect(leastNodes(makeDemand({ jobs }))).toBe(want);
  });
});

describe("how many nodes are needed", () => {
  test.each([
    { case: "nobody waits: one for each", p95WaitSeconds: 0, want: 8 },
    { case: "an hour: half of them", p95WaitSeconds: hour, want: 4 },
    { case: "almost an hour is not enough for that", p95WaitSeconds: hour - 1, want: 8 },
    { case: "seven hours: the least", p95WaitSeconds: 7 * hour, want: 1 },
  ])("eight jobs at once, $case", ({ p95WaitSeconds, want }) => {
    const demand = makeDemand({
      jobs: [...burst(8), makeJob({ name: "late", submittedSeconds: 30 * hour })],
    });
    expect(planCapacity(demand, { p95WaitSeconds }).chosen.nodes).toBe(want);
  });

  test("fewer nodes miss the objective, the chosen number meets it, and more only idle more", () => {
    const { chosen, neighbours } = planCapacity(busy, { p95WaitSeconds: hour });
    const around = [...neighbours, chosen].sort((a, b) => a.nodes - b.nodes);
    expect(around.map(({ nodes, meetsObjective }) => [nodes - chosen.nodes, meetsObjective])).toEqual([
      [-2, false],
      [-1, false],
      [0, true],
      [1, true],
      [2, true],
    ]);
    expect(chosen.worstP95WaitSeconds).toBeLessThanOrEqual(hour);
    const used = around.map(({ figures }) => figures.utilization);
    expect(used).toEqual(used.toSorted((a, b) => b - a));
  });

  test("checkpoints need no more nodes, and lose less", () => {
    const without = planCapacity(busy, { p95WaitSeconds: hour }).chosen;
    const saving = planCapacity({ ...busy, checkpointSeconds: 900 }, { p95WaitSeconds: hour }).chosen;
    expect(saving.nodes).toBeLessThanOrEqual(without.nodes);
    const hoursLost = [saving, without].map(
      ({ figures }) => figures.lostAcceleratorHours / figures.usedAcceleratorHours,
    );
    expect(hoursLost[0]).toBeLessThan(hoursLost[1] ?? 0);
  });

  test("the same history gives the same plan", () => {
    expect(planCapacity(busy, { p95WaitSeconds: hour })).toEqual(
      planCapacity(busy, { p95WaitSeconds: hour }),
    );
  });
});

describe("what if", () => {
  const objective = { p95WaitSeconds: hour };

  test("a node less: the waits, the use and the price", () => {
    const demand = makeDemand({ jobs: burst(4) });
    const outcome = (nodes: number) => {
      const quotas = proportionalQuotas(demand, nodes);
      const { meetsObjective, worstP95WaitSeconds, figures } = evaluateCapacity(
        demand,
        { nodes, quotas },
        objective,
      );
      const { utilization, offeredAcceleratorHours } = figures;
      return { meetsObjective, worstP95WaitSeconds, utilization, offeredAcceleratorHours };
    };
    expect(outcome(4)).toEqual({
      meetsObjective: true,
      worstP95WaitSeconds: 0,
      utilization: 1,
      offeredAcceleratorHours: 32,
    });
    expect(outcome(3)).toEqual({
      meetsObjective: true,
      worstP95WaitSeconds: hour,
      utilization: 32 / 48,
      offeredAcceleratorHours: 48,
    });
    expect(outcome(1)).toMatchObject({ meetsObjective: false, worstP95WaitSeconds: 3 * hour });
  });

  test("another quota: a job that no longer fits is told, not waited for", () => {
    const demand = makeDemand({ jobs: [makeJob({ nodes: 2 })] });
    const quota = { team: "red", pool: "p", cohort: "c", accelerators: 8, borrowingLimit: 0 };
    const { meetsObjective, figures } = evaluateCapacity(demand, { nodes: 2, quotas: [quota] }, objective);
    expect([meetsObjective, figures.teams[0]?.unfinished]).toEqual([false, 1]);
  });
});
