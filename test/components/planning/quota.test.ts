import { expect, test } from "vitest";
import {
  capacityProblems,
  lendingProblems,
  type PoolPlan,
  partialSliceProblems,
  type QuotaPlan,
} from "../../../components/planning/quota.ts";
import { poolDevices, type Sharing } from "../../../components/planning/sharing.ts";

const pool: PoolPlan = { path: ["pools", 0], name: "h100", nodes: 4, acceleratorsPerNode: 8 };

function quota(team: string, change: Partial<QuotaPlan> = {}): QuotaPlan {
  const path = ["teams", team, "quotas", 0];
  return { path, team, pool: "h100", cohort: "platform", accelerators: 16, borrowingLimit: 0, ...change };
}

test.each([
  { case: "exactly the pool", quotas: [quota("a"), quota("b")], want: [] },
  { case: "another pool's quotas", quotas: [quota("a"), quota("b"), quota("c", { pool: "l40s" })], want: [] },
  {
    case: "one more than the pool",
    quotas: [quota("a"), quota("b", { accelerators: 17 })],
    want: [
      {
        path: ["pools", 0, "nodes"],
        given: "33 accelerators promised in pool h100 (a 16, b 17)",
        allowed: "at most 32 (4 nodes of 8)",
        remedy: "lower the quotas by 1 in all, or add 1 node",
      },
    ],
  },
  {
    case: "quotas of teams in different cohorts add up as well",
    quotas: [quota("a", { accelerators: 32 }), quota("b", { cohort: "other", accelerators: 9 })],
    want: [
      {
        path: ["pools", 0, "nodes"],
        given: "41 accelerators promised in pool h100 (a 32, b 9)",
        allowed: "at most 32 (4 nodes of 8)",
        remedy: "lower the quotas by 9 in all, or add 2 nodes",
      },
    ],
  },
])("capacity: $case", ({ quotas, want }) => {
  expect(capacityProblems([pool], quotas)).toEqual(want);
});

test.each([
  { case: "all", quotas: [quota("a", { lendingLimit: 16 })], want: [] },
  { case: "nothing said", quotas: [quota("a")], want: [] },
  {
    case: "more than it owns",
    quotas: [quota("a", { lendingLimit: 17 })],
    want: [
      {
        path: ["teams", "a", "quotas", 0, "lendingLimit"],
        given: "17",
        allowed: "0 to 16, the accelerators of this quota",
        remedy: "lower lendingLimit to 16, or leave it out to lend all",
      },
    ],
  },
])("lending: $case", ({ quotas, want }) => {
  expect(lendingProblems(quotas)).toEqual(want);
});

function sharedPool(sharing: Sharing): PoolPlan {
  const devices = poolDevices({ accelerator: "nvidia-h100-80gb-sxm", ...pool, sharing });
  return { ...pool, devices };
}

const replicated = sharedPool({ mode: "mps", replicas: 4, rename: true });
const partitioned = sharedPool({
  mode: "mig",
  layouts: [
    { nodes: 1, profiles: { "1g.10gb": 7 } },
    { nodes: 3, profiles: { "3g.40gb": 2 } },
  ],
});

test.each([
  { case: "all replicas", shared: replicated, quotas: [quota("a", { accelerators: 128 })], want: [] },
  {
    case: "one replica too many",
    shared: replicated,
    quotas: [quota("a", { accelerators: 129 })],
    want: ["129 replicas promised in pool h100 (a 129)", "at most 128 (4 nodes of 32)"],
  },
  {
    case: "profiles are counted apart",
    shared: partitioned,
    quotas: [
      quota("a", { profile: "1g.10gb", accelerators: 56 }),
      quota("a", { profile: "3g.40gb", accelerators: 48 }),
    ],
    want: [],
  },
  {
    case: "one slice too many",
    shared: partitioned,
    quotas: [
      quota("a", { profile: "1g.10gb", accelerators: 57 }),
      quota("b", { profile: "3g.40gb", accelerators: 1 }),
    ],
    want: ["57 slices 1g.10gb promised in pool h100 (a 57)", "at most 56 (by the pool's layouts)"],
  },
])("capacity of a shared pool: $case", ({ shared, quotas, want }) => {
  const found = capacityProblems([shared], quotas);
  expect(found.flatMap(({ given, allowed }) => [given, allowed])).toEqual(want);
});

test.each([
  { case: "whole slices", change: { accelerators: 16 }, want: [] },
  {
    case: "part of one",
    change: { accelerators: 12 },
    want: [["accelerators", "12", "make it 16"]],
  },
  {
    case: "part of one to borrow and to lend",
    change: { borrowingLimit: 4, lendingLimit: 9 },
    want: [
      ["borrowingLimit", "4", "make it 8"],
      ["lendingLimit", "9", "make it 16"],
    ],
  },
])("slices of eight chips: $case", ({ change, want }) => {
  const slices = { topology: "2x4", chipsPerHost: 4, hosts: 2, level: "cloud.google.com/gke-nodepool" };
  const tpu: PoolPlan = { path: ["pools", 0], name: "h100", nodes: 4, acceleratorsPerNode: 4, slices };
  expect(partialSliceProblems([tpu], [quota("a", change)])).toEqual(
    want.map(([amount = "", given, remedy]) => ({
      path: ["teams", "a", "quotas", 0, amount],
      given,
      allowed: "a multiple of 8, the chips of a slice 2x4 of pool h100",
      remedy,
    })),
  );
});
