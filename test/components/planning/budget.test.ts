import { expect, test } from "vitest";
import type { AccountPool } from "../../../components/planning/account-pool.ts";
import { type Budget, budgetProblems, teamParts } from "../../../components/planning/budget.ts";
import { poolCost } from "../../../components/planning/pool-cost.ts";
import type { Promised } from "../../../components/planning/quota.ts";
import { poolDevices } from "../../../components/planning/sharing.ts";
import { accountPool, gcpPool } from "../../support/serving/account-pools.ts";

const path = ["budgets", "stack"];
const budget = (usdPerMonth: number): Budget => ({ path, usdPerMonth });
const quotas: Promised[] = [
  { team: "research", pool: "h100", accelerators: 12 },
  { team: "vision", pool: "h100", accelerators: 4 },
  { team: "vision", pool: "a100", accelerators: 1 },
];
const costed = (pool: AccountPool) => ({ ...pool, cost: poolCost(pool) });
// 55.04 x 730 x 2 and 5.06879789 x 730 x 2.
const pools = [accountPool(), gcpPool()].map(costed);

test("a stack that costs exactly its budget, and one cent more", () => {
  // 80358.40 + 7400.44.
  expect(budgetProblems(pools, quotas, { stack: budget(87_758.84) })).toEqual([]);
  expect(budgetProblems(pools, quotas, { stack: budget(87_758.83) })).toEqual([
    {
      path,
      given:
        "87,758.84 USD a month of 730 hours for the stack's pools (h100 80,358.40 USD, a100 7,400.44 USD)",
      allowed: "at most 87,758.83 USD",
      remedy: "raise the budget by 0.01 USD, or take fewer or cheaper machines",
    },
  ]);
});

test("a team pays for its part of each pool", () => {
  // 4 of 16 H100, and one of two A100.
  const teams = { vision: budget(23_000), research: budget(60_268.8) };
  expect(budgetProblems(pools, quotas, { teams })).toEqual([
    {
      path,
      given: "23,789.82 USD a month of 730 hours for team vision (h100 20,089.60 USD, a100 3,700.22 USD)",
      allowed: "at most 23,000.00 USD",
      remedy: "raise the budget by 789.82 USD, or take fewer or cheaper machines",
    },
  ]);
});

test("slices of accelerators are paid for by their part of a node", () => {
  const layouts = [{ nodes: 2, profiles: { "3g.40gb": 2 } }];
  const shared = { accelerator: "nvidia-h100-80gb-sxm", nodes: 2, acceleratorsPerNode: 8 } as const;
  const devices = poolDevices({ ...shared, sharing: { mode: "mig", layouts } });
  const pool = costed(accountPool({ devices }));
  const promised = [{ team: "vision", pool: "h100", profile: "3g.40gb", accelerators: 8 }];
  const [device] = devices;
  const part = (8 * (device?.parts ?? 0)) / ((device?.partsPerNode ?? 0) * 2);
  expect(teamParts([pool], promised, "vision")).toEqual([{ name: "h100", usd: 80_358.4 * part }]);
  expect(part).toBeCloseTo((8 * 3) / (7 * 16), 9);
});

test("without a budget nothing is asked of prices; with one, a price that is missing is a problem", () => {
  const elsewhere = [costed(accountPool({ region: "eu-west-1" })), costed(gcpPool())];
  expect(budgetProblems(elsewhere, quotas, {})).toEqual([]);
  const unpriced = (what: string) => ({
    path,
    given:
      `1,000,000.00 USD a month for ${what}, of which nobody can tell what h100 costs: no price for` +
      " p5.48xlarge, on-demand in eu-west-1; known: on-demand in us-east-1 (2026-07-20)",
    allowed: "a budget for pools whose price is known",
    remedy: "add { pool: h100, usdPerHour: what you pay for one machine } to prices",
  });
  expect(budgetProblems(elsewhere, quotas, { stack: budget(1e6) })).toEqual([unpriced("the stack's pools")]);
  expect(budgetProblems(elsewhere, quotas, { teams: { vision: budget(1e6) } })).toEqual([
    unpriced("team vision"),
  ]);
});

test("a team is not asked for prices of pools that it has no part of", () => {
  const elsewhere = [costed(accountPool({ region: "eu-west-1" })), costed(gcpPool())];
  const own: Promised[] = [{ team: "audio", pool: "a100", accelerators: 2 }];
  expect(budgetProblems(elsewhere, own, { teams: { audio: budget(7400.44) } })).toEqual([]);
});
