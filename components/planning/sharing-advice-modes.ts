/** The ways in which an accelerator can be shared, what each keeps apart, and whom each can hold. */
import { driverGates } from "../catalogue/dra.ts";
import {
  countedShares,
  type Isolation,
  isolationKinds,
  replicaLimits,
  sharingModes,
} from "../catalogue/sharing-modes.ts";
import type { MigSlice, SharedAccelerator } from "./sharing-accelerator.ts";
import { type JobProfile, migSpeed } from "./sharing-advice-model.ts";

export type SharingWay =
  | { readonly mode: "dedicated" }
  | { readonly mode: "time-slicing" | "mps"; readonly clients: number }
  | { readonly mode: "mig"; readonly layout: readonly MigSlice[] }
  /** Partitions of these slices, made for each claim where they fit. */
  | { readonly mode: "dra-partitions"; readonly slices: readonly MigSlice[] }
  /** Claims on memory, time-sliced; each claims at least an equal part among so many. */
  | { readonly mode: "dra-shares"; readonly clients: number; readonly memoryGiB: number };

export type SharingWayName = SharingWay["mode"];

export const sharingWayNames = [
  "dedicated",
  "mig",
  "mps",
  "time-slicing",
  "dra-partitions",
  "dra-shares",
] as const satisfies SharingWayName[];

interface WayFacts {
  readonly isolation: Isolation;
  /** Mode of a pool that has it, by its name in the catalogue. */
  readonly poolMode: keyof typeof sharingModes;
  /** Gate of the driver without which it is not there; such gates are alpha. */
  readonly alphaGate?: string;
}

/** Claims have what the mechanism beneath gives: partitions are MIG's, shares are only counted. */
export const sharingWays: Readonly<Record<SharingWayName, WayFacts>> = {
  dedicated: { poolMode: "dedicated", isolation: sharingModes.dedicated.isolation },
  mig: { poolMode: "mig", isolation: sharingModes.mig.isolation },
  mps: { poolMode: "mps", isolation: sharingModes.mps.isolation },
  "time-slicing": { poolMode: "time-slicing", isolation: sharingModes["time-slicing"].isolation },
  "dra-partitions": {
    poolMode: "dra",
    isolation: sharingModes.mig.isolation,
    ...(driverGates.partitions ? { alphaGate: driverGates.partitions } : {}),
  },
  "dra-shares": {
    poolMode: "dra",
    isolation: countedShares,
    ...(driverGates.shares ? { alphaGate: driverGates.shares } : {}),
  },
};

/** What mode selection must know of a kind of job. */
export interface SharingJob extends JobProfile {
  readonly name: string;
  readonly needs: Partial<Isolation>;
  /** How many times as long as alone it may take; latency-sensitive jobs say little. Default: any. */
  readonly slowdownMax?: number | undefined;
}

/** Why a way is out of the question for a mix of jobs; undefined if it is not. */
export function refusal(
  mode: SharingWayName,
  jobs: readonly SharingJob[],
  accelerator: SharedAccelerator,
): string | undefined {
  if (!accelerator.modes.includes(sharingWays[mode].poolMode)) {
    return "whole accelerators only: it cannot be shared";
  }
  return isolationRefusal(mode, jobs) ?? roomRefusal(mode, jobs, accelerator);
}

/** The first job that cannot do without what the mode does not keep apart. */
export function isolationRefusal(mode: SharingWayName, jobs: readonly SharingJob[]): string | undefined {
  const { isolation: offered } = sharingWays[mode];
  for (const job of jobs) {
    const missing = isolationKinds.filter((kind) => job.needs[kind] && !offered[kind]);
    if (missing.length > 0) return `${job.name} needs ${missing.join(" and ")} isolation`;
  }
  return undefined;
}

function roomRefusal(
  mode: SharingWayName,
  jobs: readonly SharingJob[],
  accelerator: SharedAccelerator,
): string | undefined {
  const { largest, smallest } = bySize(jobs);
  if (mode === "mig" || mode === "dra-partitions") {
    if (accelerator.slices.length === 0) return "the accelerator has no MIG";
    if (members(mode, jobs, accelerator).length > 0) return undefined;
    return mode === "mig"
      ? "no layout has a slice for every job"
      : "some job has no slice large and fast enough";
  }
  if (largest.memoryGiB > accelerator.memoryGiB) {
    return `${largest.name} needs ${largest.memoryGiB} GiB, more than an accelerator has`;
  }
  // Replicas are alike, so that two of the largest must fit; shares are as large as each asks.
  const second = { dedicated: undefined, mps: largest, "time-slicing": largest, "dra-shares": smallest }[
    mode
  ];
  if (second === undefined || clientCounts(accelerator.memoryGiB, second).length > 0) return undefined;
  return `${second.name} needs ${second.memoryGiB} GiB, more than half an accelerator has`;
}

/** Every setting of a mode that can hold the jobs and gives what they need. */
export function variants(
  mode: SharingWayName,
  jobs: readonly SharingJob[],
  accelerator: SharedAccelerator,
): SharingWay[] {
  return refusal(mode, jobs, accelerator) === undefined ? members(mode, jobs, accelerator) : [];
}

function members(
  mode: SharingWayName,
  jobs: readonly SharingJob[],
  { memoryGiB, slices, layouts }: SharedAccelerator,
): SharingWay[] {
  const { largest, smallest } = bySize(jobs);
  const isServed = (offered: readonly MigSlice[]) => jobs.every((job) => sliceFor(job, offered));
  switch (mode) {
    case "dedicated":
      return [{ mode }];
    case "mig":
      return layouts.filter(isServed).map((layout) => ({ mode, layout }));
    case "dra-partitions":
      return isServed(slices) ? [{ mode, slices }] : [];
    case "dra-shares":
      // A claim may be for more than its job needs, so that fewer share.
      return clientCounts(memoryGiB, smallest).map((clients) => ({ mode, clients, memoryGiB }));
    default:
      // Nobody keeps clients from meeting in the worst combination, so that one must fit.
      return clientCounts(memoryGiB, largest).map((clients) => ({ mode, clients }));
  }
}

/** So many as a pool may have replicas, and of whose parts each, in whole MiB, holds the job. */
function clientCounts(memoryGiB: number, job: SharingJob): number[] {
  const { least, most } = replicaLimits;
  const holds = (clients: number) => Math.floor((memoryGiB * 1024) / clients) >= job.memoryGiB * 1024;
  return Array.from({ length: most - least + 1 }, (_, index) => least + index).filter(holds);
}

/** The slice that a job asks for: the smallest with memory and speed enough. */
export function sliceFor(job: SharingJob, offered: readonly MigSlice[]): MigSlice | undefined {
  const fitting = offered.filter(
    (slice) =>
      slice.memoryGiB >= job.memoryGiB &&
      1 / migSpeed(job, slice) <= (job.slowdownMax ?? Number.POSITIVE_INFINITY),
  );
  return fitting.toSorted((a, b) => a.multiprocessors - b.multiprocessors || a.memoryGiB - b.memoryGiB)[0];
}

/** Memory that a job claims of an accelerator whose memory is shared out. */
export function claimGiB(
  job: Pick<SharingJob, "memoryGiB">,
  { memoryGiB, clients }: { readonly memoryGiB: number; readonly clients: number },
): number {
  return Math.max(job.memoryGiB, memoryGiB / clients);
}

/** Fields of a job in a pool that is shared so, apart from how many accelerators it asks for. */
export interface JobRequest {
  readonly profile?: string | undefined;
  readonly gpuMemoryGiB?: number | undefined;
}

export function jobRequest(job: SharingJob, way: SharingWay): JobRequest {
  switch (way.mode) {
    case "dedicated":
      return {};
    case "mig":
      return { profile: sliceFor(job, way.layout)?.profile };
    case "dra-partitions":
      return { profile: sliceFor(job, way.slices)?.profile };
    case "dra-shares":
      // Rounded down, so that as many fit as are meant to; never less than the job needs.
      return { gpuMemoryGiB: Math.max(job.memoryGiB, Math.floor(claimGiB(job, way) * 100) / 100) };
    default:
      return { gpuMemoryGiB: job.memoryGiB };
  }
}

/** A way in words: "mig, 7 x 1g.10gb", "mps, 9 clients". */
export function describedWay(way: SharingWay): string {
  switch (way.mode) {
    case "dedicated":
    case "dra-partitions":
      return way.mode;
    case "mig": {
      const profiles = [...new Set(way.layout.map(({ profile }) => profile))];
      const count = (profile: string) => way.layout.filter((slice) => slice.profile === profile).length;
      return `mig, ${profiles.map((profile) => `${count(profile)} x ${profile}`).join(", ")}`;
    }
    case "dra-shares":
      return Number.isFinite(way.clients) ? `dra-shares, at most ${way.clients}` : way.mode;
    default:
      return `${way.mode}, ${way.clients} clients`;
  }
}

function bySize(jobs: readonly SharingJob[]): { largest: SharingJob; smallest: SharingJob } {
  const sorted = jobs.toSorted((a, b) => a.memoryGiB - b.memoryGiB);
  const [smallest, largest] = [sorted[0], sorted.at(-1)];
  if (!smallest || !largest) throw new Error("a mix needs at least one kind of job");
  return { largest, smallest };
}
