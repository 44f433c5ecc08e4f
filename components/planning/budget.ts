/** Whether a stack and its teams stay within what they may cost. */
import { hoursPerMonth } from "../catalogue/price.ts";
import type { AccountPool } from "./account-pool.ts";
import { dollars, toCents } from "./money.ts";
import { poolCost, priceProblems } from "./pool-cost.ts";
import type { Path, Problem } from "./problem.ts";
import { type Promised, poolAccelerators } from "./quota.ts";
import { sum } from "./sum.ts";

export interface Budget {
  readonly path: Path;
  readonly usdPerMonth: number;
}

export interface Budgets {
  /** Of all pools. */
  readonly stack?: Budget;
  /** Of what a team is promised: its part of each pool's machines. */
  readonly teams?: Readonly<Record<string, Budget>>;
}

/**
 * Nothing is checked against a cost that cannot be told; that itself is a problem where there is a budget.
 */
export function budgetProblems(
  pools: readonly AccountPool[],
  quotas: readonly Promised[],
  { stack, teams = {} }: Budgets,
): Problem[] {
  if (stack === undefined && Object.keys(teams).length === 0) return [];
  const unpriced = pools.flatMap((pool) => priceProblems([...pool.path, "machine"], pool));
  if (unpriced.length > 0) return unpriced;
  return [
    ...(stack ? stackProblems(pools, stack) : []),
    ...Object.entries(teams).flatMap(([team, budget]) => teamProblems(pools, quotas, team, budget)),
  ];
}

interface Part {
  readonly name: string;
  readonly usd: number;
}

function stackProblems(pools: readonly AccountPool[], budget: Budget): Problem[] {
  const parts = pools.map((pool) => ({ name: pool.name, usd: poolUsd(pool) }));
  return excess("the stack's pools", parts, budget);
}

function teamProblems(
  pools: readonly AccountPool[],
  quotas: readonly Promised[],
  team: string,
  budget: Budget,
): Problem[] {
  return excess(`team ${team}`, teamParts(pools, quotas, team), budget);
}

/** What a team's promises cost, pool by pool. */
export function teamParts(pools: readonly AccountPool[], quotas: readonly Promised[], team: string): Part[] {
  return pools.flatMap((pool) => {
    const own = quotas.filter((quota) => quota.team === team && quota.pool === pool.name);
    const part = sum(own.map((quota) => promisedPart(pool, quota)));
    return part > 0 ? [{ name: pool.name, usd: poolUsd(pool) * part }] : [];
  });
}

/** Part of a pool that a quota is; what it counts may be a part of an accelerator. */
function promisedPart(pool: AccountPool, { profile, accelerators }: Promised): number {
  const device = pool.devices?.find((candidate) => candidate.profile === profile);
  if (device) return (accelerators * device.parts) / (device.partsPerNode * pool.nodes);
  return accelerators / poolAccelerators(pool);
}

function poolUsd(pool: AccountPool): number {
  return poolCost(pool)?.usdPerMonth ?? 0;
}

function excess(what: string, parts: readonly Part[], budget: Budget): Problem[] {
  const total = sum(parts.map(({ usd }) => usd));
  if (toCents(total) <= toCents(budget.usdPerMonth)) return [];
  const list = parts.map(({ name, usd }) => `${name} ${dollars(usd)}`).join(", ");
  return [
    {
      path: budget.path,
      given: `${dollars(total)} a month of ${hoursPerMonth} hours for ${what} (${list})`,
      allowed: `at most ${dollars(budget.usdPerMonth)}`,
      remedy: `raise the budget by ${dollars(total - budget.usdPerMonth)}, or take fewer or cheaper machines`,
    },
  ];
}
