/** A mix of jobs that are to share accelerators, as its file says it. */
import { z } from "zod";
import { isolationKinds } from "../components/catalogue/sharing-modes.ts";
import { report } from "../components/config.ts";
import type { Path, Problem } from "../components/planning/problem.ts";
import { repeatedName } from "../components/planning/reference.ts";
import { sharingWayNames } from "../components/planning/sharing-advice-modes.ts";
import type { JobKind } from "../components/planning/sharing-advice-simulation.ts";

/** Of the time, or of the accelerator. */
const part = z.number().min(0).max(1);

const jobEntry = z.strictObject({
  name: z.string().min(1).max(63),
  /** Peak memory of its process, everything included. */
  memoryGiB: z.number().min(0.1).max(1000),
  /** Part of the time in which it keeps the accelerator busy (DCGM_FI_PROF_GR_ENGINE_ACTIVE). */
  engineActive: part,
  /** Mean part of the multiprocessors that it uses (DCGM_FI_PROF_SM_ACTIVE); at most engineActive. */
  smActive: part,
  /** Mean part of the memory bandwidth that it uses (DCGM_FI_PROF_DRAM_ACTIVE). Default: 0. */
  dramActive: part.default(0),
  arrivalsPerHour: z.number().min(0.001).max(10_000),
  /** Alone on a whole accelerator. */
  meanDurationSeconds: z.number().min(1).max(2_592_000),
  /** What it cannot do without. Default: nothing. */
  isolation: z.array(z.enum(isolationKinds)).max(3).default([]),
  /** How many times as long as alone it may take. Default: any. */
  slowdownMax: z.number().min(1).max(1000).optional(),
});

export const sharingMix = z
  .strictObject({
    /** At most one job in twenty may wait longer. Default: a minute. */
    p95WaitSeconds: z.number().min(0).max(604_800).default(60),
    /** Modes to choose from. Default: all. */
    modes: z.array(z.enum(sharingWayNames)).min(1).max(sharingWayNames.length).optional(),
    /** Jobs that are played. Default: 1000. */
    simulatedJobs: z.int().min(100).max(5000).default(1000),
    seed: z.int().min(0).max(1_000_000).default(1),
    jobs: z.array(jobEntry).min(1).max(20),
  })
  // Also when a field is malformed, so that the author sees every mistake at once.
  .superRefine((mix, context) => report(context, mixProblems(mix)), { when: () => true });

export type SharingMix = z.output<typeof sharingMix>;

type WrittenJob = Readonly<Partial<Record<string, unknown>>> | null | undefined;

/** Names that occur twice, and parts of the accelerator beyond the time that a job is on it. */
function mixProblems(mix: unknown): Problem[] {
  const { jobs } = (mix ?? {}) as { readonly jobs?: unknown };
  const written: readonly WrittenJob[] = Array.isArray(jobs) ? jobs : [];
  const names = written.map((job, index) => (typeof job?.name === "string" ? job.name : `${index}`));
  return written.flatMap((job, index) => {
    const path = ["jobs", index];
    return [
      ...repeatedName([...path, "name"], index, names),
      ...activityProblems(path, "smActive", job),
      ...activityProblems(path, "dramActive", job),
    ];
  });
}

function activityProblems(path: Path, field: "smActive" | "dramActive", job: WrittenJob): Problem[] {
  const [used, whole] = [job?.[field], job?.engineActive];
  if (typeof used !== "number" || typeof whole !== "number" || used <= whole) return [];
  return [
    {
      path: [...path, field],
      given: String(used),
      allowed: `at most ${whole}, the part of the time in which the job is on the accelerator`,
      remedy: "measure both over the same time, or raise engineActive",
    },
  ];
}

export function mixKinds({ jobs }: SharingMix): JobKind[] {
  return jobs.map(({ isolation, ...job }) => ({
    ...job,
    needs: Object.fromEntries(isolation.map((kind) => [kind, true])),
  }));
}
