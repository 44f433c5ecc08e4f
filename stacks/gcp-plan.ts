/** Pools of a stack on Google Cloud as the plan counts them, with what their machines cost. */
import { unknown } from "../components/catalogue/unknown.ts";
import { type GcpPool, gcpPool } from "../components/cluster/gcp-pool.ts";
import type { PlannedPool } from "../components/planning/platform-plan.ts";
import { poolCost } from "../components/planning/pool-cost.ts";
import type { GcpStack } from "./gcp-config.ts";

/** At their most: what an autoscaler saves is not known before. */
export function gcpPlannedPools({ pools, region }: GcpStack): PlannedPool[] {
  return pools.map((entry): PlannedPool => {
    const pool = gcpPool.parse(entry);
    const { capacity } = pool;
    if (capacity.type === "reservation") {
      return { ...planned(pool), cost: unknown(`reservation ${capacity.reservation}: paid as agreed`) };
    }
    if (capacity.type === "flex-start") {
      return { ...planned(pool), cost: unknown("no source of prices tells those of flex-start") };
    }
    const priced = { machine: pool.machine, nodes: pool.nodes, region, capacity: capacity.type };
    return { ...planned(pool), capacity: capacity.type, cost: poolCost(priced) };
  });
}

function planned({ name, machine, accelerator, nodes, acceleratorsPerNode, maxPods, sharing }: GcpPool) {
  return { name, machine, accelerator, nodes, acceleratorsPerNode, maxPods, sharing };
}
