/** What a platform holds, promises and costs, reckoned from its configuration alone. */
import type { CapacityType } from "../catalogue/price.ts";
import { isKnown, type Known } from "../catalogue/unknown.ts";
import { toCents } from "./money.ts";
import type { PoolCost } from "./pool-cost.ts";
import { count } from "./problem.ts";
import { countedDevices, type Promised, poolAccelerators, promisedPart } from "./quota.ts";
import type { ModelRow } from "./serving/model-plan.ts";
import { poolDevices, type SharedPool } from "./sharing.ts";
import { sum } from "./sum.ts";
import { unevenWarnings } from "./uneven-jobs.ts";

/** A pool as its environment buys it. */
export interface PlannedPool extends SharedPool {
  readonly name: string;
  /** Type of its machines, as the cloud or the catalogue calls it. */
  readonly machine: string;
  readonly capacity?: CapacityType | undefined;
  /** Of all its nodes; or why nobody can tell. */
  readonly cost: Known<PoolCost>;
}

export interface PlannedTeam {
  readonly name: string;
  readonly costCenter: string;
}

/** What asks for accelerators of a quota: a job, a notebook, the replicas of a model. */
export interface PlannedWorkload {
  readonly kind: string;
  readonly name: string;
  readonly team: string;
  readonly pool: string;
  /** MIG profile of the slices that it asks for. */
  readonly profile?: string | undefined;
  /** In what the pool's quotas count. */
  readonly accelerators: number;
  /** What its pods ask for, each size once; of a model nothing is said. */
  readonly perPod?: readonly number[];
}

export interface PlatformRequest {
  /** Whether idle accelerators are divided by what each team borrows. */
  readonly fairSharing: boolean;
  readonly pools: readonly PlannedPool[];
  readonly teams: readonly PlannedTeam[];
  /** Of teams, and of cohorts as a whole, which no team pays for. */
  readonly quotas: readonly Promised[];
  readonly workloads: readonly PlannedWorkload[];
  readonly models: readonly PlannedModel[];
}

/** A model with the other ways to serve it. */
export interface PlannedModel extends ModelRow {
  /** MIG profile of a replica. */
  readonly profile?: string | undefined;
  /** Cheapest first; none where no demand is said. */
  readonly alternatives: readonly Alternative[];
}

export interface Alternative {
  readonly description: string;
  readonly usdPerMonth: number;
}

export interface PlatformPlan {
  readonly pools: readonly PoolRow[];
  readonly teams: readonly TeamRow[];
  readonly workloads: readonly PlannedWorkload[];
  readonly models: readonly ModelCost[];
  /** Of all pools whose price is known. */
  readonly usdPerMonth: number;
  /** What stands in no quota, so that nobody pays for it. */
  readonly unassignedUsdPerMonth: number;
  readonly warnings: readonly string[];
}

export interface PoolRow {
  readonly name: string;
  readonly accelerator: string;
  readonly machine: string;
  readonly nodes: number;
  readonly accelerators: number;
  /** What its quotas count: how many there are, are promised to teams, and are left over. */
  readonly devices: readonly DeviceRow[];
  /** Null where no price is known. */
  readonly usdPerMonth: number | null;
  /** Where the price was read and when, or why there is none. */
  readonly priceNote: string;
}

export interface ModelCost extends PlannedModel {
  /** Its part of the pool, spare replicas included; null where no price is known. */
  readonly usdPerMonth: number | null;
}

export interface DeviceRow {
  readonly noun: string;
  readonly total: number;
  readonly promised: number;
  readonly headroom: number;
}

export interface TeamRow {
  readonly name: string;
  readonly costCenter: string;
  /** What it owns, by pool, in what the pool's quotas count. */
  readonly owns: Readonly<Record<string, number>>;
  /** Its part of each pool's cost, by what it owns there. */
  readonly usdPerMonth: number;
}

export function platformPlan({ pools, teams, quotas, models, ...request }: PlatformRequest): PlatformPlan {
  const workloads = [...request.workloads, ...models.map(modelWorkload)];
  const usdPerMonth = toCents(sum(pools.map(poolUsd)));
  const rows = teams.map((team) => teamRow(team, pools, quotas));
  return {
    pools: pools.map((pool) => poolRow(pool, quotas)),
    teams: rows,
    workloads,
    models: models.map((model) => modelCost(model, pools)),
    usdPerMonth,
    unassignedUsdPerMonth: Math.max(0, toCents(usdPerMonth - sum(rows.map((team) => team.usdPerMonth)))),
    warnings: [
      ...pools.flatMap((pool) => poolWarnings(pool, quotas)),
      ...waiting(quotas, workloads),
      ...(request.fairSharing ? unevenWarnings(pools, workloads) : []),
    ],
  };
}

function poolRow(pool: PlannedPool, quotas: readonly Promised[]): PoolRow {
  const { name, accelerator, machine, nodes, cost } = pool;
  return {
    name,
    accelerator,
    machine,
    nodes,
    accelerators: poolAccelerators(pool),
    devices: deviceRows(pool, quotas),
    usdPerMonth: isKnown(cost) ? cost.usdPerMonth : null,
    priceNote: isKnown(cost) ? priceNote(cost) : cost.unknown,
  };
}

function priceNote({ usdPerHour, price }: PoolCost): string {
  const source = price ? `${price.capacity} in ${price.region}, ${price.date}` : "as the stack says";
  return `${usdPerHour} USD an hour, ${source}`;
}

function deviceRows(pool: PlannedPool, quotas: readonly Promised[]): DeviceRow[] {
  return countedDevices({ ...pool, devices: poolDevices(pool) }).map(({ noun, total, profile }) => {
    const own = quotas.filter((quota) => quota.pool === pool.name && quota.profile === profile);
    const promised = sum(own.map(({ accelerators }) => accelerators));
    return { noun, total, promised, headroom: total - promised };
  });
}

function teamRow(team: PlannedTeam, pools: readonly PlannedPool[], quotas: readonly Promised[]): TeamRow {
  const own = quotas.filter((quota) => quota.team === team.name);
  const owns: Record<string, number> = {};
  for (const { pool, profile, accelerators } of own) {
    owns[profile === undefined ? pool : `${pool} ${profile}`] = accelerators;
  }
  const usd = own.map((quota) => {
    const pool = pools.find(({ name }) => name === quota.pool);
    return pool ? poolUsd(pool) * shareOf(pool, quota) : 0;
  });
  return { ...team, owns, usdPerMonth: toCents(sum(usd)) };
}

/** Its quota's part, where its devices are of more than one kind too. */
function shareOf(pool: PlannedPool, quota: Pick<Promised, "profile" | "accelerators">): number {
  return promisedPart({ ...pool, devices: poolDevices(pool) }, quota);
}

function modelWorkload({ name, team, pool, profile, accelerators }: PlannedModel): PlannedWorkload {
  return { kind: "model", name, team, pool, profile, accelerators };
}

function modelCost(model: PlannedModel, pools: readonly PlannedPool[]): ModelCost {
  const pool = pools.find(({ name }) => name === model.pool);
  const isPriced = pool !== undefined && isKnown(pool.cost);
  return { ...model, usdPerMonth: isPriced ? toCents(poolUsd(pool) * shareOf(pool, model)) : null };
}

function poolUsd({ cost }: PlannedPool): number {
  return isKnown(cost) ? cost.usdPerMonth : 0;
}

/** What is paid for and owned by nobody: no queue ever hands it out. */
function poolWarnings(pool: PlannedPool, quotas: readonly Promised[]): string[] {
  return deviceRows(pool, quotas)
    .filter(({ headroom }) => headroom > 0)
    .map(
      ({ headroom, total, noun }) =>
        `pool ${pool.name}: ${headroom} of ${total} ${noun} are in nobody's quota, so no job ever gets them`,
    );
}

/** Teams that ask for more than they own: what is beyond it runs on what others leave idle, or waits. */
function waiting(quotas: readonly Promised[], workloads: readonly PlannedWorkload[]): string[] {
  const places = [...new Map(workloads.map((workload) => [placeOf(workload), workload])).values()];
  return places.flatMap(({ team, pool, profile }) => {
    const here = (entry: Place) => placeOf(entry) === placeOf({ team, pool, profile });
    const owned = sum(quotas.filter(here).map(({ accelerators }) => accelerators));
    const asking = workloads.filter(here);
    const asked = sum(asking.map(({ accelerators }) => accelerators));
    if (asked <= owned) return [];
    const what = profile === undefined ? asked : `${asked} ${profile}`;
    return [
      `team ${team} asks for ${what} in pool ${pool} with ${count(asking.length, "workload")} and owns` +
        ` ${owned}: the rest borrows or waits`,
    ];
  });
}

type Place = Pick<PlannedWorkload, "team" | "pool" | "profile">;

/** What a quota is given for. */
function placeOf({ team, pool, profile = "" }: Place): string {
  return `${team} ${pool} ${profile}`;
}
