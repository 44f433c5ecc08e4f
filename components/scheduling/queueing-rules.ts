/** Rules on queues that hold for every queueing system, and those of the system that is chosen. */
import { borrowingProblems, type CohortPlan, cohortProblems } from "../planning/cohort.ts";
import { fabricQuotaProblems } from "../planning/fabric.ts";
import type { Problem } from "../planning/problem.ts";
import {
  capacityProblems,
  lendingProblems,
  type PoolPlan,
  type Promised,
  partialSliceProblems,
} from "../planning/quota.ts";
import type { QueueingPlan } from "./backend.ts";
import { queueingBackends } from "./backends.ts";

/** Quotas that do not fit, cohorts that do not stand, and what the system cannot do or would refuse. */
export function queueingProblems(plan: QueueingPlan): Problem[] {
  const { path, settings, pools, poolNames, quotas } = plan;
  const tree: CohortPlan[] = settings.cohortTree.map((node, index) => ({
    ...node,
    path: [...path, "cohortTree", index],
  }));
  return [
    ...capacityProblems(pools, [...quotas, ...tree.flatMap(promised)]),
    ...partialSliceProblems(pools, quotas),
    ...fabricQuotaProblems(pools, [...quotas, ...tree.flatMap(ownQuotas)]),
    ...backendProblems(settings.backend, pools),
    ...lendingProblems(quotas),
    ...(plan.lendersKnown ? borrowingProblems(quotas, tree) : []),
    ...cohortProblems(tree, settings.cohorts, poolNames),
    ...tree.flatMap((node) => sliceProblems(node, pools)),
    ...queueingBackends[settings.backend].problems(plan),
  ];
}

/** Pools of slices, where nothing would keep a gang within one, and of claims, which nobody would count. */
function backendProblems(
  backend: QueueingPlan["settings"]["backend"],
  pools: readonly PoolPlan[],
): Problem[] {
  if (backend === "kueue") return [];
  const sliced = pools.filter(({ slices }) => slices !== undefined);
  const claimed = pools.filter(({ sharing }) => sharing?.mode === "dra");
  return [
    ...sliced.map(({ path, slices }) => ({
      path: [...path, "sliceTopology"],
      given: `"${slices?.topology}" with backend "${backend}"`,
      allowed: 'slices with backend "kueue", which places a gang in one of them',
      remedy: 'use backend "kueue", or a pool of GPUs',
    })),
    ...claimed.map(({ path }) => ({
      path: [...path, "sharing", "mode"],
      given: `"dra" with backend "${backend}"`,
      allowed: 'claims with backend "kueue", which counts them in a quota',
      remedy: 'use backend "kueue", or leave sharing out',
    })),
  ];
}

function ownQuotas({ path, quotas }: CohortPlan) {
  return quotas.map((quota, index) => ({ ...quota, path: [...path, "quotas", index] }));
}

function promised({ cohort, quotas }: CohortPlan): Promised[] {
  return quotas.map(({ pool, accelerators }) => ({ team: `cohort ${cohort}`, pool, accelerators }));
}

/** A limit that one profile has and another has not would leave the CPU that both count without any. */
function sliceProblems({ path, cohort, quotas }: CohortPlan, pools: readonly PoolPlan[]): Problem[] {
  const isPartitioned = (name: string) =>
    pools.some((pool) => pool.name === name && pool.devices?.some(({ profile }) => profile !== undefined));
  return quotas.flatMap(({ pool }, index) =>
    isPartitioned(pool)
      ? [
          {
            path: [...path, "quotas", index, "pool"],
            given: `pool ${pool}, whose accelerators are MIG slices`,
            allowed: `a pool of whole or replicated accelerators for cohort ${cohort}`,
            remedy: "give the slices to teams, whose quotas name a profile",
          },
        ]
      : [],
  );
}
