/** What Volcano 1.14 cannot do, each with the way out. */
import type { Path, Problem } from "../planning/problem.ts";
import { type QuotaPlan, quotaCeiling } from "../planning/quota.ts";
import { sum } from "../planning/sum.ts";
import type { QueueingPlan } from "./backend.ts";
import { chartProblems, sharedPoolProblems, unableProblems } from "./backend-limits.ts";

export function volcanoProblems(plan: QueueingPlan): Problem[] {
  const { path, settings } = plan;
  return [
    ...chartProblems(plan),
    ...sharedPoolProblems(plan, "volcano"),
    ...unableProblems(plan, "volcano", {
      fairSharing: "it hands idle accelerators to whoever asks first, and has no weights for them",
      admissionFairSharing: "it keeps no account of past use",
      preemption: "it always preempts lower priorities within a queue, and reclaims from anyone",
      podsReady: "it has no limit for how long a started gang may miss a pod",
      clientConnection: "how much it asks of the API server is not configured here",
      elasticJobs: "its jobs are gangs of one size",
      provisioning: "it places pods on nodes that are there",
      multiKueue: "it schedules one cluster",
    }),
    ...settings.cohortTree.flatMap((node, index) =>
      node.quotas.map((_, place) => ownedByCohort([...path, "cohortTree", index, "quotas", place])),
    ),
    ...(plan.lendersKnown ? reserveProblems(plan.quotas) : []),
  ];
}

/**
 * The capacity plugin keeps a guarantee against each borrower by itself: several who each stay below the rest
 * can together take what one team does not lend.
 */
function reserveProblems(quotas: readonly QuotaPlan[]): Problem[] {
  return quotas.flatMap((owner): Problem[] => {
    const kept = keptBack(owner);
    if (kept === 0) return [];
    const group = quotas.filter(({ pool, cohort }) => pool === owner.pool && cohort === owner.cohort);
    const total = sum(group.map(({ accelerators }) => accelerators));
    const allKept = sum(group.map(keptBack));
    const others = group.filter((quota) => quota !== owner);
    const reach = others.map((quota) => Math.min(quotaCeiling(quota), total - allKept + keptBack(quota)));
    if (sum(reach) <= total - kept) return [];
    return [
      {
        path: [...owner.path, "lendingLimit"],
        given: `${kept} accelerators kept back from teams that could together hold ${sum(reach)}`,
        allowed: `with backend "volcano", others that could together hold at most ${total - kept}`,
        remedy: 'lower the borrowingLimit of the others, lend all, or use backend "kueue"',
      },
    ];
  });
}

function keptBack({ accelerators, lendingLimit = accelerators }: QuotaPlan): number {
  return accelerators - lendingLimit;
}

/** The capacity plugin lets a queue reclaim what it deserves itself, never what its parent does. */
function ownedByCohort(path: Path): Problem {
  return {
    path,
    given: "a quota of a cohort",
    allowed: 'none with backend "volcano": nobody could reclaim it once others borrowed it',
    remedy: 'give the accelerators to teams, or use backend "kueue"',
  };
}
