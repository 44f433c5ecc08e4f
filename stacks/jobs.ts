/** Submits the jobs of a stack, each as the component of its kind. */
import { simulationAnnotations, topologyLabels } from "../components/catalogue/labels.ts";
import {
  type Cluster,
  JobSet,
  LeaderWorkerSet,
  MpiJob,
  type PriorityClasses,
  RayCluster,
  RayJob,
  type Team,
  type TeamQueue,
  type TrainingControllers,
  TrainingJob,
  TrainingRuntime,
  TrainJob,
} from "../components/index.ts";
import type { TopologyDomain } from "../components/planning/topology.ts";
import { type JobEntry, type JobKind, type JobOf, kindOf } from "./job-plans.ts";

/** What every job is given by its environment. */
export interface JobSurroundings {
  readonly cluster: Cluster;
  readonly teams: readonly Team[];
  readonly priorityClasses: PriorityClasses;
  readonly controllers: TrainingControllers;
}

/** What the stack tells of each job. */
export interface SubmittedJob {
  readonly job: { readonly namespace: string; readonly name: string };
  readonly accelerators: number;
}

type Given = Omit<JobSurroundings, "teams"> & { readonly queue: TeamQueue };

type Build<Kind extends JobKind> = (name: string, job: Choices<JobOf<Kind>>, given: Given) => SubmittedJob;

const builders: { readonly [Kind in JobKind]: Build<Kind> } = {
  gang: (name, job, { controllers: _, ...given }) => new TrainingJob(name, { ...job, ...given }),
  jobset: (name, job, given) => new JobSet(name, { ...job, ...given }),
  trainjob: (name, { nodes, command, timeoutSeconds, ...runtime }, given) => {
    const { queue: _, ...run } = given;
    return new TrainJob(name, {
      ...run,
      runtime: new TrainingRuntime(`${name}-runtime`, { ...runtime, ...given, multiNode: nodes > 1 }),
      nodes,
      timeoutSeconds,
      ...(command ? { command } : {}),
    });
  },
  // Its pods end with the job: how long that takes goes with the submission.
  rayjob: (name, { podAnnotations, ...job }, given) =>
    new RayJob(name, { ...job, ...given, metadata: podAnnotations }),
  raycluster: (name, job, given) => new RayCluster(name, { ...job, ...given }),
  leaderworkerset: (name, job, given) => new LeaderWorkerSet(name, { ...job, ...given }),
  mpijob: (name, job, given) => new MpiJob(name, { ...job, ...given }),
};

export function submitJob(job: JobEntry, { teams, ...given }: JobSurroundings): SubmittedJob {
  const { name, team, pool, project } = job;
  const whole = teams.find(({ namespace }) => namespace === team)?.queues[pool];
  const queue = project === undefined ? whole : whole?.projects[project];
  if (!queue) throw new Error(`team ${team} has no queue in pool ${pool}, which the schema checked`);
  const build = builders[kindOf(job)] as (name: string, job: object, given: Given) => SubmittedJob;
  return build(name, choices(job, queue.pool), { ...given, queue });
}

type Choices<Job extends JobEntry> = Omit<
  Job,
  "name" | "team" | "pool" | "project" | "kind" | "topology" | "runSeconds"
> & {
  readonly topology?: { readonly mode: "required" | "preferred"; readonly level: string };
  readonly podAnnotations: Record<string, string>;
};

/** A component's own arguments: without what the stack file adds, with what it means. */
function choices<Job extends JobEntry>(job: Job, { topology: told }: TeamQueue["pool"]): Choices<Job> {
  const { name: _, team: __, pool: ___, project: ____, kind: _____, topology, ...own } = job;
  const { runSeconds, ...rest } = own as typeof own & { readonly runSeconds?: number };
  const podAnnotations: Record<string, string> =
    runSeconds === undefined ? {} : { [simulationAnnotations.finishAfter]: `${runSeconds}s` };
  const levelOf = (domain: TopologyDomain) => told?.domains[domain] ?? topologyLabels[domain];
  return {
    ...rest,
    podAnnotations,
    ...(topology ? { topology: { mode: topology.mode, level: levelOf(topology.domain) } } : {}),
  } as Choices<Job>;
}
