/** A multi-node training run that is admitted whole or not at all. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { kueueLabels } from "../catalogue/labels.ts";
import type { Cluster } from "../cluster/contract.ts";
import { parseConfig, refuse } from "../config.ts";
import { dnsLabel } from "../names.ts";
import { admissionProblems, coverageProblems, placementProblems } from "../planning/gang.ts";
import { nodeSize, podShare, quantities } from "../planning/node-size.ts";
import type { Problem } from "../planning/problem.ts";
import { memoryQuantity } from "../planning/quantity.ts";
import { levelProblems } from "../planning/topology.ts";
import { coveredResources } from "../scheduling/cluster-queue.ts";
import { type PriorityClasses, priorityNames } from "../scheduling/priority-classes.ts";
import type { TeamQueue } from "../tenancy/team.ts";
import { jobManifest, rendezvousManifest } from "./gang-job.ts";

/** Fields of a job, also used by the stack file. */
export const trainingJobFields = {
  /** Pods of the gang, each on a node of its own if it takes all accelerators of one. */
  nodes: z.int().min(1).max(1000),
  /** Accelerators of each pod; CPU and memory follow in proportion to the node. */
  acceleratorsPerNode: z.int().min(1).max(16),
  /** Container image, pinned by digest. */
  image: z
    .string()
    .max(512)
    .regex(
      /^[^\s@]+@sha256:[0-9a-f]{64}$/,
      "an image reference with a digest: name:tag@sha256:<64 hex digits>",
    ),
  /** Command of the container. Default: the image's own. */
  command: z.array(z.string()).min(1).max(100).optional(),
  /** Priority in the queue. Default: normal. */
  priority: z.enum(priorityNames).default("normal"),
  /** How often a failed pod is replaced before the job fails. Default: 3. */
  retries: z.int().min(0).max(100).default(3),
  /** The longest run in seconds, waiting not counted. Default: 604800, a week. */
  timeoutSeconds: z.int().min(60).max(7_776_000).default(604_800),
};

const trainingJobConfig = z.strictObject({
  name: dnsLabel,
  ...trainingJobFields,
  /** Network domain that the whole gang must (required) or should (preferred) share. Default: any nodes. */
  topology: z
    .strictObject({
      mode: z.enum(["required", "preferred"]),
      /** A node label of the cluster's topology. */
      level: z.string().min(1).max(316),
    })
    .optional(),
  /** Further annotations of the pods. Default: none. */
  podAnnotations: z.record(z.string(), z.string()).default({}),
});

type TrainingJobConfig = z.output<typeof trainingJobConfig>;

export interface TrainingJobArgs extends Omit<z.input<typeof trainingJobConfig>, "name"> {
  cluster: Cluster;
  /** The queue of a team, which also decides the pool. */
  queue: TeamQueue;
  /** The classes that `priority` names. */
  priorityClasses: PriorityClasses;
}

export class TrainingJob extends pulumi.ComponentResource {
  /** All accelerators that the job holds while it runs. */
  readonly accelerators: number;
  /** Namespace and name of the Job. */
  readonly job: { readonly namespace: string; readonly name: string };

  constructor(name: string, args: TrainingJobArgs, opts?: pulumi.ComponentResourceOptions) {
    const { cluster, queue, priorityClasses, ...input } = args;
    const owner = `TrainingJob "${name}"`;
    const config = parseConfig(trainingJobConfig, { name, ...input }, owner);
    const requests = podRequests(config, queue);
    refuse(owner, jobProblems(config, queue, cluster.topologyLevels, requests));
    super("plinth:training:TrainingJob", name, {}, { ...opts, provider: cluster.provider });

    const gang = {
      ...config,
      namespace: queue.namespace,
      labels: queue.labels,
      queue: queue.name,
      serviceAccount: queue.serviceAccount,
      requests: quantities(requests, queue.pool.resourceName),
      sharedMemory: memoryQuantity(Math.max(1024, Math.floor(requests.memoryMiB / 4096) * 1024)),
    };
    const options = { parent: this, deleteBeforeReplace: true };
    const service = new k8s.core.v1.Service(`${name}-rendezvous`, rendezvousManifest(gang), {
      ...options,
      dependsOn: [queue.resource],
    });
    new k8s.batch.v1.Job(name, jobManifest(gang), {
      ...options,
      // The job goes first on destroy, while its queue and nodes still are there to let it go (F62).
      dependsOn: [queue.resource, service, priorityClasses, ...queue.pool.resources],
      // An admitted job cannot be changed in place: another spec or queue is another run.
      replaceOnChanges: ["spec", `metadata.labels["${kueueLabels.queueName}"]`],
    });
    this.accelerators = config.nodes * config.acceleratorsPerNode;
    this.job = { namespace: queue.namespace, name };
    this.registerOutputs({ accelerators: this.accelerators, job: this.job });
  }
}

/** What one pod requests, and so is limited to. */
function podRequests(config: TrainingJobConfig, queue: TeamQueue) {
  const node = nodeSize(queue.pool.allocatable, queue.pool.resourceName);
  return podShare(node, config.acceleratorsPerNode);
}

/** Why the job could never run, if it could not. */
function jobProblems(
  config: TrainingJobConfig,
  queue: TeamQueue,
  levels: readonly string[],
  requests: ReturnType<typeof podRequests>,
): Problem[] {
  const gang = { ...config, path: [] };
  const requested = quantities(requests, queue.pool.resourceName);
  return [
    ...placementProblems(gang, { ...queue.pool, path: [] }),
    ...admissionProblems(gang, { ...queue.clusterQueue, path: [] }),
    ...coverageProblems(["requests"], requested, coveredResources(queue.pool)),
    ...(config.topology ? levelProblems(["topology", "level"], config.topology.level, levels) : []),
  ];
}
