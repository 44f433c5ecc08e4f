import { expect, test } from "vitest";
import { podScheduler, schedulerProblems } from "../../../components/planning/pod-scheduler.ts";

const claimed = { mode: "dra", devices: "shares" } as const;
const both = { packing: "packer", waste: "saver" };

test.each([
  { case: "the best for claims", sharing: claimed, schedulers: both, want: "saver" },
  {
    case: "not packing, which does not see claims",
    sharing: claimed,
    schedulers: { packing: "p" },
    want: undefined,
  },
  {
    case: "the cluster's own where it has no other",
    sharing: claimed,
    schedulers: undefined,
    want: undefined,
  },
  {
    case: "what the pool says",
    sharing: { ...claimed, schedulerProfile: "packing" },
    schedulers: both,
    want: "packer",
  },
  {
    case: "the cluster's own if the pool says so",
    sharing: { ...claimed, schedulerProfile: "spread" },
    schedulers: both,
    want: undefined,
  },
  {
    case: "no other where claims are none",
    sharing: { mode: "dedicated" },
    schedulers: both,
    want: undefined,
  },
] as const)("pods get $case", ({ sharing, schedulers, want }) => {
  expect(podScheduler(sharing, schedulers)).toBe(want);
});

const remedy =
  "leave schedulerProfile out, or give the cluster such a scheduler: on one machine by starting it " +
  "with PLINTH_SCHEDULER_EXTENDER, on premises by naming one in schedulers";

test.each([
  {
    schedulerProfile: "waste",
    schedulers: { packing: "packer", waste: undefined },
    want: { given: '"waste"', allowed: "spread, packing: how the schedulers of this cluster place pods" },
  },
  {
    schedulerProfile: "packing",
    schedulers: undefined,
    want: { given: '"packing"', allowed: "spread: how the schedulers of this cluster place pods" },
  },
] as const)(
  "refused: $schedulerProfile where no scheduler does so",
  ({ schedulerProfile, schedulers, want }) => {
    expect(schedulerProblems(["pools", 0, "sharing"], { ...claimed, schedulerProfile }, schedulers)).toEqual([
      { path: ["pools", 0, "sharing", "schedulerProfile"], ...want, remedy },
    ]);
  },
);

test.each([
  { sharing: { ...claimed, schedulerProfile: "waste" }, schedulers: both },
  { sharing: { ...claimed, schedulerProfile: "spread" }, schedulers: undefined },
  { sharing: claimed, schedulers: undefined },
  { sharing: { mode: "dedicated" }, schedulers: undefined },
] as const)("nothing to refuse: %j", ({ sharing, schedulers }) => {
  expect(schedulerProblems([], sharing, schedulers)).toEqual([]);
});
