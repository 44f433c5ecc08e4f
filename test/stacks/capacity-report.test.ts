import { expect, test } from "vitest";
import type { CapacityOutcome } from "../../components/planning/capacity.ts";
import { answer, duration, type PoolReport, renderPoolReport } from "../../stacks/capacity-report.ts";

function makeOutcome(nodes: number, change: Partial<CapacityOutcome> = {}): CapacityOutcome {
  const figures: CapacityOutcome["figures"] = {
    teams: [
      {
        team: "red",
        jobs: 3,
        unfinished: 1,
        preemptions: 2,
        acceleratorHours: 10,
        lostAcceleratorHours: 1,
        meanSeconds: 30,
        p50Seconds: 20,
        p95Seconds: 120,
        maxSeconds: 7200,
      },
    ],
    offeredAcceleratorHours: 40.4,
    usedAcceleratorHours: 10,
    lostAcceleratorHours: 1,
    utilization: 0.2475,
  };
  return {
    nodes,
    accelerators: nodes * 8,
    quotas: [
      { team: "red", pool: "p", cohort: "c", accelerators: nodes * 8, borrowingLimit: 0, lendingLimit: 4 },
    ],
    figures,
    worstP95WaitSeconds: 120,
    meetsObjective: true,
    ...change,
  };
}

const report: PoolReport = {
  pool: "p",
  jobs: 3,
  p95WaitSeconds: 1800,
  notes: [],
  now: makeOutcome(3, { meetsObjective: false }),
  whatIf: undefined,
  plan: { chosen: makeOutcome(2), neighbours: [makeOutcome(1, { meetsObjective: false })], simulations: 5 },
};

/** Cells of each line. */
function cells(text: string): string[] {
  return text.split("\n").map((line) => line.trim().replaceAll(/ {2,}/g, " | "));
}

test("the whole report", () => {
  const columns = "nodes | accelerators | objective | worst p95 wait | utilization | hours paid | hours used";
  const same = "2 min | 24.8 % | 40 | 10 | 1 | 2 | 1";
  const team = "team | accelerators | borrowingLimit | lendingLimit | jobs | mean wait | p95 wait";
  expect(cells(renderPoolReport(report))).toEqual([
    "POOL p: 3 jobs; p95 wait of each team at most 30 min",
    "Pool p needs 2 nodes (16 accelerators), 1 node fewer than now: 24.8 % used, " +
      "40 accelerator-hours paid for.",
    "",
    `choice | ${columns} | hours lost | preemptions | never run`,
    `now | 3 | 24 | missed | ${same}`,
    `fewer | 1 | 8 | missed | ${same}`,
    `planned | 2 | 16 | met | ${same}`,
    "",
    "Quotas of the plan",
    `${team} | longest wait | preemptions | hours used`,
    "red | 16 | 0 | 4 | 3 | 30 s | 2 min | 2.0 h | 2 | 10",
  ]);
});

test("what the figures do not follow stands below them", () => {
  const told = cells(renderPoolReport({ ...report, notes: ["queueing.backend is not played"] }));
  expect(told.slice(-2)).toEqual(["", "Note: queueing.backend is not played"]);
});

test.each([
  { case: "more than now", now: makeOutcome(1), want: "1 node more than now" },
  { case: "fewer", now: makeOutcome(4), want: "2 nodes fewer than now" },
])("the answer tells how many nodes: $case", ({ now, want }) => {
  expect(answer({ ...report, now })).toContain(`(16 accelerators), ${want}:`);
});

test.each([
  { case: "the same", now: makeOutcome(2) },
  { case: "no quotas yet", now: undefined },
])("and nothing of a change where there is none: $case", ({ now }) => {
  expect(answer({ ...report, now })).toContain("(16 accelerators): 24.8 % used");
});

test.each([
  [0, "0 s"],
  [89.4, "89 s"],
  [90, "2 min"],
  [5399, "90 min"],
  [5400, "1.5 h"],
  [326_880, "90.8 h"],
])("%d seconds", (seconds, want) => {
  expect(duration(seconds)).toBe(want);
});
