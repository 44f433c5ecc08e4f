import { expect, test } from "vitest";
import { formatPath } from "../../../components/planning/problem.ts";
import { poolDevices } from "../../../components/planning/sharing.ts";
import { queueingSection } from "../../../components/scheduling/queueing-config.ts";
import { queueingProblems } from "../../../components/scheduling/queueing-rules.ts";

const pool = { path: ["pools", 0], name: "h100", nodes: 1, acceleratorsPerNode: 8 };
const quota = {
  path: ["teams", 0, "quotas", 0],
  team: "a",
  pool: "h100",
  cohort: "c",
  accelerators: 4,
  borrowingLimit: 0,
};

test("slices of a partitioned pool belong to teams, not to cohorts", () => {
  const sharing = { mode: "mig", layouts: [{ nodes: 1, profiles: { "1g.10gb": 7 } }] } as const;
  const devices = poolDevices({ accelerator: "nvidia-h100-80gb-sxm", ...pool, sharing });
  const cohortTree = [{ cohort: "c", quotas: [{ pool: "h100", accelerators: 5 }] }];
  const plan = {
    path: ["queueing"],
    settings: queueingSection.parse({ cohorts: ["c"], cohortTree }),
    pools: [{ ...pool, devices }],
    poolNames: ["h100"],
    quotas: [{ ...quota, profile: "1g.10gb" }],
    lendersKnown: true,
    abilities: { charts: ["kueue" as const], provisioningClasses: [] },
  };
  expect(queueingProblems(plan)).toEqual([
    {
      path: ["queueing", "cohortTree", 0, "quotas", 0, "pool"],
      given: "pool h100, whose accelerators are MIG slices",
      allowed: "a pool of whole or replicated accelerators for cohort c",
      remedy: "give the slices to teams, whose quotas name a profile",
    },
  ]);
});

test("what cohorts own counts in the pool, and what can be borrowed counts them", () => {
  const cohortTree = [{ cohort: "c", quotas: [{ pool: "h100", accelerators: 5 }] }];
  const plan = {
    path: ["queueing"],
    settings: queueingSection.parse({ cohorts: ["c"], cohortTree }),
    pools: [pool],
    poolNames: ["h100"],
    quotas: [{ ...quota, borrowingLimit: 6 }],
    lendersKnown: true,
    abilities: { charts: ["kueue" as const], provisioningClasses: [] },
  };
  const problems = queueingProblems(plan).map(({ path, given }) => [formatPath(path), given]);
  expect(problems).toEqual([
    ["pools[0].nodes", "9 accelerators promised in pool h100 (a 4, cohort c 5)"],
    ["teams[0].quotas[0].borrowingLimit", "6"],
  ]);
  const unsure = queueingProblems({ ...plan, lendersKnown: false });
  expect(unsure.map(({ path }) => formatPath(path))).toEqual(["pools[0].nodes"]);
});

test.each([
  { backend: "kueue", want: [] },
  {
    backend: "volcano",
    want: [
      {
        path: ["pools", 0, "sliceTopology"],
        given: '"2x4" with backend "volcano"',
        allowed: 'slices with backend "kueue", which places a gang in one of them',
        remedy: 'use backend "kueue", or a pool of GPUs',
      },
    ],
  },
])("pools of slices with $backend", ({ backend, want }) => {
  const slices = { topology: "2x4", chipsPerHost: 8, hosts: 1, level: "kubernetes.io/hostname" };
  const plan = {
    path: ["queueing"],
    settings: queueingSection.parse({ backend, cohorts: ["c"] }),
    pools: [{ ...pool, slices }],
    poolNames: ["h100"],
    quotas: [{ ...quota, accelerators: 8 }],
    lendersKnown: true,
    abilities: { charts: ["kueue" as const, "volcano" as const], provisioningClasses: [] },
  };
  expect(queueingProblems(plan)).toEqual(want);
});

test.each(["kueue", "volcano", "kai"] as const)("pools of claims with %s", (backend) => {
  const plan = {
    path: ["queueing"],
    settings: queueingSection.parse({ backend, cohorts: ["c"] }),
    pools: [{ ...pool, sharing: { mode: "dra", devices: "whole" } as const }],
    poolNames: ["h100"],
    quotas: [],
    lendersKnown: true,
    abilities: { charts: ["kueue", "volcano", "kai"], provisioningClasses: [] } as const,
  };
  const refused = {
    path: ["pools", 0, "sharing", "mode"],
    given: `"dra" with backend "${backend}"`,
    allowed: 'claims with backend "kueue", which counts them in a quota',
    remedy: 'use backend "kueue", or leave sharing out',
  };
  expect(queueingProblems(plan)).toEqual(backend === "kueue" ? [] : [refused]);
});
