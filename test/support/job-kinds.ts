/** A valid entry of each kind of job: two whole nodes of the pool h100. */
import type { z } from "zod";
import type { jobEntry } from "../../stacks/entries.ts";
import type { JobKind } from "../../stacks/job-plans.ts";
import { placeholder as image } from "./builders.ts";

const size = { nodes: 2, acceleratorsPerNode: 8 };
const workers = [{ name: "gpu", ...size }];

const own: Readonly<Record<JobKind, object>> = {
  gang: { ...size, image },
  jobset: { roles: [{ name: "trainer", ...size, image }] },
  trainjob: { framework: "torch", ...size, image },
  rayjob: { image, rayVersion: "2.52.0", workers, entrypoint: "python train.py" },
  raycluster: { image, rayVersion: "2.52.0", workers },
  leaderworkerset: { ...size, image },
  mpijob: { ...size, image, command: ["mpirun", "train"] },
};

export const jobKinds = Object.keys(own) as JobKind[];

export type WrittenJob = z.input<typeof jobEntry>;

/** As a stack file says it; `more` adds or changes fields. */
export function makeJob(kind: JobKind, more: object = {}): WrittenJob {
  return { kind, name: `${kind}-job`, team: "research", pool: "h100", ...own[kind], ...more } as WrittenJob;
}
