/** One team's quota in one pool, as Kueue counts it. */
import type { ProvisionedNodePool } from "../cluster/contract.ts";
import { nodeSize, quantities, quotaShare } from "../planning/node-size.ts";

export interface QueueQuota {
  readonly team: string;
  readonly pool: string;
  readonly cohort: string;
  readonly accelerators: number;
  readonly borrowingLimit: number;
  readonly lendingLimit?: number;
  readonly fairSharingWeight: number;
}

/** Name of the ClusterQueue of a team in a pool. */
export function clusterQueueName(queue: Pick<QueueQuota, "team" | "pool">): string {
  return `${queue.team}-${queue.pool}`;
}

/** Resources that a pool's queues count, in the order in which every flavor must list them (F42). */
export function coveredResources(pool: Pick<ProvisionedNodePool, "resourceName">): string[] {
  return ["cpu", "memory", pool.resourceName];
}

/** Spec of the ClusterQueue: CPU and memory follow the accelerators in proportion. */
export function clusterQueueSpec(queue: QueueQuota, pool: ProvisionedNodePool, fairSharing: boolean) {
  const nominal = share(pool, queue.accelerators);
  const borrowing = share(pool, queue.borrowingLimit);
  const lending = queue.lendingLimit === undefined ? undefined : share(pool, queue.lendingLimit);
  const covered = coveredResources(pool);
  return {
    cohortName: queue.cohort,
    // Only the team's own namespace may submit, whatever labels others give to theirs.
    namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": queue.team } },
    queueingStrategy: "BestEffortFIFO",
    preemption: {
      reclaimWithinCohort: "Any",
      withinClusterQueue: "LowerPriority",
    },
    ...(fairSharing ? { fairSharing: { weight: String(queue.fairSharingWeight) } } : {}),
    resourceGroups: [
      {
        coveredResources: covered,
        flavors: [
          {
            name: pool.name,
            resources: covered.map((name) => ({
              name,
              nominalQuota: nominal[name],
              borrowingLimit: borrowing[name],
              ...(lending ? { lendingLimit: lending[name] } : {}),
            })),
          },
        ],
      },
    ],
  };
}

/** Accelerators with their part of the pool's CPU and memory, as quantities. */
export function share(pool: ProvisionedNodePool, accelerators: number): Record<string, string> {
  const node = nodeSize(pool.allocatable, pool.resourceName);
  return quantities(quotaShare(node, accelerators), pool.resourceName);
}
