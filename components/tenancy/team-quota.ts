/** Hard limits of a team's namespace, behind those of its queues. */
import { nodeSize } from "../planning/node-size.ts";
import { cpuQuantity, memoryQuantity } from "../planning/quantity.ts";
import type { ClusterQueue } from "../scheduling/queueing.ts";

/** Counts that keep one namespace from filling the cluster's database. */
const objectCounts = {
  "count/jobs.batch": "5000",
  "count/configmaps": "1000",
  "count/secrets": "1000",
  "count/services": "1000",
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
  for (const { provisionedPool: pool } of queues) {
    const node = nodeSize(pool.allocatable, pool.resourceName);
    cpu += node.cpuMillis * pool.nodes;
    memory += node.memoryMiB * pool.nodes;
    for (const { resourceName, total } of pool.devices) {
      accelerators.set(resourceName, (accelerators.get(resourceName) ?? 0) + total);
    }
  }
  return {
    "requests.cpu": cpuQuantity(cpu),
    "requests.memory": memoryQuantity(memory),
    ...Object.fromEntries([...accelerators].map(([name, total]) => [`requests.${name}`, String(total)])),
    pods: String(maxPods),
    ...objectCounts,
  };
}

/** What a container gets that states nothing; only resources that every queue covers (F42). */
export const containerDefaults = {
  type: "Container",
  default: { cpu: "1", memory: "4Gi" },
  defaultRequest: { cpu: "1", memory: "4Gi" },
};
