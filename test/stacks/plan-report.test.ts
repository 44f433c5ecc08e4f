import { expect, test } from "vitest";
import { monthly, renderPlan } from "../../stacks/plan-report.ts";

const pool = {
  name: "h100",
  accelerator: "nvidia-h100-80gb-sxm",
  machine: "p5.48xlarge",
  nodes: 1,
  accelerators: 8,
  devices: [
    { noun: "slices 1g.10gb", total: 24, promised: 14, headroom: 10 },
    { noun: "slices 3g.40gb", total: 8, promised: 8, headroom: 0 },
  ],
  usdPerMonth: 40_179.2,
  priceNote: "55.04 USD an hour",
};
const team = { name: "red", costCenter: "cc-1", owns: { h100: 8 }, usdPerMonth: 30_000 };
const plan = {
  pools: [pool],
  teams: [team],
  workloads: [],
  models: [],
  usdPerMonth: 40_179.2,
  unassignedUsdPerMonth: 10_179.2,
  warnings: ["ten slices are idle"],
};

test("a plan with prices: pools by kind of device, bills with what nobody pays", () => {
  expect(renderPlan("aws", plan)).toBe(`PLAN aws: 1 pool, 8 accelerators, 40,179.20 USD a month

Pools
  pool  accelerator           machine      nodes  counted         total  promised  headroom  USD/month
  h100  nvidia-h100-80gb-sxm  p5.48xlarge  1      slices 1g.10gb  24     14        10        40,179.20
  h100  nvidia-h100-80gb-sxm  p5.48xlarge         slices 3g.40gb  8      8         0

Prices
  pool  price
  h100  55.04 USD an hour

Teams
  team      cost center  owns    USD/month
  red       cc-1         8 h100  30,000.00
  (nobody)                       10,179.20

Warnings
  ten slices are idle`);
});

test("a plan without prices names no amount, and nothing that is empty", () => {
  const free = { ...plan, usdPerMonth: 0, unassignedUsdPerMonth: 0, warnings: [] };
  const text = renderPlan("local", { ...free, pools: [{ ...pool, usdPerMonth: null }] });
  expect(text.split("\n")[0]).toBe("PLAN local: 1 pool, 8 accelerators");
  expect(text).not.toMatch(/nobody|Warnings|Workloads/);
});

test("amounts", () => {
  expect([monthly(null), monthly(1234.5)]).toEqual(["-", "1,234.50"]);
});
