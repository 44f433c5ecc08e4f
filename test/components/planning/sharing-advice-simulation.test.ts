import { expect, test } from "vitest";
import { h100 } from "../../../bench/support/sharing-mixes.ts";
import {
  type Arrival,
  arrivals,
  type JobKind,
  simulatePatience,
  simulateSharing,
} from "../../../components/planning/sharing-advice-simulation.ts";

const kind: JobKind = {
  name: "job",
  memoryGiB: 9,
  engineActive: 1,
  smActive: 0.1,
  dramActive: 0,
  needs: {},
  arrivalsPerHour: 2,
  meanDurationSeconds: 60,
};

/** So many jobs at once, each of a minute. */
function burst(count: number, change: Partial<JobKind> = {}): Arrival[] {
  const jobs = { ...kind, ...change };
  return Array.from({ length: count }, () => ({ kind: jobs, atSeconds: 0, workSeconds: 60 }));
}

const [slice] = h100.slices;
if (!slice) throw new Error("no slices");

const partitions = { mode: "dra-partitions", slices: h100.slices } as const;
const shares = { mode: "dra-shares", clients: 8, memoryGiB: h100.memoryGiB } as const;

test.each([
  { case: "one after the other on one", mode: { mode: "dedicated" }, want: [60, 90] },
  { case: "at once in two slices", mode: { mode: "mig", layout: [slice, slice] }, want: [0, 60] },
  { case: "at once and slower as MPS clients", mode: { mode: "mps", clients: 2 }, want: [0, 60 / 0.925] },
  {
    case: "at once and more than twice as slow in time slices",
    mode: { mode: "time-slicing", clients: 2 },
    want: [0, 120 / 0.85],
  },
] as const)("two jobs run $case", ({ mode, want }) => {
  const { maxSeconds, meanTurnaroundSeconds } = simulateSharing(mode, 1, burst(2));
  expect(maxSeconds).toBeCloseTo(want[0], 5);
  expect(meanTurnaroundSeconds).toBeCloseTo(want[1], 1);
});

test("who is alone again is as fast as before", () => {
  const [long, short] = burst(2);
  const jobs = [long, short && { ...short, workSeconds: 0.925 }].filter((job) => job !== undefined);
  const { meanTurnaroundSeconds } = simulateSharing({ mode: "mps", clients: 2 }, 1, jobs);
  // The short one takes a second; the long one loses 0.075 seconds in it.
  expect(meanTurnaroundSeconds).toBeCloseTo((1 + 60.075) / 2, 2);
});

test.each([
  { case: "partitions of a card run at once", way: partitions, count: 7, want: 0 },
  { case: "but no more than there are places", way: partitions, count: 8, want: 60 },
  { case: "shares run at once as far as the memory goes", way: shares, count: 8, want: 0 },
] as const)("claims: $case", ({ way, count, want }) => {
  const { maxSeconds } = simulateSharing(way, 1, burst(count));
  expect(maxSeconds).toBe(want);
});

test.each([
  { case: "one in twenty may wait longer", jobs: 20, waitSeconds: 18 * 60, want: true },
  { case: "two may not", jobs: 20, waitSeconds: 18 * 60 - 1, want: false },
  { case: "of nineteen none may", jobs: 19, waitSeconds: 18 * 60, want: true },
  { case: "so that the last decides", jobs: 19, waitSeconds: 18 * 60 - 1, want: false },
])("patience: $case", ({ jobs, waitSeconds, want }) => {
  // They run one after the other, a minute each.
  const arriving = burst(jobs);
  const found = simulatePatience({ mode: "dedicated" }, 1, arriving, waitSeconds);
  expect(found).toEqual(want ? simulateSharing({ mode: "dedicated" }, 1, arriving) : undefined);
});

test("a claim for which there is no room lets later and smaller ones pass", () => {
  const [whole] = burst(1, { name: "whole", memoryGiB: 70 });
  const small = burst(2);
  const jobs = [small[0], whole, small[1]].filter((job) => job !== undefined);
  const { maxSeconds, p50Seconds } = simulateSharing(partitions, 1, jobs);
  expect([maxSeconds, p50Seconds]).toEqual([60, 0]);
});

test("clients spread over the accelerators before they share one", () => {
  const { p95Slowdown } = simulateSharing({ mode: "time-slicing", clients: 4 }, 2, burst(2));
  expect(p95Slowdown.job).toBeCloseTo(1, 10);
});

test("each kind asks for its own slices", () => {
  const layout = h100.slices.filter(({ profile }) => profile === "1g.10gb" || profile === "3g.40gb");
  const jobs = [...burst(2), ...burst(1, { name: "large", memoryGiB: 30 })];
  const { maxSeconds, p95Seconds, occupancy } = simulateSharing({ mode: "mig", layout }, 1, jobs);
  expect([maxSeconds, p95Seconds]).toEqual([60, 60]);
  expect(occupancy).toBeCloseTo(0.75, 5);
});

test("the multiprocessors' use is the work by the time of all accelerators", () => {
  const { smUtilization, occupancy } = simulateSharing({ mode: "dedicated" }, 2, burst(2));
  expect([smUtilization, occupancy]).toEqual([0.1, 1]);
});

test("arrivals come as often as their kinds say, and are the same for the same seed", () => {
  const kinds = [kind, { ...kind, name: "rare", arrivalsPerHour: 0.5 }];
  const found = arrivals(kinds, 20_000, 1);
  expect(found).toEqual(arrivals(kinds, 20_000, 1));
  const rare = found.filter((arrival) => arrival.kind.name === "rare").length;
  expect(rare / 20_000).toBeCloseTo(0.2, 2);
  expect((found.at(-1)?.atSeconds ?? 0) / 20_000 / 3600).toBeCloseTo(1 / 2.5, 2);
});
