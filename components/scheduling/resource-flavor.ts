/** How a pool looks to Kueue: which nodes it is, and what a pod needs to run there. */
import type { ProvisionedNodePool } from "../cluster/contract.ts";

/**
 * Spec of the ResourceFlavor of a pool; Kueue writes its labels and tolerations into admitted pods. Under DRA
 * it has no topology: with one, Kueue would bind pods to nodes by CPU and memory alone, blind to claims.
 */
export function flavorSpec({ labels, taints, sharing }: ProvisionedNodePool, topologyName: string) {
  return {
    nodeLabels: { ...labels },
    // Kueue leaves out an empty list when it writes the object, which the API server takes for a forbidden
    // change: the flavor could not be deleted any more.
    ...(taints.length > 0 && {
      nodeTaints: taints.map(({ key, value, effect }) => ({ key, value, effect })),
      tolerations: taints.map(({ key, value, effect }) => ({ key, operator: "Equal", value, effect })),
    }),
    ...(sharing.mode !== "dra" && { topologyName }),
  };
}
