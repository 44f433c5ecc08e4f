/** The ways in which an accelerator can be shared, what each keeps apart, and whom each can hold. */
import { type JobProfile, type MigProfile, migSlices, migSpeed } from "./sharing-advice-model.ts";

/** What jobs on one accelerator are kept from doing to each other. */
export interface Isolation {
  /** Take memory that is another's, so that it fails. */
  readonly memory: boolean;
  /** End another by a fault of their own. */
  readonly fault: boolean;
  /** Slow another down. */
  readonly performance: boolean;
}

export type SharingMode =
  | { readonly mode: "dedicated" }
  | { readonly mode: "time-slicing" | "mps"; readonly clients: number }
  | { readonly mode: "mig"; readonly layout: readonly MigProfile[] };

/**
 * By NVIDIA's own documents: replicas of a time-sliced GPU have neither memory nor fault isolation (device
 * plugin); MPS clients have a memory limit each but share a fault (MPS guide); MIG slices have their own
 * memory, caches and multiprocessors (MIG user guide).
 */
export const isolation: Readonly<Record<SharingMode["mode"], Isolation>> = {
  dedicated: { memory: true, fault: true, performance: true },
  mig: { memory: true, fault: true, performance: true },
  mps: { memory: true, fault: false, performance: false },
  "time-slicing": { memory: false, fault: false, performance: false },
};

/** What mode selection must know of a kind of job. */
export interface SharingJob extends JobProfile {
  readonly name: string;
  readonly needs: Partial<Isolation>;
  /** How many times as long as alone it may take; latency-sensitive jobs say little. Default: any. */
  readonly slowdownMax?: number;
}

export interface SharedAccelerator {
  readonly memoryGiB: number;
  /** Slices that it divides into; none if it has no MIG. */
  readonly migProfiles: readonly MigProfile[];
}

/** Clients beyond this are refused: the device plugin would serve more, but nobody has measured them. */
const maxClients = 16;

/** Why a family of modes is out of the question for a mix of jobs; undefined if it is not. */
export function refusal(
  mode: SharingMode["mode"],
  jobs: readonly SharingJob[],
  accelerator: SharedAccelerator,
): string | undefined {
  const offered = isolation[mode];
  for (const job of jobs) {
    const missing = (["memory", "fault", "performance"] as const).filter(
      (kind) => job.needs[kind] && !offered[kind],
    );
    if (missing.length > 0) return `${job.name} needs ${missing.join(" and ")} isolation`;
  }
  if (mode === "mig" && accelerator.migProfiles.length === 0) return "the accelerator has no MIG";
  const largest = largestOf(jobs);
  if (mode === "mig" && layouts(jobs, accelerator).length === 0) return "no layout has a slice for every job";
  const clients = mode === "dedicated" || mode === "mig" ? 1 : 2;
  if (clients * largest.memoryGiB <= accelerator.memoryGiB) return undefined;
  const where = clients === 1 ? "an accelerator has" : "half an accelerator has";
  return `${largest.name} needs ${largest.memoryGiB} GiB, more than ${where}`;
}

/** Every member of a family of modes that can hold the jobs. */
export function variants(
  mode: SharingMode["mode"],
  jobs: readonly SharingJob[],
  accelerator: SharedAccelerator,
): SharingMode[] {
  if (refusal(mode, jobs, accelerator) !== undefined) return [];
  if (mode === "dedicated") return [{ mode }];
  if (mode === "mig") return layouts(jobs, accelerator).map((layout) => ({ mode, layout }));
  // Nobody keeps clients from meeting in the worst combination, so that one must fit.
  const most = Math.floor(accelerator.memoryGiB / largestOf(jobs).memoryGiB);
  const clients = Array.from({ length: Math.min(most, maxClients) - 1 }, (_, index) => index + 2);
  return clients.map((count) => ({ mode, clients: count }));
}

/** The slice that a job asks for: the smallest with memory and speed enough. */
export function sliceFor(job: SharingJob, layout: readonly MigProfile[]): MigProfile | undefined {
  const fitting = layout.filter(
    (slice) =>
      slice.memoryGiB >= job.memoryGiB &&
      1 / migSpeed(job, slice) <= (job.slowdownMax ?? Number.POSITIVE_INFINITY),
  );
  return fitting.toSorted((a, b) => a.computeSlices - b.computeSlices || a.memoryGiB - b.memoryGiB)[0];
}

/** Layouts to which no slice can be added, and where every job has a slice to ask for. */
function layouts(jobs: readonly SharingJob[], { migProfiles }: SharedAccelerator): MigProfile[][] {
  const found: MigProfile[][] = [];
  const fits = (compute: number, memory: number, slice: MigProfile) =>
    compute + slice.computeSlices <= migSlices.compute && memory + slice.memorySlices <= migSlices.memory;
  const extend = (layout: readonly MigProfile[], from: number, compute: number, memory: number): void => {
    if (!migProfiles.some((slice) => fits(compute, memory, slice))) found.push([...layout]);
    for (const [index, slice] of migProfiles.entries()) {
      if (index < from || !fits(compute, memory, slice)) continue;
      extend([...layout, slice], index, compute + slice.computeSlices, memory + slice.memorySlices);
    }
  };
  extend([], 0, 0, 0);
  return found.filter((layout) => layout.length > 0 && jobs.every((job) => sliceFor(job, layout)));
}

function largestOf(jobs: readonly SharingJob[]): SharingJob {
  const [first, ...others] = jobs;
  if (!first) throw new Error("a mix needs at least one kind of job");
  return others.reduce((largest, job) => (job.memoryGiB > largest.memoryGiB ? job : largest), first);
}
