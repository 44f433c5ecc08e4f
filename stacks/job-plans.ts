/** What each kind of job needs before anything is created: its controller, and pods that start together. */
import type { z } from "zod";
import type { ControllerName } from "../components/catalogue/controllers.ts";
import type { Path, Problem } from "../components/planning/problem.ts";
import type { RolePlan } from "../components/planning/roles.ts";
import { elasticSizeProblems } from "../components/training/elastic-gang.ts";
import { podsAtMost } from "../components/training/gang-rules.ts";
import { jobSetProblems } from "../components/training/job-set.ts";
import { groupRoles } from "../components/training/leader-worker-set.ts";
import { mpiJobProblems, mpiJobRoles } from "../components/training/mpi-job.ts";
import { rayClusterProblems } from "../components/training/ray-cluster.ts";
import { rayProblems, rayRoles } from "../components/training/ray-config.ts";
import { remoteGangProblems, remoteRuntimeProblems } from "../components/training/remote-rules.ts";
import { launcherProblems, trainJobRoles } from "../components/training/train-job.ts";
import type { jobEntry } from "./entries.ts";

export type JobEntry = z.output<typeof jobEntry>;
export type JobKind = NonNullable<JobEntry["kind"]>;
export type JobOf<Kind extends JobKind> = Extract<JobEntry, { kind?: Kind }>;

interface Plan<Job> {
  /** The controller that serves it; plain Jobs need none. */
  readonly controller?: ControllerName;
  /** The field in which the job lists them, where there can be several. */
  readonly list?: string;
  /** Pods with accelerators, by size; `path` is the job's own. */
  readonly roles: (job: Job, path: Path) => RolePlan[];
  /** Pods that talk to each other. Default: all of the roles. */
  readonly pods?: (job: Job) => number;
  /** Problems within the job that its fields alone do not show. */
  readonly problems?: (job: Job, path: Path) => Problem[];
  /** What keeps it from running in another cluster. Default: nothing, all that it needs is made there. */
  readonly remoteProblems?: (job: Job, path: Path) => Problem[];
}

const plans: { readonly [Kind in JobKind]: Plan<JobOf<Kind>> } = {
  gang: {
    roles: (job, path) => [{ ...job, path }],
    pods: podsAtMost,
    problems: (job, path) => elasticSizeProblems(path, job),
    remoteProblems: (job, path) => remoteGangProblems(path, job, job.pool),
  },
  jobset: {
    controller: "jobset",
    roles: (job, path) => job.roles.map((role, index) => ({ ...role, path: [...path, "roles", index] })),
    problems: jobSetProblems,
  },
  trainjob: {
    controller: "trainer",
    roles: trainJobRoles,
    problems: launcherProblems,
    remoteProblems: (job, path) => remoteRuntimeProblems([...path, "kind"], job.pool),
  },
  rayjob: { controller: "kuberay", list: "workers", roles: rayRoles, problems: rayProblems },
  raycluster: { controller: "kuberay", list: "workers", roles: rayRoles, problems: rayClusterProblems },
  leaderworkerset: { controller: "lws", list: "groups", roles: groupRoles, pods: ({ nodes }) => nodes },
  mpijob: { controller: "mpi", roles: mpiJobRoles, problems: mpiJobProblems },
};

/** Which kind an entry is; one that names none is a plain gang. */
export function kindOf(job: JobEntry): JobKind {
  return job.kind ?? "gang";
}

/** The plan of an entry, for its own kind. */
export function planOf(job: JobEntry): Plan<JobEntry> {
  return plans[kindOf(job)] as Plan<JobEntry>;
}
