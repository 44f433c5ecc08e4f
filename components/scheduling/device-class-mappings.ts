/** How Kueue 0.19 counts claims against quotas: by the class of their devices. */
import { claimResources, type DraDevices, deviceClasses, draDevices, draDriver } from "../catalogue/dra.ts";
import { isClaimed } from "../planning/claims.ts";
import { memoryQuantity } from "../planning/quantity.ts";
import type { PoolDevice, SharedPool } from "../planning/sharing.ts";

/**
 * Whole devices are counted one by one, partitions by the memory counter that they consume, shares by the
 * memory that they ask for (kueue 0.19.2 pkg/dra). A claim of a class that is not mapped is never admitted.
 */
export function deviceClassMappings(pools: readonly SharedPool[]) {
  return kindsOf(pools).map((kind) => {
    const { name, expression } = deviceClasses[kind];
    const source = { driver: draDriver, name: "memory", deviceSelector: { cel: { expression } } };
    const sources = {
      whole: {},
      partitions: { sources: [{ counter: source }] },
      shares: { sources: [{ capacity: source }] },
    };
    return { name: claimResources[kind], deviceClassNames: [name], ...sources[kind] };
  });
}

/** Gates of Kueue that are off by default: shares are counted by an alpha feature of 0.19. */
export function claimGates(pools: readonly SharedPool[]) {
  if (!kindsOf(pools).includes("shares")) return [];
  return [{ name: "KueueDRAIntegrationConsumableCapacity", enabled: true }];
}

/** A number of devices as the queue's resource counts it. */
export function deviceQuantity({ quotaMiB }: Pick<PoolDevice, "quotaMiB">, count: number): string {
  return quotaMiB === undefined ? String(count) : memoryQuantity(count * quotaMiB);
}

/** In a fixed order, so that a pool that comes first in the file changes nothing. */
function kindsOf(pools: readonly SharedPool[]): DraDevices[] {
  const found = new Set(pools.filter(isClaimed).map(({ sharing }) => sharing.devices));
  return draDevices.filter((kind) => found.has(kind));
}
