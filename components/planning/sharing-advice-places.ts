/** Where jobs that wait may start: slots of accelerators, partitions made on demand, shares of memory. */
import { memorySlicesPerGpu } from "../catalogue/mig-profiles.ts";
import type { MigSlice } from "./sharing-accelerator.ts";
import { claimGiB, type SharingJob, type SharingWay, sliceFor } from "./sharing-advice-modes.ts";

/** A job that has a place. */
export interface Placed {
  readonly kind: SharingJob;
  /** What it takes of its accelerator, in what the place counts. */
  readonly taken: number;
  /** Where its partition begins. */
  readonly start: number;
}

/** Where a job can start. */
export interface FoundPlace {
  readonly accelerator: number;
  readonly taken: number;
  readonly start: number;
}

/** Accelerators that the same jobs wait for; with static MIG, their slices of one profile. */
export interface Places {
  /** Of one accelerator. */
  readonly capacity: number;
  /** The slice that a job has there, where it has one. */
  sliceOf(kind: SharingJob): MigSlice | undefined;
  /** Whether a job that finds no place lets later ones pass, as Kueue's best effort does. */
  readonly isPassing: boolean;
  /** A place for the job beside those that are there, by accelerator. */
  find(kind: SharingJob, accelerators: readonly (readonly Placed[])[]): FoundPlace | undefined;
}

/** The kinds of places of a way; each job asks for one of them. */
export function placesOf(way: SharingWay): Places[] {
  switch (way.mode) {
    case "dedicated":
      return [slots(1)];
    case "mig": {
      const profiles = [...new Set(way.layout)];
      return profiles.map((slice) => slots(way.layout.filter((other) => other === slice).length, slice));
    }
    case "dra-partitions":
      return [partitions(way.slices)];
    case "dra-shares":
      return [shares(way)];
    default:
      return [slots(way.clients)];
  }
}

/** On the accelerator with the fewest jobs, as the device plugin spreads replicas. */
function slots(capacity: number, slice?: MigSlice): Places {
  return {
    capacity,
    isPassing: false,
    sliceOf: () => slice,
    find: (_kind, accelerators) => {
      const least = Math.min(...accelerators.map(({ length }) => length));
      if (least >= capacity) return undefined;
      return { accelerator: accelerators.findIndex(({ length }) => length === least), taken: 1, start: 0 };
    },
  };
}

/** The first place of the first accelerator where the slice fits; what runs is never moved. */
function partitions(slices: readonly MigSlice[]): Places {
  // The same kinds ask again and again.
  const known = new Map<SharingJob, MigSlice | undefined>();
  const sliceOf = (kind: SharingJob) => {
    if (!known.has(kind)) known.set(kind, sliceFor(kind, slices));
    return known.get(kind);
  };
  return {
    capacity: memorySlicesPerGpu,
    isPassing: true,
    sliceOf,
    find: (kind, accelerators) => {
      const slice = sliceOf(kind);
      if (!slice) return undefined;
      const taken = slice.memorySlices;
      const isFree = (start: number, placed: readonly Placed[]) =>
        placed.every((other) => start + taken <= other.start || other.start + other.taken <= start);
      return first(accelerators, (placed) => {
        const start = slice.starts.find((candidate) => isFree(candidate, placed));
        return start === undefined ? undefined : { taken, start };
      });
    },
  };
}

/** The first accelerator with so much memory left. */
function shares(way: { readonly memoryGiB: number; readonly clients: number }): Places {
  // Equal parts of the memory add up to it but for rounding.
  const limit = way.memoryGiB * (1 + 1e-9);
  return {
    capacity: way.memoryGiB,
    isPassing: true,
    sliceOf: () => undefined,
    find: (kind, accelerators) => {
      const taken = claimGiB(kind, way);
      return first(accelerators, (placed) => {
        const claimed = placed.reduce((sum, other) => sum + other.taken, 0);
        return claimed + taken <= limit ? { taken, start: 0 } : undefined;
      });
    },
  };
}

function first(
  accelerators: readonly (readonly Placed[])[],
  roomOf: (placed: readonly Placed[]) => Pick<FoundPlace, "taken" | "start"> | undefined,
): FoundPlace | undefined {
  for (const [accelerator, placed] of accelerators.entries()) {
    const found = roomOf(placed);
    if (found) return { ...found, accelerator };
  }
  return undefined;
}
