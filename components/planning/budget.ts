/** Whether a stack and its teams stay within what they may cost. */
import { hoursPerMonth } from "../catalogue/price.ts";
import { isKnown, type Known } from "../catalogue/unknown.ts";
import { dollars, toCents } from "./money.ts";
import type { PoolCost } from "./pool-cost.ts";
import type { Path, Problem } from "./problem.ts";
import { type PoolPlan, type Promised, promisedPart } from "./quota.ts";
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

export interface CostedPool extends Omit<PoolPlan, "path"> {
  /** Of all its nodes; or why nobody can tell. */
  readonly cost: Known<PoolCost>;
}

/** A cost that nobody can tell keeps no budget: that itself is a problem where there is one. */
export function budgetProblems(
  pools: readonly CostedPool[],
  quotas: readonly Promised[],
  { stack, teams = {} }: Budgets,
): Problem[] {
  return [
    ...(stack ? spendProblems("the stack's pools", stackParts(pools), stack) : []),
    ...Object.entries(teams).flatMap(([team, budget]) =>
      spendProblems(`team ${team}`, teamParts(pools, quotas, team), budget),
    ),
  ];
}

interface Part {
  readonly name: string;
  readonly usd: Known<number>;
}

function stackParts(pools: readonly CostedPool[]): Part[] {
  return pools.map(({ name, cost }) => ({ name, usd: isKnown(cost) ? cost.usdPerMonth : cost }));
}

/** What a team's promises cost, pool by pool. */
export function teamParts(pools: readonly CostedPool[], quotas: readonly Promised[], team: string): Part[] {
  return pools.flatMap((pool) => {
    const own = quotas.filter((quota) => quota.team === team && quota.pool === pool.name);
    const part = sum(own.map((quota) => promisedPart(pool, quota)));
    const { name, cost } = pool;
    return part > 0 ? [{ name, usd: isKnown(cost) ? cost.usdPerMonth * part : cost }] : [];
  });
}

function spendProblems(what: string, parts: readonly Part[], budget: Budget): Problem[] {
  const unpriced = parts.flatMap(({ name, usd }) => (isKnown(usd) ? [] : [{ name, why: usd.unknown }]));
  if (unpriced.length > 0) {
    return unpriced.map(({ name, why }) => ({
      path: budget.path,
      given:
        `${dollars(budget.usdPerMonth)} a month for ${what},` +
        ` of which nobody can tell what ${name} costs: ${why}`,
      allowed: "a budget for pools whose price is known",
      remedy: `add { pool: ${name}, usdPerHour: what you pay for one machine } to prices`,
    }));
  }
  const known = parts.flatMap(({ name, usd }) => (isKnown(usd) ? [{ name, usd }] : []));
  const total = sum(known.map(({ usd }) => usd));
  if (toCents(total) <= toCents(budget.usdPerMonth)) return [];
  const list = known.map(({ name, usd }) => `${name} ${dollars(usd)}`).join(", ");
  return [
    {
      path: budget.path,
      given: `${dollars(total)} a month of ${hoursPerMonth} hours for ${what} (${list})`,
      allowed: `at most ${dollars(budget.usdPerMonth)}`,
      remedy: `raise the budget by ${dollars(total - budget.usdPerMonth)}, or take fewer or cheaper machines`,
    },
  ];
}
