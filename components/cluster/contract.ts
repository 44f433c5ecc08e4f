/** What every environment gives the components above it; each environment answers with one adapter. */
import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";
import type { AcceleratorId } from "../catalogue/hardware.ts";
import type { RepairLabels } from "../catalogue/node-repair.ts";
import type { Schedulers } from "../catalogue/schedulers.ts";
import type { charts } from "../catalogue/versions.ts";
import type { Fabric } from "../planning/fabric.ts";
import type { NodeSoftware } from "../planning/gpu-stack.ts";
import type { NodeSize } from "../planning/node-size.ts";
import type { PoolDevice, Sharing } from "../planning/sharing.ts";
import type { PoolSlices } from "../planning/slices.ts";
import type { NodeTopology } from "../planning/topology.ts";

/** What a cluster can do, known before it exists; whatever asks for more is refused at preview. */
export interface ClusterAbilities {
  /** Charts that it can run. */
  readonly charts: readonly ChartName[];
  /** Provisioning classes by which nodes can be ordered; none where no node comes on demand. */
  readonly provisioningClasses: readonly string[];
  /** Schedulers beside its own, by how they place pods. Default: none. */
  readonly schedulers?: Schedulers;
}

/** Whatever else an environment asks of a pool, its answer has these fields. */
export type PoolSchema = z.ZodType<NodePoolRequest & { readonly name: string }>;

export interface Cluster<Schema extends PoolSchema = PoolSchema> {
  readonly abilities: ClusterAbilities;
  /** Version of Kubernetes; what is to run there is compared with it. Absent: nothing is. */
  readonly kubernetes?: string;
  /** Class of the load balancers that Services may ask for; absent where the cluster has one by default. */
  readonly loadBalancerClass?: string;
  /** The provider that every object of this cluster is created with. */
  readonly provider: k8s.Provider;
  /** Node labels from the widest network domain to the node itself; the last is kubernetes.io/hostname. */
  readonly topologyLevels: readonly string[];
  /** Where pods of the platform itself run, as part of their spec. */
  readonly systemPlacement: SystemPlacement;
  /** What one of these can have of a node, where it is known. */
  readonly systemNode?: Pick<NodeSize, "cpuMillis" | "memoryMiB">;
  /** How many such nodes there are, where none can be added. */
  readonly systemNodes?: number;
  /** These share one network, where each must listen on the address of its own pod alone. Default: false. */
  readonly sharesNetwork?: boolean;
  /** HTTP proxy by which these reach the pods of teams; without one they ask them directly. */
  readonly podProxy?: string;
  /** Storage class of a pod's own disk; it binds when the pod has a node, so that both are in one place. */
  readonly diskClass: string;
  /** What a pool may say here; strict, with every rule that needs no other pool. */
  readonly poolSchema: Schema;
  /** Makes the nodes of one pool and says what schedulers and queues need to know of them. */
  nodePool(pool: z.output<Schema>, opts: pulumi.ComponentResourceOptions): ProvisionedNodePool;
  /** Installs a chart release; the returned resource is created once the release's workloads are ready. */
  install(name: string, release: ChartRelease, opts: pulumi.ComponentResourceOptions): pulumi.Resource;
  /** Image of one of the platform's own programs; undefined where none is published. */
  programImage(program: ProgramName): string | undefined;
  /** Labels of a drained node that ask for its repair; undefined where nobody takes such requests. */
  readonly repairLabels: RepairLabels | undefined;
}

/** Programs of this project that run as pods. */
export type ProgramName = "node-health" | "runtime";

export interface SystemPlacement {
  readonly nodeSelector: Readonly<Record<string, string>>;
  readonly tolerations: readonly (Taint & { readonly operator: "Equal" })[];
}

export interface NodePoolRequest {
  readonly accelerator: AcceleratorId;
  readonly nodes: number;
  readonly acceleratorsPerNode: number;
  /** How its pods share accelerators. */
  readonly sharing: Sharing;
  /** The most pods of a node, where it is known. */
  readonly maxPods?: number | undefined;
  /** Chips along each axis of a slice, for accelerators that come in slices. */
  readonly sliceTopology?: string;
  /** RuntimeClass by which pods get its accelerators, where the runtime's default gives none. */
  readonly runtimeClass?: string;
  /** The network between its nodes, where it has devices of its own. */
  readonly fabric?: Fabric | undefined;
}

export interface Taint {
  readonly key: string;
  readonly value: string;
  readonly effect: "NoSchedule" | "PreferNoSchedule" | "NoExecute";
}

export interface ProvisionedNodePool {
  readonly name: string;
  readonly accelerator: AcceleratorId;
  readonly nodes: number;
  readonly acceleratorsPerNode: number;
  readonly sharing: Sharing;
  /** Slices that it is made of; a gang has one of them, whole. */
  readonly slices?: PoolSlices;
  /** What pods ask for: one kind of device, or one per MIG profile. */
  readonly devices: readonly PoolDevice[];
  /** The first resource of `allocatable` that queues count devices as: the only one unless partitioned. */
  readonly resourceName: string;
  /** Labels that select exactly the nodes of this pool. */
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  /** RuntimeClass that pods with accelerators name; without one the default of the nodes gives them. */
  readonly runtimeClass?: string;
  /**
   * Allocatable of the first node, quantities by resource name; CPU and memory are the same on all nodes.
   * Under DRA the number of its accelerators is among them, which the node itself does not say.
   */
  readonly allocatable: Readonly<Record<string, string>>;
  /** The network between these nodes, where it has devices: runs of several pods ask for these. */
  readonly fabric?: Fabric | undefined;
  /** What its nodes tell of their place, where that is more or less than the cluster's `topologyLevels`. */
  readonly topology?: NodeTopology | undefined;
  /** Labels of each node's network domains; absent where nobody knows them before the nodes are there. */
  readonly domains?: readonly Readonly<Record<string, string>>[];
  /** Whoever makes its nodes shares their accelerators as the pool says; nothing in the cluster is read. */
  readonly sharedByMaker?: boolean;
  /** What its nodes carry of NVIDIA's software; absent where no operator is to bring the rest. */
  readonly software?: NodeSoftware;
  /** What must exist before a pod can run here. */
  readonly resources: readonly pulumi.Resource[];
}

export interface ChartRelease {
  /** Which chart of the catalogue. */
  readonly chart: ChartName;
  readonly namespace: string;
  readonly values: Readonly<Record<string, unknown>>;
  /** The namespace is not the release's own: the cluster has it, or what it depends on. Default: false. */
  readonly namespaceExists?: boolean;
}

/** Charts that the catalogue pins. */
export type ChartName = keyof typeof charts;
