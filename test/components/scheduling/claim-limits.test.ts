import { expect, test } from "vitest";
import { poolDevices, type Sharing } from "../../../components/planning/sharing.ts";
import { queueingBackends } from "../../../components/scheduling/backends.ts";
import { claimLimits } from "../../../components/scheduling/claim-limits.ts";
import { makeQueueingPlan, type Settings } from "../../support/queueing-plan.ts";

const size = { accelerator: "nvidia-h100-80gb-sxm", nodes: 1, acceleratorsPerNode: 8 } as const;

function makePlan(sharing: Sharing, settings: Settings) {
  const devices = poolDevices({ ...size, sharing });
  const pools = [{ ...size, path: ["pools", 0], name: "h100", sharing, devices }];
  return makeQueueingPlan(settings, { pools });
}

const whole: Sharing = { mode: "dra", devices: "whole" };
const shares: Sharing = { mode: "dra", devices: "shares" };
const remote = {
  multiKueue: { pools: ["l40s", "h100"], clusters: [{ name: "east", kubeconfigSecret: "east" }] },
} satisfies Settings;
const byUsage = { admissionFairSharing: {} } satisfies Settings;

test.each<{ case: string; sharing: Sharing; settings: Settings }>([
  { case: "parts, with neither", sharing: shares, settings: {} },
  { case: "whole accelerators, ordered by past use", sharing: whole, settings: byUsage },
  { case: "no claims, with both", sharing: { mode: "dedicated" }, settings: { ...byUsage, ...remote } },
])("nothing to refuse: $case", ({ sharing, settings }) => {
  expect(claimLimits(makePlan(sharing, settings))).toEqual([]);
});

test("parts are counted in bytes, which no weight is meant for", () => {
  const plan = makePlan(shares, byUsage);
  expect(claimLimits(plan)).toEqual([
    {
      path: ["queueing", "admissionFairSharing"],
      given: "an order by past use beside pool h100, whose claims count as bytes of memory",
      allowed: "pools of whole accelerators: a weight is that of one accelerator",
      remedy: "leave admissionFairSharing out, or give the pool devices: whole",
    },
  ]);
  expect(queueingBackends.kueue.problems(plan)).toHaveLength(1);
});

test("a job goes to another cluster without its template of claims", () => {
  expect(claimLimits(makePlan(whole, remote))).toEqual([
    {
      path: ["queueing", "multiKueue", "pools", 1],
      given: '"h100", which is of mode dra',
      allowed: "a pool without claims: their templates do not go to the other cluster with the job",
      remedy: "leave the pool out of multiKueue, or give it another sharing mode",
    },
  ]);
});
