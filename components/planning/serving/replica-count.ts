/** How many replicas meet an objective, and how many more it takes when one fails or all are exchanged. */

import { type Arrivals, type LoadedReplica, latencyModel } from "./loaded-latency.ts";
import type { ReplicaEngine } from "./replica-engine.ts";

/** What 95 of 100 requests may take. */
export interface Objective {
  /** Until the first token, waiting included. */
  readonly ttftSeconds: number;
  /** For each token after that. */
  readonly tpotSeconds: number;
}

export interface ReplicaNeed {
  readonly replicas: number;
  /** What one of them does. */
  readonly loaded: LoadedReplica;
}

/** More than anybody runs: a demand that needs them is refused. */
const mostReplicas = 10_000;

/** The fewest replicas that meet the objective; undefined where no number does. */
export function neededReplicas(
  engine: ReplicaEngine,
  arrivals: Arrivals,
  objective: Objective,
): ReplicaNeed | undefined {
  const latency = latencyModel(engine, arrivals);
  const meeting = (replicas: number) => {
    const loaded = latency(replicas);
    return loaded && meets(loaded, objective) ? loaded : undefined;
  };
  let enough = 1;
  while (meeting(enough) === undefined) {
    if (enough >= mostReplicas) return undefined;
    enough *= 2;
  }
  let tooFew = Math.floor(enough / 2);
  while (enough - tooFew > 1) {
    const middle = Math.floor((enough + tooFew) / 2);
    if (meeting(middle)) enough = middle;
    else tooFew = middle;
  }
  const loaded = meeting(enough);
  return loaded && { replicas: enough, loaded };
}

function meets({ ttft, tpot }: LoadedReplica, { ttftSeconds, tpotSeconds }: Objective): boolean {
  return ttft.p95 <= ttftSeconds && tpot.p95 <= tpotSeconds;
}

export interface Headroom {
  /** Machines that may fail without the objective being missed. Default: 1. */
  readonly failover?: number;
  /** Replicas that a rollout starts before it ends old ones. Default: 1. */
  readonly surge?: number;
}

export interface MachineNeed {
  /** Machines that the replicas take. */
  readonly serving: number;
  /** With those that may fail. */
  readonly machines: number;
  /** At the height of a rollout, which a pool must be allowed to grow to. */
  readonly mostMachines: number;
}

/** A machine that fails takes all its replicas with it, so what is spare is counted in machines. */
export function neededMachines(replicas: number, perMachine: number, headroom: Headroom = {}): MachineNeed {
  const { failover = 1, surge = 1 } = headroom;
  const serving = Math.ceil(replicas / perMachine);
  const machines = serving + failover;
  // Places that are free anyway take the first of the new replicas.
  const free = machines * perMachine - replicas - failover * perMachine;
  const mostMachines = machines + Math.ceil(Math.max(0, surge - free) / perMachine);
  return { serving, machines, mostMachines };
}
