/** Every kind of training job as its controller reports it, in a pool of its own. */
import { trainingControllers } from "../../components/catalogue/controllers.ts";
import { makeJob, type WrittenJob } from "./job-kinds.ts";

/** As much of a kind's object as tells what it does. */
export interface KindObject {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly suspend?: boolean; readonly runPolicy?: { readonly suspend?: boolean } };
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly replicatedJobsStatus?: readonly { readonly ready: number }[];
    readonly jobsStatus?: readonly { readonly ready: number }[];
    readonly jobDeploymentStatus?: string;
    readonly jobStatus?: string;
    readonly rayClusterName?: string;
    readonly state?: string;
    readonly readyReplicas?: number;
    readonly replicaStatuses?: Readonly<Record<string, { readonly active?: number }>>;
  };
}

export interface TrainingKind {
  readonly case: string;
  /** Also the name of its pool. */
  readonly name: string;
  readonly job: WrittenJob;
  /** Path of its objects, without the namespace's. */
  readonly group: string;
  readonly plural: string;
  /** Label of its pods with its name, or with that of the Ray cluster that it made for itself. */
  readonly podLabel: string;
  /** Whether it is a JobSet, or has one of its own name. */
  readonly isJobSet?: boolean;
  /** Whether a node falls ill under it: once for each controller, not for each of Trainer's frameworks. */
  readonly isDrained?: boolean;
  /** Pods while it runs, those without accelerators included. */
  readonly pods: number;
  /** In its controller's own words. */
  readonly says: (object: KindObject) => unknown;
  /** What serves until it is deleted never finishes. */
  readonly want: { readonly waiting: unknown; readonly running: unknown; readonly finished?: unknown };
}

const condition = (object: KindObject, type: string) =>
  object.status?.conditions?.some((row) => row.type === type && row.status === "True") ?? false;

const jobSetLabel = "jobset.sigs.k8s.io/jobset-name";
const rayLabel = "ray.io/cluster";
const [jobset] = trainingControllers.jobset.kinds;
const [trainjob] = trainingControllers.trainer.kinds;
const [rayCluster, rayJob] = trainingControllers.kuberay.kinds;
const [lws] = trainingControllers.lws.kinds;
const [mpiJob] = trainingControllers.mpi.kinds;

const jobOf = (kind: Parameters<typeof makeJob>[0], name: string, more: object = {}) =>
  makeJob(kind, { name, pool: name, priority: "low", ...more });

const trainJobSays = (object: KindObject) => ({
  suspended: object.spec.suspend ?? false,
  ready: object.status?.jobsStatus?.reduce((sum, { ready }) => sum + ready, 0) ?? 0,
  complete: condition(object, "Complete"),
});

/** Trainer makes a JobSet of it; `ready` is how many of that one's jobs are ready while it runs. */
function trainJob(framework: "torch" | "jax" | "mpi" | "deepspeed", ready: number) {
  return {
    name: framework,
    job: jobOf("trainjob", framework, { framework }),
    group: `${trainjob.group}/v1alpha1`,
    plural: trainjob.resource,
    podLabel: jobSetLabel,
    isJobSet: true,
    pods: 2,
    says: trainJobSays,
    want: {
      waiting: { suspended: true, ready: 0, complete: false },
      running: { suspended: false, ready, complete: false },
      finished: { suspended: false, ready: 0, complete: true },
    },
  };
}

export const trainingKinds: readonly TrainingKind[] = [
  {
    case: "a JobSet",
    name: "jobset",
    job: jobOf("jobset", "jobset"),
    group: `${jobset.group}/v1alpha2`,
    plural: jobset.resource,
    podLabel: jobSetLabel,
    isJobSet: true,
    isDrained: true,
    pods: 2,
    says: (object) => ({
      suspended: object.spec.suspend,
      ready: object.status?.replicatedJobsStatus?.[0]?.ready ?? 0,
      complete: condition(object, "Completed"),
    }),
    want: {
      waiting: { suspended: true, ready: 0, complete: false },
      running: { suspended: false, ready: 1, complete: false },
      finished: { suspended: false, ready: 0, complete: true },
    },
  },
  { ...trainJob("torch", 1), case: "a TrainJob of torch", isDrained: true },
  { ...trainJob("jax", 1), case: "a TrainJob of JAX" },
  { ...trainJob("mpi", 2), case: "a TrainJob of mpi, whose launcher is one of its nodes (F44)" },
  { ...trainJob("deepspeed", 2), case: "a TrainJob of deepspeed, which is launched in the same way" },
  {
    case: "a RayJob",
    name: "rayjob",
    job: jobOf("rayjob", "rayjob"),
    group: `${rayJob.group}/v1`,
    plural: rayJob.resource,
    podLabel: rayLabel,
    isDrained: true,
    pods: 3,
    says: ({ status }) => [status?.jobDeploymentStatus, status?.jobStatus ?? ""],
    want: {
      waiting: ["Suspended", ""],
      running: ["Running", "RUNNING"],
      finished: ["Complete", "SUCCEEDED"],
    },
  },
  {
    case: "a RayCluster",
    name: "raycluster",
    job: jobOf("raycluster", "raycluster"),
    group: `${rayCluster.group}/v1`,
    plural: rayCluster.resource,
    podLabel: rayLabel,
    isDrained: true,
    pods: 3,
    says: ({ status }) => status?.state,
    want: { waiting: "suspended", running: "ready" },
  },
  {
    case: "a LeaderWorkerSet",
    name: "lws",
    job: jobOf("leaderworkerset", "lws"),
    group: `${lws.group}/v1`,
    plural: lws.resource,
    podLabel: "leaderworkerset.sigs.k8s.io/name",
    isDrained: true,
    pods: 2,
    says: ({ status }) => status?.readyReplicas ?? 0,
    want: { waiting: 0, running: 1 },
  },
  {
    case: "an MPIJob, whose launcher and workers are one gang (F44)",
    name: "mpijob",
    job: jobOf("mpijob", "mpijob", { topology: { mode: "required", domain: "rack" } }),
    group: `${mpiJob.group}/v2beta1`,
    plural: mpiJob.resource,
    podLabel: "training.kubeflow.org/job-name",
    isDrained: true,
    pods: 2,
    says: (object) => ({
      suspended: object.spec.runPolicy?.suspend ?? false,
      active: Object.values(object.status?.replicaStatuses ?? {}).reduce(
        (sum, { active }) => sum + (active ?? 0),
        0,
      ),
      succeeded: condition(object, "Succeeded"),
    }),
    want: {
      waiting: { suspended: true, active: 0, succeeded: false },
      running: { suspended: false, active: 2, succeeded: false },
      finished: { suspended: false, active: 0, succeeded: true },
    },
  },
];
