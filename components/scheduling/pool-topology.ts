/** The network domains that Kueue places a pool's gangs by: those of the machine room, or its slices. */
import { topologyLabels } from "../catalogue/labels.ts";
import type { ProvisionedNodePool } from "../cluster/contract.ts";
import { roomLevels, roomTopology } from "../planning/topology.ts";
import type { BackendName } from "./backend.ts";

export interface PoolTopology {
  /** Name of the Topology. */
  readonly name: string;
  /** Node labels from the widest domain to the node. */
  readonly levels: readonly string[];
}

const roomDomains = roomLevels.filter((level) => level !== topologyLabels.node);

type Placed = Pick<ProvisionedNodePool, "slices" | "topology">;

/** The Topology of a pool; pools of equal levels share one. */
export function poolTopology({ slices, topology }: Placed, clusterLevels: readonly string[]): PoolTopology {
  if (!slices) {
    const { name, levels } = topology ?? { name: roomTopology, levels: clusterLevels };
    return { name, levels };
  }
  return slices.hosts === 1
    ? { name: "tpu-hosts", levels: [topologyLabels.node] }
    : { name: "tpu-slices", levels: [slices.level, topologyLabels.node] };
}

/** Every Topology that some pool needs; that of the machine room is always there. */
export function poolTopologies(pools: readonly Placed[], clusterLevels: readonly string[]): PoolTopology[] {
  const all = [{}, ...pools].map((pool) => poolTopology(pool, clusterLevels));
  return [...new Map(all.map((topology) => [topology.name, topology])).values()];
}

/**
 * Levels that a job in the pool may name: of a level that its nodes do not tell they have a label all the
 * same, by which they share nothing. Volcano has one tree for the whole cluster, and where it has to look for
 * it, only by the levels that all nodes have.
 */
export function placementLevels(
  { topology }: Placed,
  backend: BackendName,
  clusterLevels: readonly string[],
): readonly string[] {
  const { levels, domains } = topology ?? { levels: clusterLevels, domains: topologyLabels };
  const told = Object.values(domains);
  const named = levels.filter((level) => !roomDomains.includes(level) || told.includes(level));
  return backend === "volcano" ? named.filter((level) => clusterLevels.includes(level)) : named;
}
