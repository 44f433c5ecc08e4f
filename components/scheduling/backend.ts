/** What a queueing system answers for the platform: one adapter each, and nothing else knows which it is. */
import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";
import type { Cluster, ClusterAbilities, ProvisionedNodePool } from "../cluster/contract.ts";
import type { Path, Problem } from "../planning/problem.ts";
import type { PoolPlan, QuotaPlan } from "../planning/quota.ts";
import type { QueueQuota } from "./cluster-queue.ts";
import type { queueingConfig } from "./queueing-config.ts";

export type QueueingConfig = z.output<typeof queueingConfig>;
export type BackendName = QueueingConfig["backend"];

/** Settings of queueing as a whole, without the queues. */
export type QueueingSettings = Omit<QueueingConfig, "queues" | "controllers">;

export interface QueueingBackend {
  /** What the system cannot do, or would refuse once it runs. */
  problems(plan: QueueingPlan): Problem[];
  /** Installs the system and makes its queues. */
  create(setup: QueueingSetup): QueueingObjects;
  /** Opens a queue to the namespace of its team; jobs depend on what is returned. */
  open(name: string, queue: OpenedQueue, opts: pulumi.CustomResourceOptions): pulumi.Resource;
  /** How pods and waiting jobs of one priority are told apart from those of another. */
  readonly priority: PriorityForm;
  /** What the system must know of a team's namespace. */
  namespaceAnnotations(queues: readonly Pick<QueueQuota, "team" | "pool">[]): Record<string, string>;
  /** Rights on the system's own kinds that members of a team need. */
  readonly rights: readonly Right[];
}

export interface Right {
  readonly apiGroups: string[];
  readonly resources: string[];
  readonly verbs: string[];
}

/** A configuration before anything exists, with the places where its author wrote it. */
export interface QueueingPlan {
  /** Where the settings stand. */
  readonly path: Path;
  readonly settings: QueueingSettings;
  readonly pools: readonly PoolPlan[];
  /** Names of all pools that are written, also of malformed ones. */
  readonly poolNames: readonly string[];
  readonly quotas: readonly QuotaPlan[];
  /** Whether the quotas are all there are; what others lend is not judged otherwise. */
  readonly lendersKnown: boolean;
  readonly abilities: ClusterAbilities;
}

export interface QueueingSetup {
  /** Name of the component, with which the names of its children begin. */
  readonly name: string;
  readonly cluster: Cluster;
  readonly pools: readonly ProvisionedNodePool[];
  readonly config: QueueingConfig;
  readonly parent: pulumi.Resource;
}

export interface QueueingObjects {
  /** The system itself; whatever it must admit or clean up depends on it. */
  readonly release: pulumi.Resource;
  /** One per queue that the quotas name, in the order of `quotasByQueue`. */
  readonly queues: readonly pulumi.Resource[];
}

export interface OpenedQueue {
  readonly queue: Pick<QueueQuota, "team" | "pool"> & { readonly resource: pulumi.Resource };
  /** Names the team's namespace, and the queue as it is called in it: by its pool, or pool and project. */
  readonly metadata: k8s.types.input.meta.v1.ObjectMeta;
  /** Weight of a project where order follows past use. */
  readonly weight?: number;
}

export interface PriorityForm {
  /** Whether pods of a class evict others through the cluster's own scheduler. */
  readonly preemptionPolicy: "Never" | "PreemptLowerPriority";
  /** Kind of the class that waiting jobs carry, where pods' own class is not it. */
  readonly workloadClass?: { readonly apiVersion: string; readonly kind: string };
}
