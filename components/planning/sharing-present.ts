/** How a pool shares its accelerators today, as sharing advice plays it. */
import { isKnown, type Known, unknown } from "../catalogue/unknown.ts";
import type { SharedPool } from "./sharing.ts";
import type { MigSlice, SharedAccelerator } from "./sharing-accelerator.ts";
import { isolationRefusal, type SharingJob, type SharingWay, sliceFor } from "./sharing-advice-modes.ts";

/** The way of the pool, or why the jobs do not fit it. */
export function presentWay(
  { sharing }: Pick<SharedPool, "sharing">,
  jobs: readonly SharingJob[],
  accelerator: SharedAccelerator,
): Known<SharingWay> {
  const way = roomyWay(sharing, jobs, accelerator);
  const reason = isKnown(way) ? isolationRefusal(way.mode, jobs) : undefined;
  return reason === undefined ? way : unknown(`${reason}, which it has not there`);
}

function roomyWay(
  sharing: SharedPool["sharing"],
  jobs: readonly SharingJob[],
  accelerator: SharedAccelerator,
): Known<SharingWay> {
  const { memoryGiB, slices } = accelerator;
  switch (sharing.mode) {
    case "dedicated":
      return heldBy({ mode: "dedicated" }, jobs, memoryGiB);
    case "mig": {
      const [layout, ...others] = sharing.layouts;
      if (!layout || others.length > 0) return unknown("its nodes have several MIG layouts");
      return servedBy({ mode: "mig", layout: slicesOf(layout.profiles, slices) }, jobs);
    }
    case "dra":
      if (sharing.devices === "whole") return heldBy({ mode: "dedicated" }, jobs, memoryGiB);
      if (sharing.devices === "partitions") return servedBy({ mode: "dra-partitions", slices }, jobs);
      // Nothing but their memory bounds how many share.
      return heldBy({ mode: "dra-shares", clients: Number.POSITIVE_INFINITY, memoryGiB }, jobs, memoryGiB);
    default: {
      const { mode, replicas } = sharing;
      return heldBy({ mode, clients: replicas }, jobs, memoryGiB / replicas);
    }
  }
}

/** Slices with media engines are played as those without. */
function slicesOf(profiles: Readonly<Record<string, number>>, slices: readonly MigSlice[]): MigSlice[] {
  return Object.entries(profiles).flatMap(([name, count]) => {
    const slice = slices.find(({ profile }) => profile === name.split("+")[0]);
    return slice ? new Array<MigSlice>(count).fill(slice) : [];
  });
}

function heldBy(way: SharingWay, jobs: readonly SharingJob[], memoryGiB: number): Known<SharingWay> {
  const large = jobs.find((job) => job.memoryGiB > memoryGiB);
  if (!large) return way;
  return unknown(`${large.name} needs ${large.memoryGiB} GiB, and a pod has ${memoryGiB.toFixed(1)} there`);
}

function servedBy(
  way: Extract<SharingWay, { mode: "mig" | "dra-partitions" }>,
  jobs: readonly SharingJob[],
): Known<SharingWay> {
  const offered = way.mode === "mig" ? way.layout : way.slices;
  const without = jobs.find((job) => sliceFor(job, offered) === undefined);
  return without ? unknown(`${without.name} has no slice large and fast enough there`) : way;
}
