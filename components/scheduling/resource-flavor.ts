/** How a pool looks to Kueue: which nodes it is, and what a pod needs to run there. */
import type { ProvisionedNodePool } from "../cluster/contract.ts";

/**
 * Spec of the ResourceFlavor of a pool; Kueue writes its labels and tolerations into admitted pods. Under DRA
 * it has no topology: with one, Kueue would bind pods to nodes by CPU and memory alone, blind to claims.
 */
export function flavorSpec(pool: ProvisionedNodePool, topologyName: string) {
  return {
    nodeLabels: { ...pool.labels },
    nodeTaints: pool.taints.map(({ key, value, effect }) => ({ key, value, effect })),
    tolerations: pool.taints.map(({ key, value, effect }) => ({ key, operator: "Equal", value, effect })),
    ...(pool.sharing.mode === "dra" ? {} : { topologyName }),
  };
}
