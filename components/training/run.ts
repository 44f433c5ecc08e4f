/** What every kind of training run takes and is given: image, size, place in a queue, order. */
import type * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import type { ControllerName } from "../catalogue/controllers.ts";
import { awaitedUntilThere, kueueLabels } from "../catalogue/labels.ts";
import type { Cluster } from "../cluster/contract.ts";
import { refuse } from "../config.ts";
import { variableName } from "../names.ts";
import { fabricShare } from "../planning/fabric.ts";
import {
  nodeSize,
  podShare,
  quantities,
  type Resources,
  sharedMemoryQuantity,
} from "../planning/node-size.ts";
import type { SharedPoolPlan } from "../planning/sharing-problems.ts";
import { priorityNames } from "../scheduling/priorities.ts";
import type { PriorityClasses } from "../scheduling/priority-classes.ts";
import type { TeamQueue } from "../tenancy/team.ts";
import { kindProblems } from "./gang-rules.ts";
import { releaseOf, type TrainingControllers } from "./training-controllers.ts";

/** Container image, pinned by digest. */
export const imageReference = z
  .string()
  .max(512)
  .regex(
    /^[^\s@]+@sha256:[0-9a-f]{64}$/,
    "an image reference with a digest: name:tag@sha256:<64 hex digits>",
  );

/** Command of a container. */
export const commandLine = z.array(z.string()).min(1).max(100);

/** Size of equal pods. */
export const sizeFields = {
  /** Pods, each on a node of its own if it takes all accelerators of one. */
  nodes: z.int().min(1).max(1000),
  /** Accelerators of each pod; CPU, memory and shared memory follow in proportion to the node. */
  acceleratorsPerNode: z.int().min(1).max(16),
};

/** Priority in the queue. */
export const priority = z.enum(priorityNames).default("normal");

const runSeconds = z.int().min(60).max(7_776_000);

/** The longest run in seconds, waiting not counted. */
export const timeoutSeconds = runSeconds.default(604_800);

/** The same for what has no end of its own. Default: none, it runs until it is removed. */
export const optionalTimeoutSeconds = runSeconds.optional();

/** Variables of a container; secrets do not belong here. */
export const environment = z.record(variableName, z.string()).default({});

/** Network domain that pods must (required) or should (preferred) share. */
export const topology = z.strictObject({
  mode: z.enum(["required", "preferred"]),
  /** A node label of the cluster's topology. */
  level: z.string().min(1).max(316),
});

/** Further annotations of the pods. */
export const podAnnotations = z.record(z.string(), z.string()).default({});

/** What each kind is given beside its own fields. */
export interface RunArgs {
  cluster: Cluster;
  /** The queue of a team, which also decides the pool. */
  queue: TeamQueue;
  /** The classes that `priority` names. */
  priorityClasses: PriorityClasses;
  /** Must hold the controller that serves the kind. */
  controllers: TrainingControllers;
}

/**
 * Requests, shared memory and runtime of a pod, with its part of the network between nodes where its run has
 * several pods. `beside` is left to a pod without accelerators on the same node.
 */
export function podSize(
  queue: TeamQueue,
  acceleratorsPerNode: number,
  pods: number,
  beside?: Omit<Resources, "accelerators">,
) {
  const { allocatable, resourceName, runtimeClass } = queue.pool;
  const whole = podShare(nodeSize(allocatable, resourceName), acceleratorsPerNode);
  const share = {
    ...whole,
    cpuMillis: whole.cpuMillis - (beside?.cpuMillis ?? 0),
    memoryMiB: whole.memoryMiB - (beside?.memoryMiB ?? 0),
  };
  return {
    share,
    requests: {
      ...quantities(share, resourceName),
      ...(pods > 1 ? fabricShare(queue.pool, acceleratorsPerNode) : {}),
    },
    sharedMemory: sharedMemoryQuantity(share),
    ...(runtimeClass === undefined ? {} : { runtimeClass }),
  };
}

/** How the accelerators of the queue's pool are shared. */
export function sharedPlan({ pool }: TeamQueue): SharedPoolPlan {
  return { name: pool.name, mode: pool.sharing.mode, devices: pool.devices, slices: pool.slices };
}

/** Variables by which the pods of a run find the network between them; one pod alone has no use for it. */
export function networkEnvironment({ pool }: TeamQueue, pods: number): Readonly<Record<string, string>> {
  return pods > 1 ? (pool.fabric?.environment ?? {}) : {};
}

/** Variables of a container: those of the pool's network, then its own, which win. */
export function containerEnvironment(queue: TeamQueue, own: Readonly<Record<string, string>>, pods: number) {
  const variables = { ...networkEnvironment(queue, pods), ...own };
  return Object.entries(variables).map(([name, value]) => ({ name, value }));
}

/** Metadata of an object that waits in a queue. */
export function queuedMetadata(
  name: string,
  queue: TeamQueue,
  priorityName: string,
  /** For kinds that know no longest run themselves. */
  maxExecutionTimeSeconds?: number,
) {
  return {
    name,
    namespace: queue.namespace,
    labels: {
      ...queue.labels,
      [kueueLabels.queueName]: queue.name,
      [kueueLabels.priorityClass]: priorityName,
      ...(maxExecutionTimeSeconds === undefined
        ? {}
        : { [kueueLabels.maxExecutionTimeSeconds]: String(maxExecutionTimeSeconds) }),
    },
    // It may wait for days; its state is the queue's to tell, so an update waits until it exists (F126).
    annotations: awaitedUntilThere,
  };
}

/**
 * Options of such an object. On destroy it goes first, while its controller, its queue and its nodes are
 * still there to let it go (F62). What was admitted cannot be changed in place: another spec is another run.
 */
export function queuedOptions(
  parent: pulumi.Resource,
  args: RunArgs,
  controller: ControllerName,
): pulumi.CustomResourceOptions {
  const { queue, priorityClasses, controllers } = args;
  refuse(`queue ${queue.clusterQueue.name}`, kindProblems([], controller, queue.clusterQueue.backend));
  return {
    parent,
    deleteBeforeReplace: true,
    dependsOn: [
      releaseOf(controllers, controller),
      queue.resource,
      priorityClasses,
      ...(queue.store?.resources ?? []),
      ...queue.pool.resources,
    ],
    replaceOnChanges: [
      "spec",
      ...[kueueLabels.queueName, kueueLabels.maxExecutionTimeSeconds].map(
        (label) => `metadata.labels["${label}"]`,
      ),
    ],
  };
}
