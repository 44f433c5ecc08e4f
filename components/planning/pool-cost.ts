/** What a pool of machines costs by the month, from the catalogue's price of one machine. */
import type { CloudMachineId } from "../catalogue/cloud-machine.ts";
import { machinePrices } from "../catalogue/machine-prices.ts";
import { type CapacityType, hoursPerMonth, type Price } from "../catalogue/price.ts";
import { isKnown, type Known, unknown } from "../catalogue/unknown.ts";
import { toCents } from "./money.ts";

export interface PricedPool {
  readonly machine: CloudMachineId;
  readonly nodes: number;
  readonly region: string;
  readonly capacity: CapacityType;
}

export interface PoolCost {
  /** Machines alone, all month: no disks, traffic, cluster or support. */
  readonly usdPerMonth: number;
  /** Of one machine. */
  readonly usdPerHour: number;
  /** The catalogue's price that it was reckoned from; none where the payer said what it is. */
  readonly price?: Price;
}

/** By what its owner says that one machine costs. */
export function ownCost(nodes: number, usdPerHour: number): PoolCost {
  return { usdPerMonth: toCents(usdPerHour * hoursPerMonth * nodes), usdPerHour };
}

/** By the catalogue, or why it cannot be told: a price of another region is not taken instead. */
export function poolCost(pool: PricedPool): Known<PoolCost> {
  const { machine, region, capacity } = pool;
  const prices = machinePrices(machine);
  const isAsked = (price: Price) => price.region === region && price.capacity === capacity;
  const price = isKnown(prices) ? prices.find(isAsked) : undefined;
  if (price) return { ...ownCost(pool.nodes, price.usdPerHour), price };
  const known = isKnown(prices) ? prices.map(describedPrice).join(", ") : `nothing: ${prices.unknown}`;
  return unknown(`no price for ${machine}, ${capacity} in ${region}; known: ${known}`);
}

function describedPrice({ capacity, region, date }: Price): string {
  return `${capacity} in ${region} (${date})`;
}
