/** Whether the quotas that teams are promised exist in the pools. */
import type { Fabric } from "./fabric.ts";
import { count, type Path, type Problem, upTo } from "./problem.ts";
import type { PoolDevice, Sharing } from "./sharing.ts";
import type { PoolSlices } from "./slices.ts";
import { sum } from "./sum.ts";

export interface PoolPlan {
  readonly path: Path;
  readonly name: string;
  readonly nodes: number;
  readonly acceleratorsPerNode: number;
  /** What its pods ask for. Default: whole accelerators. */
  readonly devices?: readonly PoolDevice[];
  /** How its accelerators are shared. Default: they are not. */
  readonly sharing?: Sharing;
  /** Slices that it is made of, where it is. */
  readonly slices?: PoolSlices;
  /** The network between its nodes, where it has devices. */
  readonly fabric?: Fabric | undefined;
}

/** One team's quota in one pool, in accelerators, or in replicas or slices where they are shared. */
export interface QuotaPlan {
  readonly path: Path;
  readonly team: string;
  readonly pool: string;
  /** MIG profile that is counted. */
  readonly profile?: string;
  readonly cohort: string;
  readonly accelerators: number;
  /** The most that may be borrowed from the cohort. */
  readonly borrowingLimit: number;
  /** The most that the cohort may borrow; undefined lends all. */
  readonly lendingLimit?: number;
}

/** All accelerators of a pool. */
export function poolAccelerators(pool: Pick<PoolPlan, "nodes" | "acceleratorsPerNode">): number {
  return pool.nodes * pool.acceleratorsPerNode;
}

/** The most that a queue can ever hold at once. */
export function quotaCeiling(quota: Pick<QuotaPlan, "accelerators" | "borrowingLimit">): number {
  return quota.accelerators + quota.borrowingLimit;
}

/** The part of a pool's nodes that a quota is: by slices of accelerators where they are sliced. */
export function promisedPart(
  pool: Omit<PoolPlan, "path" | "name">,
  { profile, accelerators }: Pick<Promised, "profile" | "accelerators">,
): number {
  if (!pool.devices) return accelerators / poolAccelerators(pool);
  const device = pool.devices.find((candidate) => candidate.profile === profile);
  return device ? (accelerators * device.parts) / (device.partsPerNode * pool.nodes) : 0;
}

type Counted = Pick<PoolDevice, "profile" | "noun" | "perNode" | "total">;

/** Kinds of device that quotas and jobs of a pool count. */
export function countedDevices(pool: Omit<PoolPlan, "path" | "name">): readonly Counted[] {
  const { acceleratorsPerNode } = pool;
  return (
    pool.devices ?? [{ noun: "accelerators", perNode: acceleratorsPerNode, total: poolAccelerators(pool) }]
  );
}

/** Accelerators of a pool that a team, or a cohort as a whole, is promised. */
export type Promised = Pick<QuotaPlan, "team" | "pool" | "profile" | "accelerators">;

/** Pools whose quotas promise more than they hold: such a queue admits jobs that no node can take. */
export function capacityProblems(pools: readonly PoolPlan[], quotas: readonly Promised[]): Problem[] {
  return pools.flatMap((pool) => {
    const own = quotas.filter((quota) => quota.pool === pool.name);
    return countedDevices(pool).flatMap((device) => {
      const promised = own.filter((quota) => quota.profile === device.profile);
      return excessProblems(pool, device, promised);
    });
  });
}

/** Amounts that hold part of a slice, which no job can use. */
export function partialSliceProblems(
  pools: readonly Pick<PoolPlan, "name" | "slices">[],
  quotas: readonly QuotaPlan[],
): Problem[] {
  return quotas.flatMap((quota) => {
    const slices = pools.find(({ name }) => name === quota.pool)?.slices;
    if (!slices) return [];
    const chips = slices.hosts * slices.chipsPerHost;
    return sliceAmounts
      .filter((amount) => (quota[amount] ?? 0) % chips > 0)
      .map((amount) => ({
        path: [...quota.path, amount],
        given: String(quota[amount]),
        allowed: `a multiple of ${chips}, the chips of a slice ${slices.topology} of pool ${quota.pool}`,
        remedy: `make it ${Math.ceil((quota[amount] ?? 0) / chips) * chips}`,
      }));
  });
}

const sliceAmounts = ["accelerators", "borrowingLimit", "lendingLimit"] as const;

function excessProblems(pool: PoolPlan, device: Counted, promised: readonly Promised[]): Problem[] {
  const total = sum(promised.map((quota) => quota.accelerators));
  if (total <= device.total) return [];
  const list = promised.map((quota) => `${quota.team} ${quota.accelerators}`).join(", ");
  const excess = total - device.total;
  const missingNodes = count(Math.ceil(excess / device.perNode), "node");
  const isUniform = device.total === pool.nodes * device.perNode;
  const made = isUniform ? `${count(pool.nodes, "node")} of ${device.perNode}` : "by the pool's layouts";
  return [
    {
      path: [...pool.path, "nodes"],
      given: `${total} ${device.noun} promised in pool ${pool.name} (${list})`,
      allowed: `at most ${device.total} (${made})`,
      remedy: `lower the quotas by ${excess} in all, or add ${missingNodes}`,
    },
  ];
}

/** Queues that lend more than they own. */
export function lendingProblems(quotas: readonly QuotaPlan[]): Problem[] {
  return quotas
    .filter((quota) => (quota.lendingLimit ?? 0) > quota.accelerators)
    .map((quota) => ({
      path: [...quota.path, "lendingLimit"],
      given: String(quota.lendingLimit),
      allowed: `${upTo(quota.accelerators)}, the accelerators of this quota`,
      remedy: `lower lendingLimit to ${quota.accelerators}, or leave it out to lend all`,
    }));
}
