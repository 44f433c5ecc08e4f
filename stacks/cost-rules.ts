/** What a stack and its teams may cost, against what its pools do. */
import { type Budgets, budgetProblems } from "../components/planning/budget.ts";
import type { Problem } from "../components/planning/problem.ts";
import { repeatedName, unknownName } from "../components/planning/reference.ts";
import { poolDevices } from "../components/planning/sharing.ts";
import type { StackConfig } from "./config.ts";
import { pricedPools, promises } from "./plan-request.ts";

/** Of a stack that nothing else is wrong with. */
export function costProblems(stack: StackConfig): Problem[] {
  const pools = pricedPools(stack).map((pool) => ({ ...pool, devices: poolDevices(pool) }));
  return [
    ...priceProblems(stack),
    ...budgetProblems(pools, promises(stack), { ...stackBudget(stack), teams: teamBudgets(stack) }),
  ];
}

function priceProblems({ prices, pools }: StackConfig): Problem[] {
  const priced = prices.map(({ pool }) => pool);
  const known = pools.map(({ name }) => name);
  return priced.flatMap((pool, index) => [
    ...unknownName(["prices", index, "pool"], pool, known),
    ...repeatedName(["prices", index, "pool"], index, priced),
  ]);
}

function stackBudget(stack: StackConfig): Pick<Budgets, "stack"> {
  const { path, budget } =
    stack.environment === "aws"
      ? { path: ["aws", "budget", "usdPerMonth"], budget: stack.aws.budget }
      : { path: ["budget", "usdPerMonth"], budget: "budget" in stack ? stack.budget : undefined };
  return budget ? { stack: { path, usdPerMonth: budget.usdPerMonth } } : {};
}

function teamBudgets({ teams }: StackConfig): NonNullable<Budgets["teams"]> {
  const budgets = teams.flatMap(({ name, budgetUsdPerMonth: usdPerMonth }, index) =>
    usdPerMonth === undefined
      ? []
      : [[name, { path: ["teams", index, "budgetUsdPerMonth"], usdPerMonth }] as const],
  );
  return Object.fromEntries(budgets);
}
