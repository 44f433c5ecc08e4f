/** Hard limits of a team's namespace, behind those of its queues. */
import { deviceClasses } from "../catalogue/dra.ts";
import type { ProvisionedNodePool } from "../cluster/contract.ts";
import { claimsParts, isClaimed } from "../planning/claims.ts";
import { nodeSize } from "../planning/node-size.ts";
import { cpuQuantity, memoryQuantity } from "../planning/quantity.ts";
import type { ClusterQueue } from "../scheduling/queueing.ts";

/** Counts that keep one namespace from filling the cluster's database. */
const objectCounts = {
  "count/jobs.batch": "5000",
  "count/configmaps": "1000",
  "count/secrets": "1000",
  "count/services": "1000",
  "count/resourceclaimtemplates.resource.k8s.io": "1000",
  persistentvolumeclaims: "100",
  "services.loadbalancers": "0",
  "services.nodeports": "0",
};

/**
 * Hard limits: all that the team's pools have, and counts of objects. What the team may hold of a pool is its
 * queue's to say; this limit does not follow it, so that editing one quota changes one object.
 */
export function namespaceQuota(
  queues: readonly ClusterQueue[],
  maxPods: number,
  /** Pods of waiting jobs exist already and would use the limits up; the queues alone then count. */
  countsWaitingPods: boolean,
): Record<string, string> {
  if (countsWaitingPods) return { pods: String(maxPods), ...objectCounts };
  let cpu = 0;
  let memory = 0;
  const accelerators = new Map<string, number>();
  const add = (name: string, total: number) => accelerators.set(name, (accelerators.get(name) ?? 0) + total);
  for (const { provisionedPool: pool } of queues) {
    const node = nodeSize(pool.allocatable, pool.resourceName);
    cpu += node.cpuMillis * pool.nodes;
    memory += node.memoryMiB * pool.nodes;
    for (const [name, total] of claimable(pool, maxPods)) add(name, total);
    for (const { resourceName, total } of isClaimed(pool) ? [] : pool.devices) {
      add(`requests.${resourceName}`, total);
    }
  }
  return {
    "requests.cpu": cpuQuantity(cpu),
    "requests.memory": memoryQuantity(memory),
    ...Object.fromEntries([...accelerators].map(([name, total]) => [name, String(total)])),
    pods: String(maxPods),
    ...objectCounts,
  };
}

/**
 * Devices that all claims of the namespace may ask for, by class. Whole accelerators can also be requested by
 * the name that the class answers to. How many parts an accelerator gives depends on their size: there, each
 * pod may have one.
 */
function claimable(pool: ProvisionedNodePool, maxPods: number): [string, number][] {
  if (!isClaimed(pool)) return [];
  const { name, extendedResourceName } = deviceClasses[pool.sharing.devices];
  const most = claimsParts(pool) ? maxPods : pool.nodes * pool.acceleratorsPerNode;
  const own: [string, number] = [`${name}.deviceclass.resource.k8s.io/devices`, most];
  return extendedResourceName === undefined ? [own] : [own, [`requests.${extendedResourceName}`, most]];
}

/** What a container gets that states nothing; only resources that every queue covers (F42). */
export const containerDefaults = {
  type: "Container",
  default: { cpu: "1", memory: "4Gi" },
  defaultRequest: { cpu: "1", memory: "4Gi" },
};
