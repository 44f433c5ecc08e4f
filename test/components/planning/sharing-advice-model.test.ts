import { describe, expect, test } from "vitest";
import { migGeometries } from "../../../components/catalogue/mig-profiles.ts";
import {
  type JobProfile,
  migParts,
  migSpeed,
  mpsSpeeds,
  timeSlicedSpeeds,
} from "../../../components/planning/sharing-advice-model.ts";

/** Keeps the whole accelerator busy all the time. */
const full: JobProfile = { memoryGiB: 10, engineActive: 1, smActive: 1, dramActive: 0 };
/** Always on the accelerator, but on a tenth of it. */
const narrow: JobProfile = { ...full, smActive: 0.1 };
/** On the accelerator half of the time. */
const half: JobProfile = { ...full, engineActive: 0.5, smActive: 0.5 };
const idle: JobProfile = { ...full, engineActive: 0, smActive: 0 };

const rounded = (speeds: readonly number[]) => speeds.map((speed) => Number(speed.toFixed(3)));

describe("alone, nobody is slowed down", () => {
  test.each([full, narrow, half, idle])("%o", (job) => {
    expect([timeSlicedSpeeds([job]), mpsSpeeds([job], 1)]).toEqual([[1], [1]]);
  });
});

test.each([
  {
    case: "two full jobs share its time, less what switching costs",
    jobs: [full, full],
    want: [0.425, 0.425],
  },
  { case: "narrow ones too: only one runs at a time", jobs: [narrow, narrow], want: [0.425, 0.425] },
  { case: "four in turn", jobs: [full, full, full, full], want: [0.212, 0.212, 0.212, 0.212] },
  { case: "half-idle ones find it free more often", jobs: [half, half], want: [0.677, 0.677] },
  { case: "one that never uses it slows nobody but by switching", jobs: [full, idle], want: [0.85, 1] },
])("time-slicing: $case", ({ jobs, want }) => {
  expect(rounded(timeSlicedSpeeds(jobs))).toEqual(want);
});

test.each([
  { case: "two full jobs halve it", jobs: [full, full], clients: 2, want: [0.463, 0.463] },
  { case: "narrow ones run side by side", jobs: [narrow, narrow], clients: 2, want: [0.925, 0.925] },
  {
    case: "up to the width of the accelerator",
    jobs: new Array(20).fill(narrow),
    clients: 20,
    want: new Array(20).fill(0.463),
  },
  {
    case: "a full one has its part, also while nobody else is there",
    jobs: [full],
    clients: 4,
    want: [0.25],
  },
  { case: "which slows only its time on the accelerator", jobs: [half], clients: 4, want: [0.4] },
  { case: "a narrow one has enough of it", jobs: [narrow], clients: 4, want: [1] },
  {
    case: "parts are equal, however little the others use",
    jobs: [full, idle],
    clients: 2,
    want: [0.463, 1],
  },
  {
    case: "and run side by side as long as their memory bandwidth goes",
    jobs: [
      { ...narrow, dramActive: 0.8 },
      { ...narrow, dramActive: 0.8 },
    ],
    clients: 2,
    want: [0.578, 0.578],
  },
  {
    case: "of which those that are held back use less",
    jobs: [
      { ...full, dramActive: 0.8 },
      { ...full, dramActive: 0.8 },
    ],
    clients: 2,
    want: [0.463, 0.463],
  },
])("MPS: $case", ({ jobs, clients, want }) => {
  expect(rounded(mpsSpeeds(jobs, clients))).toEqual(want);
});

const slice = { multiprocessors: 0.25, bandwidth: 0.25 };

test.each([
  { case: "a job that fits its multiprocessors runs as alone", job: narrow, slice, want: 1 },
  { case: "a full one gets their part", job: full, slice, want: 0.25 },
  { case: "only the part on the accelerator takes longer", job: half, slice, want: 0.4 },
  { case: "bandwidth is divided as well", job: { ...narrow, dramActive: 0.5 }, slice, want: 0.5 },
])("MIG: $case", ({ job, slice: given, want }) => {
  expect(migSpeed(job, given)).toBeCloseTo(want, 10);
});

test.each([
  ["nvidia-h100-80gb-sxm", "1g.10gb", 16 / 132, 1 / 8],
  ["nvidia-h100-80gb-sxm", "1g.20gb", 26 / 132, 2 / 8],
  ["nvidia-h100-80gb-sxm", "3g.40gb", 60 / 132, 4 / 8],
  ["nvidia-h100-80gb-sxm", "7g.80gb", 1, 1],
  // MIG takes ten of the multiprocessors of an A100.
  ["nvidia-a100-40gb", "7g.40gb", 98 / 108, 1],
  ["nvidia-b200-sxm", "4g.90gb", 72 / 148, 4 / 8],
] as const)("parts of %s that %s has", (accelerator, profile, multiprocessors, bandwidth) => {
  expect(migParts(migGeometries[accelerator], profile)).toEqual({ multiprocessors, bandwidth });
});

test("a profile that the GPU does not have", () => {
  expect(() => migParts(migGeometries["nvidia-a100-40gb"], "1g.18gb")).toThrow("no MIG profile 1g.18gb");
});

test("what is published comes out: two MPS clients lose 7.5 %, time-slicing about 15 %", () => {
  const total = (speeds: readonly number[]) => speeds.reduce((sum, speed) => sum + speed, 0);
  expect(total(mpsSpeeds([full, full], 2))).toBeCloseTo(0.925, 3);
  expect(total(timeSlicedSpeeds([full, full, full, full]))).toBeCloseTo(0.85, 3);
});
