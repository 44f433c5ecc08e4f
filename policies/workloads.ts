/** One view of every kind of object that makes pods, so that a rule about pods is written once. */
import type { V1Container, V1EphemeralContainer, V1PodSpec } from "@kubernetes/client-node";
import type { ResourceValidation } from "@pulumi/policy";
import { kueueLabels } from "../components/catalogue/labels.ts";
import { type KubernetesObject, kindOf, type Resource } from "./resources.ts";

export type Container = V1Container | V1EphemeralContainer;

export interface Workload extends KubernetesObject {
  readonly kind: string;
  /** The pod, or the template that pods are made from. */
  readonly pod: PodTemplate;
  /**
   * The parts on which Kueue looks for the queue's name, e.g. the Job that a CronJob makes. None where it is
   * another object, which names the template, that waits.
   */
  readonly queued: readonly QueuedObject[];
  /** The queue of Volcano that it names; its pods need placement of their own. */
  readonly volcanoQueue?: string;
}

export interface PodTemplate extends KubernetesObject {
  readonly spec?: Partial<V1PodSpec>;
}

export interface QueuedObject extends KubernetesObject {
  /** The field of Jobs that Kueue owns while they wait. */
  readonly spec?: { readonly suspend?: boolean };
}

/** Names of fields; "*" stands for each entry of a list. */
type Path = readonly string[];

const itself: Path = [];
const template: Path = ["spec", "template"];
const cronJob: Path = ["spec", "jobTemplate"];

const replicatedJobs: Path = ["replicatedJobs", "*", "template", "spec", "template"];
const rayGroups: readonly Path[] = [
  ["headGroupSpec", "template"],
  ["workerGroupSpecs", "*", "template"],
];

interface Kind {
  /** Where it keeps its pods. */
  readonly pods: readonly Path[];
  /** Where Kueue 0.19 reads the queue of such a kind. */
  readonly queued: readonly Path[];
  /** Where Volcano reads its queue. */
  readonly volcanoQueue?: Path;
}

/** A Ray kind, by the field that holds its cluster. */
function ray(...cluster: Path): Kind {
  return { pods: rayGroups.map((group) => ["spec", ...cluster, ...group]), queued: [itself] };
}

const workloadKinds: Readonly<Record<string, Kind>> = {
  "core/Pod": { pods: [itself], queued: [itself] },
  "core/ReplicationController": { pods: [template], queued: [template] },
  "apps/Deployment": { pods: [template], queued: [itself, template] },
  "apps/StatefulSet": { pods: [template], queued: [itself, template] },
  "apps/DaemonSet": { pods: [template], queued: [template] },
  "apps/ReplicaSet": { pods: [template], queued: [template] },
  "batch/Job": { pods: [template], queued: [itself] },
  "batch/CronJob": { pods: [[...cronJob, ...template]], queued: [cronJob] },
  "jobset.x-k8s.io/JobSet": { pods: [["spec", ...replicatedJobs]], queued: [itself] },
  "trainer.kubeflow.org/TrainingRuntime": {
    pods: [["spec", "template", "spec", ...replicatedJobs]],
    queued: [],
  },
  "ray.io/RayCluster": ray(),
  "ray.io/RayJob": ray("rayClusterSpec"),
  "ray.io/RayService": ray("rayClusterConfig"),
  "leaderworkerset.x-k8s.io/LeaderWorkerSet": {
    pods: ["leaderTemplate", "workerTemplate"].map((name) => ["spec", "leaderWorkerTemplate", name]),
    queued: [itself],
  },
  "batch.volcano.sh/Job": {
    pods: [["spec", "tasks", "*", "template"]],
    queued: [itself],
    volcanoQueue: ["spec", "queue"],
  },
  "kubeflow.org/MPIJob": {
    pods: ["Launcher", "Worker"].map((name) => ["spec", "mpiReplicaSpecs", name, "template"]),
    queued: [itself],
  },
};

/** The workloads that a resource makes, one for each of its pods; none when it makes no pods. */
export function workloadsOf({ type, props }: Resource): Workload[] {
  const kind = kindOf(type);
  const paths = kind === undefined ? undefined : workloadKinds[kind];
  if (kind === undefined || paths === undefined) return [];
  const queued = paths.queued.map((path) => (at(props, path)[0] ?? {}) as QueuedObject);
  const pods = paths.pods.flatMap((path) => at(props, path));
  const volcanoQueue = paths.volcanoQueue && (at(props, paths.volcanoQueue)[0] as string | undefined);
  // One that lacks its pod is still what it is.
  return (pods.length > 0 ? pods : [{}]).map((pod) => ({
    kind: kind.slice(kind.lastIndexOf("/") + 1),
    metadata: (props as KubernetesObject).metadata,
    pod: pod as PodTemplate,
    queued,
    ...(volcanoQueue ? { volcanoQueue } : {}),
  }));
}

/** Init and debug containers count: they run on the same node with the same rights. */
export function containersOf({ pod }: Workload): Container[] {
  const { initContainers, containers, ephemeralContainers } = pod.spec ?? {};
  return [...(initContainers ?? []), ...(containers ?? []), ...(ephemeralContainers ?? [])];
}

/** The queue that the workload waits in, or undefined when it goes past all queues. */
export function queueNameOf(workload: Workload): string | undefined {
  const names = workload.queued.map(({ metadata }) => metadata?.labels?.[kueueLabels.queueName]);
  return names.find((name) => name !== undefined && name !== "");
}

/** Whether it is the object itself that waits in a queue, or runs past all queues. */
export function mayBeQueued({ queued }: Workload): boolean {
  return queued.length > 0;
}

/** How messages name a workload, e.g. `Job "train"`, or one of its containers. */
export function titleOf({ kind, metadata }: Workload, container?: Container): string {
  const title = `${kind} "${metadata?.name ?? metadata?.generateName ?? "unnamed"}"`;
  return container ? `${title}: container "${container.name}"` : title;
}

/**
 * A resource rule from a function that judges workloads. Each problem is reported as soon as it is found, so
 * that a value which is unknown in a preview hides only what comes after it.
 */
export function judgeWorkloads(problems: (workload: Workload) => Iterable<string>): ResourceValidation {
  return (resource, report) => {
    for (const workload of workloadsOf(resource)) {
      for (const problem of problems(workload)) report(problem);
    }
  };
}

/** What stands at a path; several where it leads through a list. */
function at(object: unknown, path: Path): unknown[] {
  const [key, ...rest] = path;
  if (key === undefined) return object === undefined || object === null ? [] : [object];
  if (key === "*") return Array.isArray(object) ? object.flatMap((entry) => at(entry, rest)) : [];
  return at((object as Record<string, unknown> | null | undefined)?.[key], rest);
}
