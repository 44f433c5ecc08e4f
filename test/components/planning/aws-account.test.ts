import { expect, test } from "vitest";
import {
  type AccountPool,
  offerProblems,
  vcpuProblems,
  vcpuQuota,
} from "../../../components/planning/aws-account.ts";

const h100: AccountPool = {
  name: "h100",
  machine: "p5.48xlarge",
  nodes: 4,
  zones: ["us-east-1a", "us-east-1b"],
  capacity: { type: "on-demand" },
};
const l4: AccountPool = { ...h100, name: "l4", machine: "g6.4xlarge", nodes: 10 };
const p = "L-417A185B";

test("a zone that does not sell the machine is refused, with those that do (F100)", () => {
  expect(offerProblems(["pools", 0], h100, ["us-east-1a", "us-east-1b", "us-east-1c"])).toEqual([]);
  expect(offerProblems(["pools", 0], h100, ["us-east-1f", "us-east-1a"])).toEqual([
    {
      path: ["pools", 0, "zones"],
      given: "p5.48xlarge in us-east-1b",
      allowed: "us-east-1a, us-east-1f",
      remedy: "take one of these zones",
    },
  ]);
});

test("a region that does not have the machine is refused (F100)", () => {
  expect(offerProblems([], h100, [])).toMatchObject([
    { allowed: "nothing: not sold in this region", remedy: "take another machine, or another region" },
  ]);
});

test.each([
  { case: "on demand", pool: h100, want: p },
  {
    case: "reserved, which counts too",
    pool: { ...h100, capacity: { type: "reservation", id: "cr-1" } },
    want: p,
  },
  { case: "spot", pool: { ...h100, capacity: { type: "spot" } }, want: "L-C4BD4855" },
  { case: "a series G", pool: l4, want: "L-DB2E81BA" },
  {
    case: "a block, which is bought",
    pool: { ...h100, capacity: { type: "capacity-block", id: "cr-1" } },
    want: undefined,
  },
  {
    case: "spot of a series whose quota nobody names",
    pool: { ...h100, machine: "p6-b200.48xlarge", capacity: { type: "spot" } },
    want: undefined,
  },
] as const)("the quota of machines $case", ({ pool, want }) => {
  expect(vcpuQuota(pool)?.code).toBe(want);
});

test("pools that together want one vCPU more than the account has are refused with the sum (F98)", () => {
  const twin = { ...h100, name: "twin", nodes: 1 };
  const limits = { [p]: 5 * 192, "L-DB2E81BA": 160 };
  expect(vcpuProblems(["pools"], [h100, twin, l4], limits)).toEqual([]);
  expect(vcpuProblems(["pools"], [h100, twin, l4], { ...limits, [p]: 959 })).toEqual([
    {
      path: ["pools"],
      given: "960 vCPUs (h100 4 x 192, twin 1 x 192)",
      allowed: `959: the account's "Running On-Demand P instances" (${p}) in this region`,
      remedy: "ask for 1 more in Service Quotas, or make the pools smaller",
    },
  ]);
});
