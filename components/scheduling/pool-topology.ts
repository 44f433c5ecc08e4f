/** The network domains that Kueue places a pool's gangs by: those of the machine room, or its slices. */
import { topologyLabels } from "../catalogue/labels.ts";
import type { ProvisionedNodePool } from "../cluster/contract.ts";

export interface PoolTopology {
  /** Name of the Topology. */
  readonly name: string;
  /** Node labels from the widest domain to the node. */
  readonly levels: readonly string[];
}

/** The Topology of a pool; pools of equal levels share one. */
export function poolTopology(
  { slices }: Pick<ProvisionedNodePool, "slices">,
  clusterLevels: readonly string[],
): PoolTopology {
  if (!slices) return { name: "default", levels: clusterLevels };
  return slices.hosts === 1
    ? { name: "tpu-hosts", levels: [topologyLabels.node] }
    : { name: "tpu-slices", levels: [slices.level, topologyLabels.node] };
}

/** Every Topology that some pool needs; that of the machine room is always there. */
export function poolTopologies(
  pools: readonly Pick<ProvisionedNodePool, "slices">[],
  clusterLevels: readonly string[],
): PoolTopology[] {
  const all = [{}, ...pools].map((pool) => poolTopology(pool, clusterLevels));
  return [...new Map(all.map((topology) => [topology.name, topology])).values()];
}
