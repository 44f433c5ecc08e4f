/** A stack with Kueue's further features, each tried in a pool of its own. */
import { accelerator, acceleratorsPerNode } from "./gangs.ts";

/** Nodes of each pool. */
const featurePools = { tree: 4, low: 3, normal: 3, grows: 3, usage: 1 };

export type FeaturePool = keyof typeof featurePools;

const queueing = {
  cohorts: ["lab", "shop", "company"],
  cohortTree: [
    { cohort: "lab", parent: "company" },
    { cohort: "shop", parent: "company", quotas: [{ pool: "tree", accelerators: 0, lendingLimit: 8 }] },
    {
      cohort: "company",
      quotas: ["tree", "low", "normal"].map((pool) => ({ pool, accelerators: acceleratorsPerNode })),
    },
  ],
  preemption: { borrowing: { highestPreempted: "low" } },
  elasticJobs: true,
};

const teams = [
  {
    name: "red",
    costCenter: "cc-1",
    cohort: "lab",
    projects: [{ name: "vision" }, { name: "speech" }],
    quotas: [
      quota("tree", 1, 2),
      quota("low", 1, 1),
      quota("normal", 1, 1),
      quota("grows", 3),
      quota("usage", 1),
    ],
  },
  {
    name: "blue",
    costCenter: "cc-2",
    cohort: "shop",
    quotas: [quota("tree", 2), quota("low", 1, 1), quota("normal", 1, 1)],
  },
];

/** In whole nodes. */
function quota(pool: FeaturePool, own: number, borrowed = 0) {
  return {
    pool,
    accelerators: own * acceleratorsPerNode,
    borrowingLimit: borrowed * acceleratorsPerNode,
  };
}

/** By past use, projects of a team take turns; otherwise whoever came first is first. */
export function featuresStack(order: "past use" | "arrival") {
  const admissionFairSharing = { usageHalfLifeSeconds: 60, usageSamplingSeconds: 1 };
  return {
    environment: "local",
    pools: Object.entries(featurePools).map(([name, nodes]) => ({
      name,
      accelerator,
      nodes,
      acceleratorsPerNode,
    })),
    queueing: { ...queueing, ...(order === "past use" ? { admissionFairSharing } : {}) },
    teams,
  };
}
