import { expect, test } from "vitest";
import {
  type AccountQuota,
  accountQuotaProblems,
  countedAs,
} from "../../../components/planning/account-quota.ts";
import { accountPool, gcpPool } from "../../support/serving/account-pools.ts";

function quota(change: Partial<AccountQuota> = {}): AccountQuota {
  return { path: ["quotas", 0], region: "us-east-1", quota: "L-417A185B", limit: 768, ...change };
}

test.each([
  { case: "exactly what the pools may grow to", pools: [accountPool()], quotas: [quota()] },
  {
    case: "another region's machines",
    pools: [accountPool(), accountPool({ region: "eu-west-1" })],
    quotas: [quota()],
  },
  {
    case: "spot machines, which have a quota of their own",
    pools: [accountPool(), accountPool({ capacity: "spot" })],
    quotas: [quota()],
  },
  { case: "a quota that is not declared", pools: [accountPool({ maxNodesPerZone: 1000 })], quotas: [] },
])("holds: $case", ({ pools, quotas }) => {
  expect(accountQuotaProblems(pools, quotas)).toEqual([]);
});

test.each([
  {
    case: "short by one vCPU on AWS",
    pools: [accountPool()],
    quota: quota({ limit: 767 }),
    given:
      "768 vCPUs of Running On-Demand P instances in us-east-1 when all pools are at" +
      " their maximum (h100 768)",
    allowed: "at most 767, the declared quota L-417A185B",
    remedy: "ask for 1 more vCPUs, or let pool h100 have 1 fewer p5.48xlarge",
  },
  {
    case: "reserved machines count as those on demand, and pools of one series add up",
    pools: [accountPool(), accountPool({ name: "a100", machine: "p4d.24xlarge", capacity: "reserved-1y" })],
    quota: quota({ limit: 960 }),
    given:
      "1152 vCPUs of Running On-Demand P instances in us-east-1 when all pools are at their maximum" +
      " (h100 768, a100 384)",
    allowed: "at most 960, the declared quota L-417A185B",
    remedy: "ask for 192 more vCPUs, or let pool h100 have 1 fewer p5.48xlarge",
  },
  {
    case: "each zone counts on GCP (F98)",
    pools: [gcpPool({ maxNodesPerZone: 1, zones: 2 })],
    quota: quota({ region: "us-central1", quota: "NVIDIA_A100_80GB_GPUS", limit: 1 }),
    given:
      "2 accelerators of NVIDIA_A100_80GB_GPUS in us-central1 when all pools are at their maximum (a100 2)",
    allowed: "at most 1, the declared quota NVIDIA_A100_80GB_GPUS",
    remedy: "ask for 1 more accelerators, or let pool a100 have 1 fewer a2-ultragpu-1g",
  },
  {
    case: "spot machines on GCP have a metric of their own",
    pools: [gcpPool({ capacity: "spot" })],
    quota: quota({ region: "us-central1", quota: "PREEMPTIBLE_NVIDIA_A100_80GB_GPUS", limit: 3 }),
    given:
      "4 accelerators of PREEMPTIBLE_NVIDIA_A100_80GB_GPUS in us-central1 when all" +
      " pools are at their maximum (a100 4)",
    allowed: "at most 3, the declared quota PREEMPTIBLE_NVIDIA_A100_80GB_GPUS",
    remedy: "ask for 1 more accelerators, or let pool a100 have 1 fewer a2-ultragpu-1g",
  },
  {
    case: "machines on GCP whose metric nobody names",
    pools: [gcpPool({ machine: "a3-highgpu-8g" })],
    quota: quota({ region: "us-central1", quota: "nvidia-h100-80gb-sxm", limit: 31 }),
    given:
      "32 accelerators of nvidia-h100-80gb-sxm in us-central1 when all pools are at their maximum (a100 32)",
    allowed: "at most 31, the declared quota nvidia-h100-80gb-sxm",
    remedy: "ask for 1 more accelerators, or let pool a100 have 1 fewer a3-highgpu-8g",
  },
])("broken: $case", ({ pools, quota: declared, given, allowed, remedy }) => {
  expect(accountQuotaProblems(pools, [declared])).toEqual([{ path: ["quotas", 0], given, allowed, remedy }]);
});

test.each([
  {
    case: "a name that another machine has",
    pools: [accountPool(), accountPool({ machine: "g6.xlarge" })],
    allowed: "L-417A185B, L-DB2E81BA",
  },
  {
    case: "no pool there",
    pools: [gcpPool()],
    allowed: "none: no pool there counts against a known quota",
  },
])("a declared quota that nobody counts against: $case", ({ pools, allowed }) => {
  expect(accountQuotaProblems(pools, [quota({ quota: "L-7212CCBC" })])).toEqual([
    {
      path: ["quotas", 0, "quota"],
      given: "L-7212CCBC in us-east-1, which no pool counts against",
      allowed,
      remedy: "name the quota that a pool's machines count against, or leave it out",
    },
  ]);
});

test.each([
  {
    case: "spot of P6",
    pool: { machine: "p6-b200.48xlarge", capacity: "spot" },
    reason: "the page names no quota for P6",
  },
  {
    case: "H100 on GCP",
    pool: { machine: "a3-highgpu-8g", capacity: "on-demand" },
    reason: "not among a region's quotas that the Compute API lists: dstackai/dstack PR 3100",
  },
] as const)("not known: what $case counts against", ({ pool, reason }) => {
  expect(countedAs(pool)).toEqual({ unknown: reason });
});
