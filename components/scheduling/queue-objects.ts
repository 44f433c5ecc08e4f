/** Queues as Volcano and KAI have them: cluster-wide objects in a tree, open to every namespace. */
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { platformLabels } from "../catalogue/labels.ts";
import type { QueueingBackend } from "./backend.ts";
import { clusterQueueName, type QueueQuota } from "./cluster-queue.ts";
import { queuesAnnotation } from "./queue-guard.ts";

/** One queue of the tree; a queue without team only holds others. */
export interface QueueObject {
  readonly name: string;
  readonly pool: string;
  /** The team whose jobs wait here. */
  readonly team?: string;
  readonly spec: object;
}

/** What holds for every system that takes whatever queue is named: a guard lets only the team in. */
export const guardedQueues: Pick<QueueingBackend, "open" | "priority" | "namespaceAnnotations"> = {
  open: (_name, { queue }) => queue.resource,
  priority: { preemptionPolicy: "PreemptLowerPriority" },
  namespaceAnnotations: (queues) => ({ [queuesAnnotation]: queues.map(clusterQueueName).join(",") }),
};

export interface QueueForm<Queue> {
  readonly apiVersion: string;
  /** Name of the queue above; one that is not among those made belongs to the system itself. */
  above(queue: Queue): string | undefined;
  readonly opts: pulumi.CustomResourceOptions;
}

/** Makes the queues, which come parents before children, each once the one above it is there. */
export function createQueues<Queue extends QueueObject>(
  name: string,
  queues: readonly Queue[],
  { apiVersion, above, opts }: QueueForm<Queue>,
): ReadonlyMap<string, pulumi.Resource> {
  const made = new Map<string, pulumi.Resource>();
  for (const queue of queues) {
    const { team, pool, spec } = queue;
    const labels = { ...(team ? { [platformLabels.team]: team } : {}), [platformLabels.pool]: pool };
    const parent = made.get(above(queue) ?? "");
    const resource = new k8s.apiextensions.CustomResource(
      `${name}-queue-${queue.name}`,
      { apiVersion, kind: "Queue", metadata: { name: queue.name, labels }, spec },
      parent ? { ...opts, dependsOn: [parent] } : opts,
    );
    made.set(queue.name, resource);
  }
  return made;
}

/** The object of a team's quota among those made. */
export function queueOf(
  made: ReadonlyMap<string, pulumi.Resource>,
  quota: Pick<QueueQuota, "team" | "pool">,
): pulumi.Resource {
  const resource = made.get(clusterQueueName(quota));
  if (!resource) throw new Error(`${clusterQueueName(quota)} was checked before, and has an object`);
  return resource;
}
