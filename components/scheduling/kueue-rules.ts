/** What Kueue's API server rules, webhooks and queue checks would refuse, told before anything exists. */
import type { Path, Problem } from "../planning/problem.ts";
import { repeatedName, unknownName } from "../planning/reference.ts";
import type { QueueingPlan, QueueingSettings } from "./backend.ts";
import { claimLimits } from "./claim-limits.ts";
import { kueueDefaults } from "./kueue-config.ts";

export function kueueProblems(plan: QueueingPlan): Problem[] {
  const { path, settings, poolNames, abilities } = plan;
  const { podsReady = kueueDefaults.podsReady, provisioning } = settings;
  return [
    ...preemptionProblems(path, settings),
    ...backoffProblems([...path, "podsReady"], podsReady),
    ...provisioning.flatMap((entry, index) => {
      const own = [...path, "provisioning", index];
      const repeated = provisioning.map(({ pool }) => pool);
      return [
        ...unknownName([...own, "pool"], entry.pool, poolNames),
        ...repeatedName([...own, "pool"], index, repeated),
        ...classProblems([...own, "provisioningClass"], entry.provisioningClass, abilities),
        ...backoffProblems(own, entry),
      ];
    }),
    ...multiKueueProblems([...path, "multiKueue"], settings, poolNames),
    ...claimLimits(plan),
  ];
}

/** The first is a rule of the ClusterQueue's definition, the second of Kueue's scheduler. */
function preemptionProblems(path: Path, { preemption, fairSharing }: QueueingSettings): Problem[] {
  if (preemption?.borrowing === undefined || preemption.borrowing.policy === "never") return [];
  const own = [...path, "preemption", "borrowing"];
  const without = 'leave preemption.borrowing out, or set its policy to "never"';
  const problems: Problem[] = [];
  if (preemption.reclaim === "never") {
    problems.push({
      path: own,
      given: `policy "${preemption.borrowing.policy}" beside preemption.reclaim "never"`,
      allowed: 'policy "never", for queues that do not even reclaim what is theirs',
      remedy: `${without}, or let queues reclaim`,
    });
  }
  if (fairSharing) {
    problems.push({
      path: own,
      given: `policy "${preemption.borrowing.policy}" beside fairSharing`,
      allowed: "one of the two: fair sharing itself decides who is preempted for whom borrows",
      remedy: `${without}, or switch fairSharing off`,
    });
  }
  return problems;
}

interface Backoff {
  readonly backoffBaseSeconds: number;
  readonly backoffMaxSeconds: number;
}

function backoffProblems(path: Path, { backoffBaseSeconds, backoffMaxSeconds }: Backoff): Problem[] {
  if (backoffMaxSeconds >= backoffBaseSeconds) return [];
  return [
    {
      path: [...path, "backoffMaxSeconds"],
      given: String(backoffMaxSeconds),
      allowed: `at least ${backoffBaseSeconds}, the backoffBaseSeconds of the first retry`,
      remedy: `raise it to ${backoffBaseSeconds}, or lower backoffBaseSeconds`,
    },
  ];
}

function classProblems(path: Path, name: string, abilities: QueueingPlan["abilities"]): Problem[] {
  const known = abilities.provisioningClasses;
  if (known.includes(name)) return [];
  return [
    {
      path,
      given: JSON.stringify(name),
      allowed: known.length > 0 ? `one of ${known.join(", ")}` : "nothing: no node comes on demand here",
      remedy:
        known.length > 0
          ? "name a class that the cluster's autoscaler serves"
          : "leave provisioning out; every node of the pool is there from the start",
    },
  ];
}

function multiKueueProblems(
  path: Path,
  { multiKueue, provisioning }: QueueingSettings,
  poolNames: readonly string[],
): Problem[] {
  if (multiKueue === undefined) return [];
  const { pools, clusters } = multiKueue;
  const names = clusters.map(({ name }) => name);
  const asked = provisioning.map(({ pool }) => pool);
  return [
    ...pools.flatMap((pool, index) => [
      ...unknownName([...path, "pools", index], pool, poolNames),
      ...repeatedName([...path, "pools", index], index, pools),
      ...(asked.includes(pool) ? [bothWays([...path, "pools", index], pool)] : []),
    ]),
    ...clusters.flatMap((_, index) => repeatedName([...path, "clusters", index, "name"], index, names)),
  ];
}

/** Kueue stops a queue that has both checks. */
function bothWays(path: Path, pool: string): Problem {
  return {
    path,
    given: `"${pool}", whose nodes provisioning also asks for`,
    allowed: "a pool whose nodes are not asked for here: its jobs run in another cluster",
    remedy: "leave the pool out of provisioning, or out of multiKueue",
  };
}
