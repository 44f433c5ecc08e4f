/** A model that a team serves in a pool: how it fits, how many replicas it takes, and what these ask for. */
import type { CloudMachineId } from "../../catalogue/cloud-machine.ts";
import { cacheBytesPerToken } from "../models/cache.ts";
import { bytesPerGiB } from "../models/engine-reserve.ts";
import { modelFit, type Serving } from "../models/model-fit.ts";
import { ranks } from "../models/parallelism.ts";
import { weightBytes } from "../models/weights.ts";
import type { Path } from "../problem.ts";
import { type PoolDevice, poolDevices, type SharedPool } from "../sharing.ts";
import type { Arrivals, LoadedReplica } from "./loaded-latency.ts";
import { type Placement, type PlacementSharing, placementPart } from "./placement.ts";
import { type PlacementOutcome, placementOutcome, type ServingDemand } from "./placement-outcome.ts";
import type { Headroom, Objective } from "./replica-count.ts";
import { type ServingAlternative, servingAlternatives } from "./serving-alternatives.ts";

export interface ModelRequest extends Serving {
  readonly path: Path;
  /** Name of the deployment. */
  readonly name: string;
  readonly team: string;
  readonly pool: string;
  /** What messages call the model. */
  readonly modelName: string;
  /** MIG profile of its replicas, in a pool that is partitioned. */
  readonly profile?: string | undefined;
  /** Either so many replicas, or as many as the demand takes. */
  readonly replicas?: number | undefined;
  readonly demand?: { readonly arrivals: Arrivals; readonly objective: Objective } | undefined;
  readonly headroom: Required<Headroom>;
  /** Whether it is an inference server, which says less than a planned model. Default: no. */
  readonly isServer?: boolean;
}

/** The pool that it is to stand in. */
export interface ModelPool extends SharedPool {
  readonly name: string;
  /** For the network between stages; the usual one where it is not known. */
  readonly machine?: CloudMachineId | undefined;
}

export interface ModelRow {
  readonly name: string;
  readonly team: string;
  readonly pool: string;
  readonly model: string;
  readonly weightGiB: number;
  readonly cacheKiBPerToken: number;
  readonly context: number;
  /** The longest that fits one sequence of. */
  readonly longestContext: number;
  /** Sequences of that context that one replica holds at once. */
  readonly sequences: number;
  /** What one replica takes of what the pool's quotas count. */
  readonly perReplica: number;
  readonly replicas: number;
  /** Replicas that stand by for machines that fail. */
  readonly spare: number;
  /** All of these together. */
  readonly accelerators: number;
  /** What a rollout takes on top, for a while. */
  readonly surge: number;
  /** What the demand meets; null where none is said. */
  readonly loaded: {
    readonly ttftP95Seconds: number;
    readonly tpotP95Seconds: number;
    readonly utilization: number;
  } | null;
}

/** Where a replica stands in this pool; undefined where nobody can tell what it gets there. */
export function poolPlacement(request: ModelRequest, pool: SharedPool): Placement | undefined {
  const sharing = placementSharing(request, pool);
  if (sharing === undefined) return undefined;
  const { parallelism, quantization } = request;
  return { accelerator: pool.accelerator, parallelism, format: quantization ?? "published", sharing };
}

function placementSharing({ profile }: ModelRequest, { sharing }: SharedPool): PlacementSharing | undefined {
  switch (sharing.mode) {
    case "dedicated":
      return { mode: "dedicated" };
    case "mig":
      return profile === undefined ? undefined : { mode: "mig", profile };
    case "dra":
      return undefined;
    default:
      return { mode: sharing.mode, clients: sharing.replicas };
  }
}

/** What the demand makes of the pool; undefined where there is none. */
export function demandOutcome(
  request: ModelRequest,
  placement: Placement,
  pool: ModelPool,
): PlacementOutcome | undefined {
  const demand = servingDemand(request);
  return demand && placementOutcome(demand, placement, pool.machine);
}

/** All ways to serve it in the format that it asks for, cheapest first; none where it says no demand. */
export function otherWays(request: ModelRequest): readonly ServingAlternative[] {
  const demand = servingDemand(request);
  const { headroom, quantization = "published" } = request;
  return demand ? servingAlternatives({ ...demand, formats: [quantization], headroom }).ranked : [];
}

function servingDemand({ demand, ...request }: ModelRequest): ServingDemand | undefined {
  return demand && { ...request, ...demand };
}

/** The row of a model that nothing is wrong with. */
export function modelRow(request: ModelRequest, pool: ModelPool): ModelRow {
  const placement = poolPlacement(request, pool);
  if (!placement)
    throw new Error(`nothing is known of replicas in pool ${pool.name}, which was refused before`);
  return placedRow(request, pool, placement, demandOutcome(request, placement, pool));
}

/** The same for who has found out already what the demand makes of the pool. */
export function placedRow(
  request: ModelRequest,
  pool: ModelPool,
  placement: Placement,
  outcome: PlacementOutcome | undefined,
): ModelRow {
  const need = outcome && "need" in outcome ? outcome.need : undefined;
  const fit = modelFit(request, placementPart(placement).memoryBytes);
  const replicas = need?.replicas ?? request.replicas ?? 1;
  const perReplica = ranks(request.parallelism);
  const spare = spareReplicas(request, pool, replicas);
  return {
    name: request.name,
    team: request.team,
    pool: request.pool,
    model: request.modelName,
    weightGiB: rounded(weightBytes(request.model, request) / bytesPerGiB, 2),
    cacheKiBPerToken: rounded(cacheBytesPerToken(request.model, request.cache) / 1024, 2),
    context: request.context ?? request.model.maxContext,
    longestContext: fit.longestContext,
    sequences: fit.sequences,
    perReplica,
    replicas,
    spare,
    accelerators: (replicas + spare) * perReplica,
    surge: request.headroom.surge * perReplica,
    loaded: need ? loadedRow(need.loaded) : null,
  };
}

/** A machine that fails takes with it all the replicas that it can hold. */
function spareReplicas(request: ModelRequest, pool: SharedPool, replicas: number): number {
  const { headroom, parallelism } = request;
  const perMachine = Math.floor((replicaDevice(request, pool)?.perNode ?? 0) / parallelism.tensor);
  return headroom.failover * Math.min(replicas, perMachine);
}

/** What the pool's quotas count of which a replica takes some; undefined where there is no such profile. */
export function replicaDevice({ profile }: ModelRequest, pool: SharedPool): PoolDevice | undefined {
  return poolDevices(pool).find((device) => device.profile === profile);
}

function loadedRow({ ttft, tpot, utilization }: LoadedReplica): NonNullable<ModelRow["loaded"]> {
  return {
    ttftP95Seconds: rounded(ttft.p95, 4),
    tpotP95Seconds: rounded(tpot.p95, 5),
    utilization: rounded(utilization, 3),
  };
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
