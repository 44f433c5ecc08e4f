import { expect, test } from "vitest";
import type { SharingOutcome } from "../../components/planning/sharing-advice.ts";
import { renderSharing, type SharingReport, sharingRow } from "../../stacks/sharing-report.ts";

const outcome: SharingOutcome = {
  way: { mode: "mps", clients: 9 },
  accelerators: 4,
  isolation: { memory: true, fault: false, performance: false },
  figures: {
    meanSeconds: 30,
    p50Seconds: 0,
    p95Seconds: 120,
    maxSeconds: 600,
    smUtilization: 0.12345678,
    occupancy: 0.5,
    p95Slowdown: { notebook: 1.25, service: 1.5 },
    meanTurnaroundSeconds: 7200,
  },
  acceleratorHoursPerJob: 0.34125,
  usdPerJob: 2.3478,
  meetsObjective: true,
};

const report: SharingReport = {
  place: {
    accelerator: "nvidia-h100-80gb-sxm",
    pool: "h100",
    acceleratorsPerNode: 8,
    usdPerAcceleratorHour: 6.88,
    priceNote: "6.88 USD an hour",
  },
  p95WaitSeconds: 60,
  simulatedJobs: 1000,
  now: { ...sharingRow(outcome), meetsObjective: false },
  recommended: "mps, 9 clients",
  reason: "costs 33 % less than mig",
  possible: [sharingRow(outcome)],
  refused: [{ mode: "time-slicing", reason: "notebook needs memory isolation" }],
  notes: [],
};

test("figures of a mode, with its money and the kind that is slowed down most", () => {
  expect(sharingRow(outcome)).toEqual({
    mode: "mps, 9 clients",
    isolation: { memory: true, fault: false, performance: false },
    accelerators: 4,
    smUtilization: 0.1235,
    occupancy: 0.5,
    meanWaitSeconds: 30,
    p95WaitSeconds: 120,
    p95Slowdown: 1.5,
    acceleratorHoursPerJob: 0.3413,
    usdPerJob: 2.3478,
  });
  expect(sharingRow({ ...outcome, usdPerJob: undefined }).usdPerJob).toBeNull();
});

test("the advice as people read it", () => {
  const [row = ""] = renderSharing(report)
    .split("\n")
    .filter((line) => line.startsWith("  mps"));
  expect(row.trim().split(/ {2,}/)).toEqual([
    "mps, 9 clients",
    "memory",
    "4",
    "12.3 %",
    "50.0 %",
    "30 s",
    "2 min",
    "1.50",
    "0.341",
    "2.35",
  ]);
  expect(renderSharing(report).split("\n\n")[0]).toBe(
    "SHARING pool h100, nvidia-h100-80gb-sxm: 1000 jobs; of twenty at most one waits longer than 60 s",
  );
  expect(renderSharing(report)).toContain(
    "Not possible\n  mode          reason\n  time-slicing  notebook needs",
  );
});

test("money of a job that costs less than a dollar has parts of a cent", () => {
  const cheap = { ...report, possible: [sharingRow({ ...outcome, usdPerJob: 0.01234 })] };
  expect(renderSharing(cheap)).toMatch(/ 0\.0123$/m);
});

test("the pool as it is, in a sentence", () => {
  expect(renderSharing(report).split("\n\n")[2]).toBe(
    "Now: mps, 9 clients, 4 accelerators, 2.35 USD a job; misses what is asked: of twenty jobs at most one" +
      " waits longer than 2 min or is slowed down more than 1.50 times.",
  );
  const unable = { ...report, now: { unknown: "its nodes have several MIG layouts" } };
  expect(renderSharing(unable)).toContain("\n\nNow: its nodes have several MIG layouts.\n\n");
});

test("no advice, no modes, no price", () => {
  const place = { ...report.place, pool: undefined, usdPerAcceleratorHour: null, priceNote: "none" };
  const empty = {
    ...report,
    place,
    now: null,
    recommended: null,
    reason: "nothing fits",
    possible: [],
    refused: [],
  };
  expect(renderSharing({ ...empty, notes: ["Note: few."] })).toBe(
    [
      "SHARING nvidia-h100-80gb-sxm: 1000 jobs; of twenty at most one waits longer than 60 s",
      "No advice: nothing fits.",
      "Price: none",
      "Note: few.",
    ].join("\n\n"),
  );
});
