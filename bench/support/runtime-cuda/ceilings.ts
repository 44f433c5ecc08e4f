/** What a device can do at most, and who says so. */
import type { Ceilings } from "./floors.ts";

/** A rate a second, of bytes or of multiplications and additions. */
export interface Rate {
  readonly by: string;
  readonly rate: number;
}

export interface ToldCeilings extends Ceilings {
  readonly bytesBy: string;
  readonly flopsBy: string;
}

/** Dense products of bf16, by NVIDIA's datasheets of the boards with SXM (2026-11-22). */
const datasheets: readonly { readonly name: RegExp; readonly flopsPerSecond: number }[] = [
  { name: /A100/, flopsPerSecond: 312e12 },
  { name: /H100(?!.*(PCIe|NVL))|H200(?!.*NVL)/, flopsPerSecond: 989e12 },
  { name: /B200/, flopsPerSecond: 2250e12 },
];

/** Of a device by its name. */
export function datasheetFlops(device: string): Rate | undefined {
  const found = datasheets.find(({ name }) => name.test(device));
  return found && { by: "the datasheet", rate: found.flopsPerSecond };
}

/** The best of what is known: whoever measures less has not measured the device. */
export function ceilingsOf(bytes: readonly Rate[], flops: readonly Rate[]): ToldCeilings {
  const [moved, computed] = [best(bytes), best(flops)];
  return {
    ...{ bytesPerSecond: moved.rate, bytesBy: moved.by },
    ...{ flopsPerSecond: computed.rate, flopsBy: computed.by },
  };
}

function best(rates: readonly Rate[]): Rate {
  return rates.reduce((one, other) => (other.rate > one.rate ? other : one));
}
