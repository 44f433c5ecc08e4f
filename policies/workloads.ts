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
  /** The parts on which Kueue looks for the queue's name, e.g. the Job that a CronJob makes. */
  readonly queued: readonly QueuedObject[];
}

export interface PodTemplate extends KubernetesObject {
  readonly spec?: Partial<V1PodSpec>;
}

export interface QueuedObject extends KubernetesObject {
  /** The field of Jobs that Kueue owns while they wait. */
  readonly spec?: { readonly suspend?: boolean };
}

type Path = readonly string[];

const itself: Path = [];
const template: Path = ["spec", "template"];
const cronJob: Path = ["spec", "jobTemplate"];

/** Where each kind keeps its pod, and where Kueue 0.19 reads the queue of such a kind. */
const workloadKinds: Readonly<Record<string, { readonly pod: Path; readonly queued: readonly Path[] }>> = {
  "core/Pod": { pod: itself, queued: [itself] },
  "core/ReplicationController": { pod: template, queued: [template] },
  "apps/Deployment": { pod: template, queued: [itself, template] },
  "apps/StatefulSet": { pod: template, queued: [itself, template] },
  "apps/DaemonSet": { pod: template, queued: [template] },
  "apps/ReplicaSet": { pod: template, queued: [template] },
  "batch/Job": { pod: template, queued: [itself] },
  "batch/CronJob": { pod: [...cronJob, ...template], queued: [cronJob] },
};

/** The workload that a resource is, or undefined when it makes no pods. */
export function workloadOf({ type, props }: Resource): Workload | undefined {
  const kind = kindOf(type);
  const paths = kind === undefined ? undefined : workloadKinds[kind];
  if (kind === undefined || paths === undefined) return undefined;
  return {
    kind: kind.slice(kind.indexOf("/") + 1),
    metadata: (props as KubernetesObject).metadata,
    pod: (at(props, paths.pod) ?? {}) as PodTemplate,
    queued: paths.queued.map((path) => (at(props, path) ?? {}) as QueuedObject),
  };
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
    const workload = workloadOf(resource);
    if (workload === undefined) return;
    for (const problem of problems(workload)) report(problem);
  };
}

function at(object: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (part, key) => (part as Record<string, unknown> | null | undefined)?.[key],
    object,
  );
}
