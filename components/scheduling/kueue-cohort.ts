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
  const groups = node.quotas.map((quota) => {
    const pool = pools.find(({ name }) => name === quota.pool);
    if (!pool) throw new Error(`cohort ${node.cohort} names pool ${quota.pool}, which was checked before`);
    return resourceGroup(quota, pool);
  });
  return {
    ...(node.parent === undefined ? {} : { parentName: node.parent }),
    ...(fairSharing ? { fairSharing: { weight: String(node.fairSharingWeight) } } : {}),
    ...(groups.length > 0 ? { resourceGroups: mergeGroups(groups) } : {}),
  };
}

type Group = ReturnType<typeof resourceGroup>;

function resourceGroup(quota: CohortNode["quotas"][number], pool: ProvisionedNodePool) {
  const covered = coveredResources(pool);
  const nominal = share(pool, quota.accelerators);
  const borrowing = quota.borrowingLimit === undefined ? undefined : share(pool, quota.borrowingLimit);
  const lending = quota.lendingLimit === undefined ? undefined : share(pool, quota.lendingLimit);
  const resources = covered.map((name) => ({
    name,
    nominalQuota: nominal[name],
    ...(borrowing ? { borrowingLimit: borrowing[name] } : {}),
    ...(lending ? { lendingLimit: lending[name] } : {}),
  }));
  return { coveredResources: covered, flavors: [{ name: pool.name, resources }] };
}

/** A resource may stand in one group only, so pools that offer the same resources share a group. */
function mergeGroups(groups: readonly Group[]): Group[] {
  const merged = new Map<string, Group>();
  for (const group of groups) {
    const key = group.coveredResources.join();
    const known = merged.get(key);
    merged.set(key, known ? { ...known, flavors: [...known.flavors, ...group.flavors] } : group);
  }
  return [...merged.values()];
}
