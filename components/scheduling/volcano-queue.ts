/** Quotas as Volcano's capacity plugin counts them: a tree of queues, teams below cohorts, pool by pool. */
import type { ProvisionedNodePool } from "../cluster/contract.ts";
import { sum } from "../planning/sum.ts";
import type { QueueingConfig } from "./backend.ts";
import { clusterQueueName, share } from "./cluster-queue.ts";
import type { QueueObject } from "./queue-objects.ts";

type Queue = QueueingConfig["queues"][number];
type Node = QueueingConfig["cohortTree"][number];

export interface VolcanoQueue extends QueueObject {
  readonly spec: {
    readonly parent: string;
    readonly weight: number;
    readonly reclaimable: boolean;
    readonly deserved: Record<string, string>;
    readonly capability: Record<string, string>;
    readonly guarantee: { readonly resource: Record<string, string> };
  };
}

/** The queue that Volcano itself makes, above all others. */
const root = "root";

/**
 * Every queue, parents before children. What a team is promised it deserves: others must give it back. What
 * it does not lend is guaranteed, and stays empty for it. What it may borrow ends its capability, and that of
 * its cohort in this pool keeps cohorts and pools apart: the plugin adds up over the whole cluster.
 */
export function volcanoQueues(
  { queues, cohorts, cohortTree }: Pick<QueueingConfig, "queues" | "cohorts" | "cohortTree">,
  pools: readonly ProvisionedNodePool[],
): VolcanoQueue[] {
  const ordered = topDown(cohorts, cohortTree);
  return pools.flatMap((pool) => {
    const own = queues.filter((queue) => queue.pool === pool.name);
    const groups = ordered.flatMap(({ cohort, parent }): VolcanoQueue[] => {
      const below = own.filter((queue) => isBelow(queue.cohort, cohort, cohortTree));
      if (below.length === 0) return [];
      const total = sum(below.map(({ accelerators }) => accelerators));
      const kept = sum(
        below.map(({ accelerators, lendingLimit }) => accelerators - (lendingLimit ?? accelerators)),
      );
      const amounts = { deserved: total, capability: ceiling(cohort, own, cohortTree), guarantee: kept };
      const above = parent === undefined ? root : cohortQueueName(parent, pool.name);
      return [
        { name: cohortQueueName(cohort, pool.name), pool: pool.name, spec: spec(pool, above, amounts) },
      ];
    });
    return [...groups, ...own.map((queue) => teamQueue(queue, pool))];
  });
}

function teamQueue(queue: Queue, pool: ProvisionedNodePool): VolcanoQueue {
  const { accelerators, borrowingLimit, lendingLimit = accelerators } = queue;
  return {
    name: clusterQueueName(queue),
    pool: pool.name,
    team: queue.team,
    spec: spec(pool, cohortQueueName(queue.cohort, pool.name), {
      deserved: accelerators,
      capability: accelerators + borrowingLimit,
      guarantee: accelerators - lendingLimit,
    }),
  };
}

/** No team's queue has a dot in its name. */
function cohortQueueName(cohort: string, pool: string): string {
  return `${cohort}.${pool}`;
}

interface Amounts {
  readonly deserved: number;
  readonly capability: number;
  readonly guarantee: number;
}

function spec(pool: ProvisionedNodePool, parent: string, amounts: Amounts): VolcanoQueue["spec"] {
  return {
    parent,
    // Stated because the definition has a default of its own; the capacity plugin does not look at it.
    weight: 1,
    reclaimable: true,
    deserved: share(pool, amounts.deserved),
    capability: share(pool, amounts.capability),
    // Without the network: a queue whose jobs use none of it could otherwise not give anything back.
    guarantee: { resource: share({ ...pool, fabric: undefined }, amounts.guarantee) },
  };
}

/** Everything that stands under the same top, which is the most that those below could ever hold. */
function ceiling(cohort: string, queues: readonly Queue[], tree: readonly Node[]): number {
  const top = topOf(cohort, tree);
  const below = queues.filter((queue) => topOf(queue.cohort, tree) === top);
  return sum(below.map(({ accelerators }) => accelerators));
}

function topOf(cohort: string, tree: readonly Node[]): string {
  const parent = parentOf(cohort, tree);
  return parent === undefined ? cohort : topOf(parent, tree);
}

function isBelow(cohort: string, above: string, tree: readonly Node[]): boolean {
  if (cohort === above) return true;
  const parent = parentOf(cohort, tree);
  return parent !== undefined && isBelow(parent, above, tree);
}

function parentOf(cohort: string, tree: readonly Node[]): string | undefined {
  return tree.find((node) => node.cohort === cohort)?.parent;
}

function topDown(cohorts: readonly string[], tree: readonly Node[]) {
  const depth = (cohort: string): number => {
    const parent = parentOf(cohort, tree);
    return parent === undefined ? 0 : depth(parent) + 1;
  };
  return cohorts
    .map((cohort) => ({ cohort, parent: parentOf(cohort, tree), depth: depth(cohort) }))
    .sort((a, b) => a.depth - b.depth);
}
