/** Groups of pods that live and fail together, such as the replicas of a model that needs several nodes. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { parseConfig, refuse } from "../config.ts";
import { dnsLabel } from "../names.ts";
import type { Path, Problem } from "../planning/problem.ts";
import { accelerators, type RolePlan } from "../planning/roles.ts";
import type { TeamQueue } from "../tenancy/team.ts";
import {
  commandLine,
  containerEnvironment,
  environment,
  imageReference,
  optionalTimeoutSeconds,
  podAnnotations,
  podSize,
  priority,
  queuedMetadata,
  queuedOptions,
  type RunArgs,
  sizeFields,
  topology,
} from "./run.ts";
import { podFitProblems, roleFitProblems } from "./run-fit.ts";
import { gangTopology, sliceJobProblems } from "./slice-rules.ts";
import { podTemplate } from "./training-pod.ts";

/** Fields of a LeaderWorkerSet, also used by the stack file. */
export const leaderWorkerSetFields = {
  /** Groups; each waits in the queue by itself. Default: 1. */
  groups: z.int().min(1).max(100).default(1),
  /** Pods of a group; the first leads. */
  nodes: sizeFields.nodes,
  acceleratorsPerNode: sizeFields.acceleratorsPerNode,
  image: imageReference,
  /** Default: the image's own. */
  command: commandLine.optional(),
  environment,
  priority,
  /** Of each group, from its own admission. */
  timeoutSeconds: optionalTimeoutSeconds,
};

const leaderWorkerSetConfig = z.strictObject({
  name: dnsLabel,
  ...leaderWorkerSetFields,
  /** For each group by itself. Default: any nodes. */
  topology: topology.optional(),
  podAnnotations,
});

export interface LeaderWorkerSetArgs extends Omit<z.input<typeof leaderWorkerSetConfig>, "name">, RunArgs {}

export class LeaderWorkerSet extends pulumi.ComponentResource {
  /** All accelerators that the groups hold together. */
  readonly accelerators: number;
  /** Namespace and name of the LeaderWorkerSet. */
  readonly job: { readonly namespace: string; readonly name: string };
  /** Name of each group's leader, as its workers find it. */
  readonly leaders: readonly string[];

  constructor(name: string, args: LeaderWorkerSetArgs, opts?: pulumi.ComponentResourceOptions) {
    const { cluster, queue, priorityClasses: _, controllers: __, ...input } = args;
    const owner = `LeaderWorkerSet "${name}"`;
    const config = parseConfig(leaderWorkerSetConfig, { name, ...input }, owner);
    refuse(owner, groupProblems(config, queue, cluster.topologyLevels));
    super("plinth:training:LeaderWorkerSet", name, {}, { ...opts, provider: cluster.provider });

    const template = podTemplate({
      ...podSize(queue, config.acceleratorsPerNode, config.nodes),
      labels: queue.labels,
      annotations: config.podAnnotations,
      serviceAccount: queue.serviceAccount,
      priority: config.priority,
      container: "worker",
      image: config.image,
      ...(config.command ? { command: config.command } : {}),
      environment: containerEnvironment(queue, config.environment, config.nodes),
      topology: gangTopology(queue.pool, config.topology),
      restartPolicy: "Always",
    });
    new k8s.apiextensions.CustomResource(
      name,
      {
        apiVersion: "leaderworkerset.x-k8s.io/v1",
        kind: "LeaderWorkerSet",
        metadata: queuedMetadata(name, queue, config.priority, config.timeoutSeconds),
        spec: {
          replicas: config.groups,
          // A preview is validated before the webhook is there that would fill these in.
          rolloutStrategy: {
            type: "RollingUpdate",
            rollingUpdateConfiguration: { maxUnavailable: 1, maxSurge: 0 },
          },
          startupPolicy: "LeaderCreated",
          leaderWorkerTemplate: {
            size: config.nodes,
            // A group without one of its pods cannot go on: it starts again as a whole.
            restartPolicy: "RecreateGroupOnPodRestart",
            workerTemplate: template,
          },
        },
      },
      queuedOptions(this, args, "lws"),
    );
    this.accelerators = accelerators(groupRoles(config, []));
    this.job = { namespace: queue.namespace, name };
    this.leaders = Array.from({ length: config.groups }, (_group, index) => `${name}-${index}.${name}`);
    this.registerOutputs({ accelerators: this.accelerators, job: this.job, leaders: this.leaders });
  }
}

/** One role per group: all of them run at once. */
export function groupRoles(
  config: Pick<z.output<typeof leaderWorkerSetConfig>, "name" | "groups" | "nodes" | "acceleratorsPerNode">,
  path: Path,
): RolePlan[] {
  const { name, groups, nodes, acceleratorsPerNode } = config;
  const role = { nodes, acceleratorsPerNode, path };
  if (groups === 1) return [{ ...role, name }];
  return Array.from({ length: groups }, (_, index) => ({ ...role, name: `${name}-${index}` }));
}

/** Why not all groups could ever run at once, if they could not. */
function groupProblems(
  config: z.output<typeof leaderWorkerSetConfig>,
  queue: TeamQueue,
  levels: readonly string[],
): Problem[] {
  return [
    ...roleFitProblems("leaderworkerset", groupRoles(config, []), queue, {
      list: "groups",
      pods: config.nodes,
    }),
    ...sliceJobProblems(config, [], queue.pool),
    ...podFitProblems(config, queue, levels),
  ];
}
