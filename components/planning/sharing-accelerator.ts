/** An accelerator as sharing advice sees it, from the catalogue: its memory, its modes, its MIG slices. */
import { type AcceleratorId, accelerators } from "../catalogue/hardware.ts";
import { type MigGeometry, migGeometry } from "../catalogue/mig-profiles.ts";
import { modeResources, type SharingMode } from "../catalogue/sharing-modes.ts";
import { placeProfiles } from "./mig.ts";
import { type MigParts, migParts } from "./sharing-advice-model.ts";

/** One kind of slice that MIG makes. */
export interface MigSlice extends MigParts {
  readonly profile: string;
  readonly memoryGiB: number;
  /** Of the eight that a GPU has; a slice takes this many in a row. */
  readonly memorySlices: number;
  /** Memory slices that it may begin at. */
  readonly starts: readonly number[];
}

export interface SharedAccelerator {
  /** What the driver reports. */
  readonly memoryGiB: number;
  /** Sharing modes that its device plugin or driver has. */
  readonly modes: readonly SharingMode[];
  /** The smallest first; none without MIG. */
  readonly slices: readonly MigSlice[];
  /** Every layout that MIG can place on one accelerator, the smallest slices first. */
  readonly layouts: readonly (readonly MigSlice[])[];
}

export function sharedAccelerator(id: AcceleratorId): SharedAccelerator {
  const { discovery, resourceName } = accelerators[id];
  const geometry = migGeometry(id);
  const slices = geometry ? slicesOf(geometry) : [];
  const modes = Object.entries(modeResources)
    .filter(([, resources]) => resources.includes(resourceName))
    .map(([mode]) => mode as SharingMode);
  return {
    memoryGiB: discovery.memoryMiB / 1024,
    modes,
    slices,
    layouts: geometry ? placeableLayouts(geometry, slices) : [],
  };
}

/** Without those that differ by their media engines only. */
function slicesOf(geometry: MigGeometry): MigSlice[] {
  return Object.entries(geometry.profiles)
    .filter(([profile]) => !profile.includes("+"))
    .map(([profile, { memoryMiB, memorySlices, starts }]) => ({
      ...migParts(geometry, profile),
      profile,
      memoryGiB: memoryMiB / 1024,
      memorySlices,
      starts,
    }));
}

/** A layout may leave room: without the smallest slices, small jobs have larger and faster ones. */
function placeableLayouts(geometry: MigGeometry, slices: readonly MigSlice[]): MigSlice[][] {
  const found: MigSlice[][] = [];
  const extend = (layout: readonly MigSlice[], from: number): void => {
    for (const [index, slice] of slices.entries()) {
      const larger = [...layout, slice];
      if (index < from || !canPlace(geometry, larger)) continue;
      found.push(larger);
      extend(larger, index);
    }
  };
  extend([], 0);
  return found;
}

function canPlace(geometry: MigGeometry, layout: readonly MigSlice[]): boolean {
  const counts: Record<string, number> = {};
  for (const { profile } of layout) counts[profile] = (counts[profile] ?? 0) + 1;
  return placeProfiles(geometry, counts) !== undefined;
}
