import { expect, test } from "vitest";
import { ownCost, type PricedPool, poolCost } from "../../../components/planning/pool-cost.ts";

/** Reckoned by hand: the price of an hour, times 730 hours, times the nodes, in whole cents. */
test.each([
  {
    case: "two p5.48xlarge on demand: 55.04 x 730 x 2",
    pool: { machine: "p5.48xlarge", nodes: 2, region: "us-east-1", capacity: "on-demand" },
    usd: 80_358.4,
  },
  {
    case: "three a3-highgpu-8g as spot: 53.09362455 x 730 x 3",
    pool: { machine: "a3-highgpu-8g", nodes: 3, region: "us-central1", capacity: "spot" },
    usd: 116_275.04,
  },
  {
    case: "four a2-highgpu-1g reserved for a year: 1689.3711392 a month x 4",
    pool: { machine: "a2-highgpu-1g", nodes: 4, region: "us-central1", capacity: "reserved-1y" },
    usd: 6757.48,
  },
  {
    case: "one of them for three years: 938.56707798 a month",
    pool: { machine: "a2-highgpu-1g", nodes: 1, region: "us-central1", capacity: "reserved-3y" },
    usd: 938.57,
  },
  {
    case: "an empty pool",
    pool: { machine: "g6.xlarge", nodes: 0, region: "us-east-1", capacity: "on-demand" },
    usd: 0,
  },
] as const satisfies { case: string; pool: PricedPool; usd: number }[])("$case", ({ pool, usd }) => {
  expect(poolCost(pool)).toMatchObject({ usdPerMonth: usd });
});

test("the cost tells the price that it was reckoned from, with its day", () => {
  const pool = { machine: "g6e.48xlarge", nodes: 1, region: "us-east-1", capacity: "on-demand" } as const;
  expect(poolCost(pool)).toMatchObject({
    usdPerHour: 30.13118,
    price: { usdPerHour: 30.13118, date: "2026-07-20" },
  });
});

test("what its owner pays has no day and no source", () => {
  // 35.25 x 730 x 2.
  expect(ownCost(2, 35.25)).toEqual({ usdPerMonth: 51_465, usdPerHour: 35.25 });
});

test.each([
  {
    case: "no price of this region",
    pool: { machine: "p5.48xlarge", nodes: 2, region: "eu-west-1", capacity: "on-demand" },
    asked: "p5.48xlarge, on-demand in eu-west-1",
    known: "on-demand in us-east-1 (2026-07-20)",
  },
  {
    case: "no price of this kind of capacity",
    pool: { machine: "a3-highgpu-8g", nodes: 2, region: "us-central1", capacity: "reserved-1y" },
    asked: "a3-highgpu-8g, reserved-1y in us-central1",
    known: "on-demand in us-central1 (2026-08-20), spot in us-central1 (2026-08-20)",
  },
  {
    case: "no price at all",
    pool: { machine: "a4-highgpu-8g", nodes: 1, region: "us-central1", capacity: "on-demand" },
    asked: "a4-highgpu-8g, on-demand in us-central1",
    known: "nothing: no price found that is public and whole",
  },
] as const)("unknown: $case", ({ pool, asked, known }) => {
  expect(poolCost(pool)).toEqual({ unknown: `no price for ${asked}; known: ${known}` });
});
