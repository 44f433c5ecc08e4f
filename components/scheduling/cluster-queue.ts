/** One team's quota in one pool, as Kueue counts it. */
import type { ProvisionedNodePool } from "../cluster/contract.ts";
import { deviceQuotaShare, nodeSize, type Resources } from "../planning/node-size.ts";
import { cpuQuantity, memoryQuantity } from "../planning/quantity.ts";
import { ofProfile, type PoolDevice } from "../planning/sharing.ts";

export interface QueueQuota {
  readonly team: string;
  readonly pool: string;
  /** MIG profile whose slices are counted; undefined for whole and replicated accelerators. */
  readonly profile?: string;
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

/** Quotas by the name of their queue, in the order of their first: one each, or one per MIG profile. */
export function quotasByQueue<Quota extends Pick<QueueQuota, "team" | "pool">>(quotas: readonly Quota[]) {
  return Map.groupBy(quotas, clusterQueueName);
}

/** Resources that a pool's queues count, in the order in which every flavor must list them (F42). */
export function coveredResources(pool: {
  readonly devices: readonly Pick<PoolDevice, "resourceName">[];
}): string[] {
  return ["cpu", "memory", ...pool.devices.map(({ resourceName }) => resourceName)];
}

/**
 * Spec of the ClusterQueue of a team in a pool, from its quota, or its quotas of several MIG profiles. CPU
 * and memory follow the devices in proportion; a profile without a quota is covered with none.
 */
export function clusterQueueSpec(
  queue: Pick<QueueQuota, "team" | "cohort" | "fairSharingWeight">,
  quotas: readonly QueueQuota[],
  pool: ProvisionedNodePool,
  fairSharing: boolean,
) {
  const nominal = shares(pool, quotas, ({ accelerators }) => accelerators);
  const borrowing = shares(pool, quotas, ({ borrowingLimit }) => borrowingLimit);
  const isLimited = quotas.some(({ lendingLimit }) => lendingLimit !== undefined);
  const lending = isLimited
    ? shares(pool, quotas, ({ lendingLimit, accelerators }) => lendingLimit ?? accelerators)
    : undefined;
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

/** Quantities of all resources that the pool's queues cover. */
function shares(
  pool: ProvisionedNodePool,
  quotas: readonly QueueQuota[],
  amountOf: (quota: QueueQuota) => number,
): Record<string, string> {
  const node = nodeSize(pool.allocatable, pool.resourceName);
  const counted = pool.devices.map((device): [PoolDevice, Resources] => {
    const quota = ofProfile(quotas, device.profile);
    return [device, deviceQuotaShare(node, device, quota ? amountOf(quota) : 0)];
  });
  const sum = (amount: (share: Resources) => number) =>
    counted.reduce((total, [, share]) => total + amount(share), 0);
  return {
    cpu: cpuQuantity(sum((share) => share.cpuMillis)),
    memory: memoryQuantity(sum((share) => share.memoryMiB)),
    ...Object.fromEntries(
      counted.map(([{ resourceName }, share]) => [resourceName, String(share.accelerators)]),
    ),
  };
}
