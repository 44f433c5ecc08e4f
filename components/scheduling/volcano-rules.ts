/** What Volcano 1.14 cannot do, each with the way out. */
import type { Path, Problem } from "../planning/problem.ts";
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
      elasticJobs: "its jobs are gangs of one size",
      provisioning: "it places pods on nodes that are there",
      multiKueue: "it schedules one cluster",
    }),
    ...settings.cohortTree.flatMap((node, index) =>
      node.quotas.map((_, place) => ownedByCohort([...path, "cohortTree", index, "quotas", place])),
    ),
  ];
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
