/** One team's quota in one pool, as Kueue counts it. */
import type { ProvisionedNodePool } from "../cluster/contract.ts";
import { type Fabric, fabricResources, fabricShare } from "../planning/fabric.ts";
import { deviceQuotaShare, nodeSize, type Resources } from "../planning/node-size.ts";
import { cpuQuantity, memoryQuantity } from "../planning/quantity.ts";
import { ofProfile, type PoolDevice } from "../planning/sharing.ts";
import { deviceQuantity } from "./device-class-mappings.ts";
import { kueueDefaults, type Preemption } from "./kueue-config.ts";
import { priorities } from "./priorities.ts";

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
  readonly fabric?: Fabric | undefined;
}): string[] {
  const devices = pool.devices.map(({ resourceName }) => resourceName);
  return ["cpu", "memory", ...devices, ...fabricResources(pool.fabric)];
}

/** What a ClusterQueue says beyond its quota. */
export interface ClusterQueueRules {
  readonly fairSharing: boolean;
  /** Default: a queue reclaims what is its own from anyone, and preempts lower priorities within itself. */
  readonly preemption?: Preemption | undefined;
  /** Names of the checks that an admitted job must pass. */
  readonly checks?: readonly string[];
  /** Whether those go first that used least of late. */
  readonly byUsage?: boolean;
}

/**
 * Spec of the ClusterQueue of a team in a pool, from its quota, or its quotas of several MIG profiles. CPU
 * and memory follow the devices in proportion; a profile without a quota is covered with none. The pool's
 * network is counted as well: left out, a pod without accelerators could take it from the gangs next to it.
 */
export function clusterQueueSpec(
  queue: Pick<QueueQuota, "team" | "cohort" | "fairSharingWeight">,
  quotas: readonly QueueQuota[],
  pool: ProvisionedNodePool,
  rules: ClusterQueueRules,
) {
  const { fairSharing, preemption = kueueDefaults.preemption, checks = [], byUsage = false } = rules;
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
    preemption: preemptionSpec(preemption),
    ...(fairSharing ? { fairSharing: { weight: String(queue.fairSharingWeight) } } : {}),
    ...(byUsage ? { admissionScope: { admissionMode: "UsageBasedAdmissionFairSharing" } } : {}),
    ...(checks.length > 0
      ? { admissionChecksStrategy: { admissionChecks: checks.map((name) => ({ name })) } }
      : {}),
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

const policies = {
  never: "Never",
  any: "Any",
  "lower-priority": "LowerPriority",
  "lower-or-newer-equal-priority": "LowerOrNewerEqualPriority",
} as const;

function preemptionSpec({ withinQueue, reclaim, borrowing }: Preemption) {
  const highest = borrowing?.highestPreempted;
  return {
    reclaimWithinCohort: policies[reclaim],
    withinClusterQueue: policies[withinQueue],
    ...(borrowing
      ? {
          borrowWithinCohort: {
            policy: policies[borrowing.policy],
            ...(highest ? { maxPriorityThreshold: priorities[highest].value } : {}),
          },
        }
      : {}),
  };
}

/** Whole accelerators or replicas with their part of the pool's CPU and memory, as quantities. */
export function share(pool: ProvisionedNodePool, accelerators: number): Record<string, string> {
  return shares<Amount>(pool, [{ accelerators }], (quota) => quota.accelerators);
}

type Amount = Pick<QueueQuota, "profile" | "accelerators">;

/** Quantities of all resources that the pool's queues cover. */
function shares<Quota extends { readonly profile?: string }>(
  pool: ProvisionedNodePool,
  quotas: readonly Quota[],
  amountOf: (quota: Quota) => number,
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
      counted.map(([device, share]) => [device.resourceName, deviceQuantity(device, share.accelerators)]),
    ),
    ...fabricShare(
      pool,
      sum((share) => share.accelerators),
    ),
  };
}
