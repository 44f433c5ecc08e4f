/** How a team's TrainJobs of one framework and size start: image, pods, restarts. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { parseConfig, refuse } from "../config.ts";
import { dnsLabel } from "../names.ts";
import { fabricShareProblems } from "../planning/fabric.ts";
import { placementProblems } from "../planning/gang.ts";
import type { Problem } from "../planning/problem.ts";
import type { Priority } from "../scheduling/priorities.ts";
import type { TeamQueue } from "../tenancy/team.ts";
import { checkpointPlace, checkpointProblems, checkpoints, podCheckpoints } from "./checkpoints.ts";
import { remoteRuntimeProblems } from "./remote-rules.ts";
import {
  containerEnvironment,
  environment,
  imageReference,
  podAnnotations,
  podSize,
  priority,
  queuedOptions,
  type RunArgs,
  sizeFields,
  topology,
} from "./run.ts";
import { podFitProblems } from "./run-fit.ts";
import { type Framework, frameworks, trainingRuntimeSpec } from "./training-runtime-spec.ts";

/** Fields of a runtime, also used by the stack file. */
export const trainingRuntimeFields = {
  /** What starts the processes of a job. */
  framework: z.enum(frameworks),
  image: imageReference,
  acceleratorsPerNode: sizeFields.acceleratorsPerNode,
  /** Priority of its jobs in the queue. Default: normal. */
  priority,
  environment,
  /** How often a whole job is started again after a failure. Default: 3. */
  restarts: z.int().min(0).max(100).default(3),
  /** Lets its jobs save to the team's object store before they must go. Default: none. */
  checkpoints,
};

const trainingRuntimeConfig = z.strictObject({
  name: dnsLabel,
  ...trainingRuntimeFields,
  /** For the nodes of each job. Default: any nodes. */
  topology: topology.optional(),
  podAnnotations,
  /** Whether its jobs have several nodes, and so the pool's network between them. Default: true. */
  multiNode: z.boolean().default(true),
});

export interface TrainingRuntimeArgs extends Omit<z.input<typeof trainingRuntimeConfig>, "name">, RunArgs {}

export class TrainingRuntime extends pulumi.ComponentResource {
  readonly framework: Framework;
  readonly acceleratorsPerNode: number;
  readonly priority: Priority;
  /** Whether its jobs have several nodes. */
  readonly multiNode: boolean;
  /** The queue of its jobs. */
  readonly queue: TeamQueue;
  /**
   * Name of the TrainingRuntime, in the team's namespace. Unknown until it is there: Trainer refuses a job
   * whose runtime is not, so a preview that brings both must not have the job validated.
   */
  readonly runtime: pulumi.Output<string>;

  constructor(name: string, args: TrainingRuntimeArgs, opts?: pulumi.ComponentResourceOptions) {
    const { cluster, queue, priorityClasses: _, controllers: __, ...input } = args;
    const owner = `TrainingRuntime "${name}"`;
    const config = parseConfig(trainingRuntimeConfig, { name, ...input }, owner);
    refuse(owner, runtimeProblems(config, queue, cluster.topologyLevels));
    super("plinth:training:TrainingRuntime", name, {}, { ...opts, provider: cluster.provider });

    const pods = config.multiNode ? 2 : 1;
    const pod = {
      ...podSize(queue, config.acceleratorsPerNode, pods),
      checkpoints: podCheckpoints(config.checkpoints, queue, jobNameField),
      labels: queue.labels,
      annotations: config.podAnnotations,
      serviceAccount: queue.serviceAccount,
      priority: config.priority,
      image: config.image,
      environment: containerEnvironment(queue, config.environment, pods),
      ...(config.topology ? { topology: config.topology } : {}),
    };
    const { replaceOnChanges: _replaced, ...options } = queuedOptions(this, args, "trainer");
    const resource = new k8s.apiextensions.CustomResource(
      name,
      {
        apiVersion: "trainer.kubeflow.org/v1alpha1",
        kind: "TrainingRuntime",
        metadata: {
          name,
          namespace: queue.namespace,
          labels: { ...queue.labels, "trainer.kubeflow.org/framework": config.framework },
        },
        spec: trainingRuntimeSpec({ ...config, pod }),
      },
      options,
    );
    this.framework = config.framework;
    this.acceleratorsPerNode = config.acceleratorsPerNode;
    this.priority = config.priority;
    this.multiNode = config.multiNode;
    this.queue = queue;
    this.runtime = resource.id.apply(() => name);
    this.registerOutputs({ framework: this.framework, runtime: this.runtime });
  }
}

/** Label of a TrainJob's pods with its name: the JobSet that Trainer makes of it has the same. */
const jobNameField = { fieldPath: "metadata.labels['jobset.sigs.k8s.io/jobset-name']" };

/** Why no job of this runtime could ever run here, if none could. */
function runtimeProblems(
  config: z.output<typeof trainingRuntimeConfig>,
  queue: TeamQueue,
  levels: readonly string[],
): Problem[] {
  const pods = config.multiNode ? 2 : 1;
  return [
    ...checkpointProblems([], config.checkpoints, checkpointPlace(queue)),
    ...fabricShareProblems([{ ...config, path: [] }], pods, queue.pool),
    ...placementProblems({ ...config, nodes: 1, path: [] }, { ...queue.pool, path: [] }),
    ...podFitProblems(config, queue, levels),
    ...(queue.clusterQueue.isRemote ? remoteRuntimeProblems(["queue"], queue.pool.name) : []),
  ];
}
