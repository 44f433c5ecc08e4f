import { expect, test } from "vitest";
import type { SharingOutcome } from "../../components/planning/sharing-advice-outcome.ts";
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
  instruction: {
    sharing: { mode: "mps", replicas: 9 },
    nodes: { needed: 1, present: 4 },
    jobs: { notebook: { gpuMemoryGiB: 8 } },
  },
  possible: [{ ...sharingRow(outcome), settings: 8 }],
  refused: [{ mode: "time-slicing", reason: "notebook needs memory isolation" }],
  leftOut: [
    { mode: "mig", settings: 57, example: "mig, 2 x 1g.10gb", allowed: "one size", remedy: "choose one" },
    { mode: "mps", settings: 1, example: "mps, 14 clients", allowed: "2 to 13", remedy: "lower it" },
  ],
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
    "8",
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
    "SHARING pool h100, nvidia-h100-80gb-sxm: 1000 simulated jobs; at most 1 in 20 may wait longer than 60 s",
  );
  expect(renderSharing(report)).toContain(
    "Not possible\n  mode          reason\n  time-slicing  notebook needs",
  );
});

test("money of a job that costs less than a dollar has parts of a cent", () => {
  const cheap = { ...report, possible: [{ ...sharingRow({ ...outcome, usdPerJob: 0.01234 }), settings: 8 }] };
  expect(renderSharing(cheap)).toMatch(/ 0\.0123$/m);
});

test("what to write for it, as a stack file has it", () => {
  expect(renderSharing(report).split("\n\n")[2]).toBe(
    [
      "The pool says  sharing: { mode: mps, replicas: 9 }",
      "Jobs say       { name: notebook, acceleratorsPerNode: 1, gpuMemoryGiB: 8 }",
      "It needs       1 node; the pool has 4",
    ].join("\n"),
  );
  const elsewhere = { sharing: null, nodes: null, jobs: { notebook: {} } };
  expect(renderSharing({ ...report, instruction: elsewhere }).split("\n\n")[2]).toMatch(/^Now: /);
});

test("settings that are left out, with the way out", () => {
  expect(renderSharing(report)).toContain(
    [
      "\n\nLeft out, since the platform would be refused with them",
      "  57 settings of mig, such as mig, 2 x 1g.10gb; allowed: one size; way out: choose one",
      "  mps, 14 clients; allowed: 2 to 13; way out: lower it\n\n",
    ].join("\n"),
  );
});

test("the pool as it is, in a sentence", () => {
  expect(renderSharing(report).split("\n\n")[3]).toBe(
    "Now: mps, 9 clients on 4 accelerators, 2.35 USD a job, misses what is asked: 19 of 20 jobs wait 2 min" +
      " or less and take at most 1.50 times as long as alone.",
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
    instruction: null,
    possible: [],
    refused: [],
    leftOut: [],
  };
  expect(renderSharing({ ...empty, notes: ["Note: few."] })).toBe(
    [
      "SHARING nvidia-h100-80gb-sxm: 1000 simulated jobs; at most 1 in 20 may wait longer than 60 s",
      "No advice: nothing fits.",
      "Price: none",
      "Note: few.",
      "Nothing was measured: jobs are simulated, with losses from public reports (docs/sharing-advice.md).",
    ].join("\n\n"),
  );
});
