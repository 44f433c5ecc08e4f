/** A cohort as Kueue knows it: where it stands in the tree, and what it owns as a whole. */
import type { ProvisionedNodePool } from "../cluster/contract.ts";
import { coveredResources, share } from "./cluster-queue.ts";
import type { CohortNode } from "./kueue-config.ts";

/** Spec of the Cohort; without a place in the tree it only groups the queues that name it. */
export function cohortSpec(
  node: CohortNode | undefined,
  pools: readonly ProvisionedNodePool[],
  fairSharing: boolean,
) {
  if (node === undefined) return {};
  const owned = node.quotas.map((quota) => {
    const pool = pools.find(({ name }) => name === quota.pool);
    if (!pool) throw new Error(`cohort ${node.cohort} names pool ${quota.pool}, which was checked before`);
    return { quota, pool };
  });
  return {
    ...(node.parent === undefined ? {} : { parentName: node.parent }),
    ...(fairSharing ? { fairSharing: { weight: String(node.fairSharingWeight) } } : {}),
    ...(owned.length > 0 ? { resourceGroups: [resourceGroup(owned)] } : {}),
  };
}

interface Owned {
  readonly quota: CohortNode["quotas"][number];
  readonly pool: ProvisionedNodePool;
}

/**
 * A resource may stand in one group only, and every pool has CPU and memory: all pools are flavors of one
 * group, with nothing of what they have not.
 */
function resourceGroup(owned: readonly Owned[]) {
  const covered = [...new Set(owned.flatMap(({ pool }) => coveredResources(pool)))];
  return { coveredResources: covered, flavors: owned.map((one) => flavorQuotas(one, covered)) };
}

function flavorQuotas({ quota, pool }: Owned, covered: readonly string[]) {
  const nominal = share(pool, quota.accelerators);
  const borrowing = quota.borrowingLimit === undefined ? undefined : share(pool, quota.borrowingLimit);
  const lending = quota.lendingLimit === undefined ? undefined : share(pool, quota.lendingLimit);
  const resources = covered.map((name) => ({
    name,
    nominalQuota: nominal[name] ?? "0",
    ...(borrowing ? { borrowingLimit: borrowing[name] ?? "0" } : {}),
    ...(lending ? { lendingLimit: lending[name] ?? "0" } : {}),
  }));
  return { name: pool.name, resources };
}
