/**
 * How fast jobs run that share an accelerator, by mode. Each job is a loop of work on the accelerator and of
 * work beside it; what sharing changes is how long the first takes. No constant here was measured by this
 * project: each says where it comes from, and docs/sharing-advice.md what that leaves open.
 */
import { type MigGeometry, memorySlicesPerGpu } from "../catalogue/mig-profiles.ts";

/** What a job does to an accelerator that it has alone, as DCGM's profiling fields report it. */
export interface JobProfile {
  /** Peak memory of its process, everything included. */
  readonly memoryGiB: number;
  /** Part of the time in which it keeps the accelerator busy (DCGM_FI_PROF_GR_ENGINE_ACTIVE). */
  readonly engineActive: number;
  /** Mean part of the multiprocessors that it keeps busy (DCGM_FI_PROF_SM_ACTIVE); at most engineActive. */
  readonly smActive: number;
  /** Mean part of the memory bandwidth that it uses (DCGM_FI_PROF_DRAM_ACTIVE); at most engineActive. */
  readonly dramActive: number;
}

/** Parts of an accelerator that a MIG slice has, 1 being all. */
export interface MigParts {
  readonly multiprocessors: number;
  readonly bandwidth: number;
}

/**
 * Part of the accelerator's time that goes to switching between processes that are time-sliced. From the same
 * load on one A100 with and without four-way slicing: 38 requests a second against 45 (Llama 3.1 8B on AKS,
 * Microsoft's engineering blog); a second source says 10 to 15 %.
 */
export const timeSlicingLoss = 0.15;

/**
 * Part of the throughput that is lost when MPS clients run side by side: 1448 tokens a second against 1557
 * with two clients on one A100 (Qwen3 4B, Pebble's study on GKE).
 */
export const mpsLoss = 0.075;

/** Rounds until the shares of waiting settle; they move by less than one in ten thousand after ten. */
const rounds = 20;

/** Speed of each job beside the others, 1 being alone. */
export function timeSlicedSpeeds(jobs: readonly JobProfile[]): number[] {
  if (jobs.length < 2) return jobs.map(() => 1);
  // One process at a time, however few multiprocessors it uses: who comes waits for those that are there.
  return speeds(
    jobs,
    () => 1,
    (_job, present) => (1 + present) / (1 - timeSlicingLoss),
  );
}

/**
 * Speed of each of the MPS clients that are there, of so many that there may be. The device plugin gives each
 * an equal part of the multiprocessors and never more, also while others are idle; bandwidth they share.
 */
export function mpsSpeeds(jobs: readonly JobProfile[], clients: number): number[] {
  const limited = (job: JobProfile) => Math.max(1, width(job) * clients);
  if (jobs.length < 2) return jobs.map((job) => speed(job, limited(job)));
  const bandwidth = (job: JobProfile) => memoryWidth(job) / limited(job);
  return speeds(jobs, bandwidth, (job, present) => {
    return (limited(job) * Math.max(1, bandwidth(job) + present)) / (1 - mpsLoss);
  });
}

/** Speed of a job in a MIG slice, whoever is in the others. */
export function migSpeed(job: JobProfile, { multiprocessors, bandwidth }: MigParts): number {
  return speed(job, Math.max(1, width(job) / multiprocessors, memoryWidth(job) / bandwidth));
}

/** Multiprocessors by those of the whole GPU, as the catalogue has them, and bandwidth by memory slices. */
export function migParts(geometry: MigGeometry, profile: string): MigParts {
  const found = geometry.profiles[profile];
  if (found === undefined) throw new Error(`no MIG profile ${profile}`);
  return {
    multiprocessors: found.multiprocessors / geometry.multiprocessors,
    bandwidth: found.memorySlices / memorySlicesPerGpu,
  };
}

/**
 * A job that arrives finds each other job where that is on average (approximate mean value analysis): how
 * much the others ask of what they share, while they are on the accelerator, says how long its part takes.
 */
function speeds(
  jobs: readonly JobProfile[],
  asked: (job: JobProfile) => number,
  stretch: (job: JobProfile, present: number) => number,
): number[] {
  // Jobs of a kind are as fast as each other.
  const counts = new Map<JobProfile, number>();
  for (const job of jobs) counts.set(job, (counts.get(job) ?? 0) + 1);
  const kinds = [...counts].map(([job, count]) => ({
    job,
    count,
    asked: asked(job),
    stretch: 1,
    present: 0,
  }));
  for (let round = 0; round < rounds; round += 1) {
    let all = 0;
    for (const kind of kinds) {
      kind.present = kind.asked * busyPart(kind.job, kind.stretch);
      all += kind.count * kind.present;
    }
    for (const kind of kinds) kind.stretch = stretch(kind.job, all - kind.present);
  }
  const found = new Map(kinds.map((kind) => [kind.job, speed(kind.job, kind.stretch)]));
  return jobs.map((job) => found.get(job) ?? 1);
}

/** Only the part on the accelerator takes longer. */
function speed({ engineActive }: JobProfile, stretch: number): number {
  return 1 / (1 - engineActive + engineActive * stretch);
}

function busyPart({ engineActive }: JobProfile, stretch: number): number {
  return (engineActive * stretch) / (1 - engineActive + engineActive * stretch);
}

/** Part of the multiprocessors in use while the job is on the accelerator. */
function width({ engineActive, smActive }: JobProfile): number {
  return engineActive > 0 ? smActive / engineActive : 0;
}

function memoryWidth({ engineActive, dramActive }: JobProfile): number {
  return engineActive > 0 ? dramActive / engineActive : 0;
}
