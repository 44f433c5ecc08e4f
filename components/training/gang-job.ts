/** The Job and Service of a multi-node training run: one pod per node, all or none. */
import { awaitedUntilThere, kueueLabels, winningPatch } from "../catalogue/labels.ts";
import type { PoolSlices } from "../planning/slices.ts";
import { replaceDisrupted } from "./disruptions.ts";
import { elasticEnvironment } from "./elastic-gang.ts";
import { sliceEnvironment } from "./slice-environment.ts";
import {
  type EnvironmentVariable,
  type PodCheckpoints,
  type PodTopology,
  podTemplate,
} from "./training-pod.ts";

export interface GangJob {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly queue: string;
  readonly priority: string;
  readonly serviceAccount: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly nodes: number;
  readonly acceleratorsPerNode: number;
  /** Requests of one pod; limits are the same. */
  readonly requests: Readonly<Record<string, string>>;
  /** Name of the ResourceClaimTemplate of its pods' accelerators, where they have these by claims. */
  readonly claimTemplate?: string;
  /** RuntimeClass by which its pods get their accelerators. */
  readonly runtimeClass?: string;
  /** Scheduler of its pods. Default: the cluster's own. */
  readonly schedulerName?: string;
  readonly sharedMemory: string;
  readonly topology?: PodTopology;
  readonly retries: number;
  readonly timeoutSeconds: number;
  /** Whether the number of pods may change while it runs. */
  readonly elastic?: boolean;
  /** Bounds of a gang that is elastic. */
  readonly minNodes?: number;
  readonly maxNodes?: number;
  readonly processRestarts?: number;
  readonly podAnnotations: Readonly<Record<string, string>>;
  /** Variables by which NCCL finds the network between its pods. Default: none. */
  readonly networkEnvironment?: Readonly<Record<string, string>>;
  /** Slices of its pool, of which it has one. */
  readonly slices?: PoolSlices;
  /** Where its pods save. Default: nowhere. */
  readonly checkpoints?: PodCheckpoints | undefined;
}

const rendezvousPort = 29500;
const jobNameLabel = "batch.kubernetes.io/job-name";
const indexAnnotation = "metadata.annotations['batch.kubernetes.io/job-completion-index']";

/**
 * The Job. It does not state `suspend`: Kueue owns it, and an apply that names it is refused once the job is
 * admitted.
 */
export function jobManifest(job: GangJob) {
  return {
    metadata: {
      name: job.name,
      namespace: job.namespace,
      labels: {
        ...job.labels,
        [kueueLabels.queueName]: job.queue,
        [kueueLabels.priorityClass]: job.priority,
      },
      // A queued job may wait for days; its state is Kueue's to tell, not a reason to hold an update open, so
      // that it exists is enough. skipAwait would skip the wait for a deletion too, and a replacement would
      // then be written onto the job that is going, and go with it.
      annotations: {
        ...awaitedUntilThere,
        ...(job.elastic ? { [kueueLabels.elasticJob]: "true" } : {}),
      },
    },
    spec: {
      completionMode: "Indexed",
      ...jobSize(job),
      backoffLimit: job.retries,
      podFailurePolicy: replaceDisrupted,
      activeDeadlineSeconds: job.timeoutSeconds,
      template: podTemplate({
        ...job,
        container: "trainer",
        annotations: job.podAnnotations,
        environment: rendezvousEnvironment(job),
        subdomain: job.name,
      }),
    },
  };
}

/** Of a Job whose size may change these fields, and no others, are the patch's to say. */
export const jobSizeFields = ["spec.parallelism", "spec.completions"];

/**
 * A patch with nothing but the size. The provider makes a Job anew whose size changes, although Kubernetes
 * and Kueue let it change in place; of a patch it replaces nothing (forceNewProperties and Diff in
 * provider/pkg/provider of pulumi-kubernetes 4.25).
 */
export function jobSizeManifest(job: Pick<GangJob, "name" | "namespace" | "nodes">) {
  return {
    metadata: {
      name: job.name,
      namespace: job.namespace,
      // The Job has written the size that it began with, and would not give it up.
      annotations: { ...awaitedUntilThere, ...winningPatch },
    },
    spec: jobSize(job),
  };
}

function jobSize({ nodes }: Pick<GangJob, "nodes">) {
  return { parallelism: nodes, completions: nodes };
}

/** Gives each pod the stable name `<job>-<index>.<job>`, before it is ready. */
export function rendezvousManifest(job: Pick<GangJob, "name" | "namespace" | "labels">) {
  return {
    metadata: { name: job.name, namespace: job.namespace, labels: { ...job.labels } },
    spec: {
      clusterIP: "None",
      publishNotReadyAddresses: true,
      selector: { [jobNameLabel]: job.name },
      ports: [{ name: "rendezvous", port: rendezvousPort }],
    },
  };
}

/** What PyTorch reads by itself (MASTER_*) and what torchrun takes for its flags (PET_*). */
export function rendezvousEnvironment(
  job: RendezvousGang,
  /** Stable name of the first pod. */
  name = `${job.name}-0.${job.name}`,
  /** Field of a pod that holds its place in the gang. */
  rankField = indexAnnotation,
): EnvironmentVariable[] {
  // A pod that is alone needs no name, which it would not have in another cluster.
  const address = job.nodes === 1 && !job.elastic ? "localhost" : name;
  return [
    ...Object.entries(job.networkEnvironment ?? {}).map(([name, value]) => ({ name, value })),
    { name: "MASTER_ADDR", value: address },
    { name: "MASTER_PORT", value: String(rendezvousPort) },
    ...(job.elastic
      ? elasticEnvironment(job, `${address}:${rendezvousPort}`)
      : fixedEnvironment(job, address)),
    { name: "PET_NPROC_PER_NODE", value: String(job.acceleratorsPerNode) },
    ...(job.elastic ? [] : [{ name: "PET_NODE_RANK", valueFrom: { fieldRef: { fieldPath: rankField } } }]),
    ...sliceEnvironment(job.slices, addressesOf(job)),
  ];
}

type RendezvousGang = Pick<
  GangJob,
  | "name"
  | "nodes"
  | "acceleratorsPerNode"
  | "elastic"
  | "minNodes"
  | "maxNodes"
  | "processRestarts"
  | "networkEnvironment"
  | "slices"
>;

function fixedEnvironment({ nodes }: Pick<GangJob, "nodes">, address: string): EnvironmentVariable[] {
  return [
    { name: "PET_MASTER_ADDR", value: address },
    { name: "PET_MASTER_PORT", value: String(rendezvousPort) },
    { name: "PET_NNODES", value: String(nodes) },
  ];
}

function addressesOf({ name, nodes }: Pick<GangJob, "name" | "nodes">): string[] {
  return Array.from({ length: nodes }, (_, index) => `${name}-${index}.${name}`);
}
