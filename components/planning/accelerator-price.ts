/** What one accelerator costs by the hour, by the cheapest machine of the catalogue that carries it. */
import type { CloudMachineId } from "../catalogue/cloud-machine.ts";
import { type AcceleratorId, accelerators } from "../catalogue/hardware.ts";
import { machinePrices } from "../catalogue/machine-prices.ts";
import type { CapacityType, Price } from "../catalogue/price.ts";
import { isKnown, type Known, unknown } from "../catalogue/unknown.ts";

export interface AcceleratorPrice {
  readonly usdPerHour: number;
  /** The machine that it is a part of. */
  readonly machine: string;
  readonly price: Price;
}

export function acceleratorPrice(
  accelerator: AcceleratorId,
  region: string,
  capacity: CapacityType,
): Known<AcceleratorPrice> {
  const offers = accelerators[accelerator].machines.flatMap(({ name, accelerators: perMachine }) => {
    const prices = machinePrices(name as CloudMachineId);
    return (isKnown(prices) ? prices : []).map((price) => ({
      usdPerHour: price.usdPerHour / perMachine,
      machine: name,
      price,
    }));
  });
  const asked = offers.filter(({ price }) => price.region === region && price.capacity === capacity);
  const [cheapest] = asked.toSorted((a, b) => a.usdPerHour - b.usdPerHour);
  if (cheapest) return cheapest;
  const known = [...new Set(offers.map(({ price }) => `${price.capacity} in ${price.region}`))];
  return unknown(
    `no price for ${accelerator}, ${capacity} in ${region}; known: ${known.join(", ") || "nothing"}`,
  );
}
