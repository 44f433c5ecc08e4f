/**
 * Whether each link of the chain holds: what queues are promised, what pools may grow to, what the account
 * may have, and what teams and the stack may cost. Every link that breaks is told with both its figures.
 */
import { type AccountPool, maxNodes } from "./account-pool.ts";
import { type AccountQuota, accountQuotaProblems } from "./account-quota.ts";
import { type Budgets, budgetProblems } from "./budget.ts";
import { poolCost } from "./pool-cost.ts";
import { count, type Path, type Problem } from "./problem.ts";
import { capacityProblems, type Promised } from "./quota.ts";
import { sum } from "./sum.ts";

/** What a service takes of a pool at the height of a rollout, when old and new replicas run side by side. */
export interface PoolService {
  readonly path: Path;
  readonly name: string;
  readonly pool: string;
  readonly mostMachines: number;
}

export interface QuotaChain {
  readonly pools: readonly AccountPool[];
  readonly quotas: readonly Promised[];
  readonly services?: readonly PoolService[];
  /** Limits of the account; those that are not declared are not checked. */
  readonly accountQuotas?: readonly AccountQuota[];
  readonly budgets?: Budgets;
}

export function quotaChainProblems(chain: QuotaChain): Problem[] {
  const { pools, quotas, services = [], accountQuotas = [], budgets = {} } = chain;
  return [
    ...capacityProblems(pools, quotas),
    ...pools.flatMap(growthProblems),
    ...pools.flatMap((pool) => rolloutProblems(pool, services)),
    ...accountQuotaProblems(pools, accountQuotas),
    ...budgetProblems(
      pools.map((pool) => ({ ...pool, cost: poolCost(pool) })),
      quotas,
      budgets,
    ),
  ];
}

function growthProblems(pool: AccountPool): Problem[] {
  const most = maxNodes(pool);
  if (pool.nodes <= most) return [];
  return [
    {
      path: [...pool.path, "nodes"],
      given: count(pool.nodes, "node"),
      allowed: `at most ${most}, ${pool.maxNodesPerZone} in each of ${count(pool.zones ?? 1, "zone")}`,
      remedy: `lower nodes to ${most}, or let the pool grow by ${pool.nodes - most} more`,
    },
  ];
}

/** A rollout without room for its new replicas never ends (F115). */
function rolloutProblems(pool: AccountPool, services: readonly PoolService[]): Problem[] {
  const own = services.filter((service) => service.pool === pool.name);
  const needed = sum(own.map(({ mostMachines }) => mostMachines));
  const most = maxNodes(pool);
  if (needed <= most) return [];
  const list = own.map(({ name, mostMachines }) => `${name} ${mostMachines}`).join(", ");
  return [
    {
      path: [...pool.path, "maxNodesPerZone"],
      given: `${count(needed, "node")} at the height of rollouts in pool ${pool.name} (${list})`,
      allowed: `at most ${most}`,
      remedy: `let the pool grow by ${needed - most} more, or roll out with a smaller surge`,
    },
  ];
}
