/** Quotas as the KAI scheduler 0.17 counts them: two levels of queues, in its own units. */
import type { ProvisionedNodePool } from "../cluster/contract.ts";
import { nodeSize, quotaShare } from "../planning/node-size.ts";
import { sum } from "../planning/sum.ts";
import type { QueueingConfig } from "./backend.ts";
import { clusterQueueName } from "./cluster-queue.ts";
import type { QueueObject } from "./queue-objects.ts";

export interface KaiQueue extends QueueObject {
  readonly spec: {
    readonly parentQueue?: string;
    readonly resources: Readonly<Record<"gpu" | "cpu" | "memory", Amounts>>;
  };
}

interface Amounts {
  readonly quota: number;
  readonly limit: number;
  readonly overQuotaWeight: number;
}

/** Every queue, parents before children; a cohort's queue in a pool keeps cohorts and pools apart. */
export function kaiQueues(
  { queues, cohorts }: Pick<QueueingConfig, "queues" | "cohorts">,
  pools: readonly ProvisionedNodePool[],
): KaiQueue[] {
  return pools.flatMap((pool) => {
    const own = queues.filter((queue) => queue.pool === pool.name);
    const parents = cohorts.flatMap((cohort): KaiQueue[] => {
      const members = own.filter((queue) => queue.cohort === cohort);
      if (members.length === 0) return [];
      const total = sum(members.map(({ accelerators }) => accelerators));
      const resources = amounts(pool, total, total, 1);
      return [{ name: `${cohort}.${pool.name}`, pool: pool.name, spec: { resources } }];
    });
    const children = own.map(({ accelerators, borrowingLimit, ...queue }) => ({
      name: clusterQueueName(queue),
      pool: pool.name,
      team: queue.team,
      spec: {
        parentQueue: `${queue.cohort}.${pool.name}`,
        resources: amounts(pool, accelerators, accelerators + borrowingLimit, queue.fairSharingWeight),
      },
    }));
    return [...parents, ...children];
  });
}

/** Each limit is stated: one that is left out allows nothing beyond the quota. */
function amounts(pool: ProvisionedNodePool, quota: number, limit: number, overQuotaWeight: number) {
  const node = nodeSize(pool.allocatable, pool.resourceName);
  const [owned, most] = [quotaShare(node, quota), quotaShare(node, limit)];
  return {
    gpu: { quota, limit, overQuotaWeight },
    cpu: { quota: owned.cpuMillis, limit: most.cpuMillis, overQuotaWeight },
    memory: { quota: megabytes(owned.memoryMiB), limit: megabytes(most.memoryMiB), overQuotaWeight },
  };
}

/** KAI counts memory in millions of bytes. */
function megabytes(mebibytes: number): number {
  return Math.ceil((mebibytes * 1024 * 1024) / 1_000_000);
}
