/** A pool as an account is asked for it: of which machines, where, and how large it may grow. */
import type { CloudMachineId } from "../catalogue/cloud-machine.ts";
import type { CapacityType } from "../catalogue/price.ts";
import type { PoolPlan } from "./quota.ts";

export interface AccountPool extends PoolPlan {
  readonly machine: CloudMachineId;
  readonly region: string;
  readonly capacity: CapacityType;
  /** Nodes that it may grow to in each of its zones. */
  readonly maxNodesPerZone: number;
  /** Default: 1. */
  readonly zones?: number;
}

/** Nodes of all zones: clouds count the size of a pool in each zone apart (F98). */
export function maxNodes({
  maxNodesPerZone,
  zones = 1,
}: Pick<AccountPool, "maxNodesPerZone" | "zones">): number {
  return maxNodesPerZone * zones;
}
