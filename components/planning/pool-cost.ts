/** What a pool of machines costs by the month, from the catalogue's price of one machine. */
import type { CloudMachineId } from "../catalogue/cloud-machine.ts";
import { machinePrices } from "../catalogue/machine-prices.ts";
import { type CapacityType, hoursPerMonth, type Price } from "../catalogue/price.ts";
import { isKnown } from "../catalogue/unknown.ts";
import { toCents } from "./money.ts";
import type { Path, Problem } from "./problem.ts";

export interface PricedPool {
  readonly machine: CloudMachineId;
  readonly nodes: number;
  readonly region: string;
  readonly capacity: CapacityType;
}

export interface PoolCost {
  /** Machines alone, all month: no disks, traffic, cluster or support. */
  readonly usdPerMonth: number;
  /** Price of one machine that it was reckoned from. */
  readonly price: Price;
}

/** The pool's cost, or why it cannot be told: a price of another region is not taken instead. */
export function poolCost(pool: PricedPool): PoolCost | undefined {
  const price = findPrice(pool);
  if (price === undefined) return undefined;
  return { usdPerMonth: toCents(price.usdPerHour * hoursPerMonth * pool.nodes), price };
}

function findPrice({ machine, region, capacity }: PricedPool): Price | undefined {
  const prices = machinePrices(machine);
  if (!isKnown(prices)) return undefined;
  return prices.find((price) => price.region === region && price.capacity === capacity);
}

/** Pools whose cost nobody can tell. */
export function priceProblems(path: Path, pool: PricedPool): Problem[] {
  if (findPrice(pool) !== undefined) return [];
  const prices = machinePrices(pool.machine);
  const known = isKnown(prices)
    ? prices.map(({ capacity, region, date }) => `${capacity} in ${region} (${date})`).join(", ")
    : `nothing: ${prices.unknown}`;
  return [
    {
      path,
      given: `${pool.machine}, ${pool.capacity} in ${pool.region}`,
      allowed: known,
      remedy: "give the price that you pay, or choose a machine whose price is known",
    },
  ];
}
