/** What the pods of a pool can ask for: whole accelerators, replicas of them, MIG slices, or claims. */
import { claimResources, type DraDevices } from "../catalogue/dra.ts";
import { type AcceleratorId, accelerators } from "../catalogue/hardware.ts";
import { computeSlicesPerGpu, type MigGeometry, migGeometry } from "../catalogue/mig-profiles.ts";
import type { SchedulerProfile } from "../catalogue/schedulers.ts";
import type { SharingMode } from "../catalogue/sharing-modes.ts";
import { labelPart, layoutName, type MigProfiles } from "./mig.ts";

/** Nodes whose GPUs are all partitioned alike. */
export interface MigLayout {
  readonly nodes: number;
  readonly profiles: MigProfiles;
}

/** How the accelerators of a pool are shared. */
export type Sharing =
  | { readonly mode: "dedicated" }
  | Replicated
  | { readonly mode: "mig"; readonly layouts: readonly MigLayout[] }
  | Claimed;

/** Devices that the scheduler picks for claims. */
export interface Claimed {
  readonly mode: "dra";
  readonly devices: DraDevices;
  /** How the scheduler of its pods places them. Default: the best for claims that the cluster has. */
  readonly schedulerProfile?: SchedulerProfile | undefined;
}

export interface Replicated {
  readonly mode: "time-slicing" | "mps";
  /** Pods that share one accelerator. */
  readonly replicas: number;
  /** Whether the resource is called .shared: a request for a whole accelerator never gets a replica. */
  readonly rename: boolean;
}

export interface SharedPool {
  readonly accelerator: AcceleratorId;
  readonly nodes: number;
  readonly acceleratorsPerNode: number;
  readonly sharing: Sharing;
  /** The most pods of a node, as its environment says; nothing is refused where nobody does. */
  readonly maxPods?: number | undefined;
}

/** One kind of device that pods of a pool ask for. */
export interface PoolDevice {
  /** The extended resource, e.g. nvidia.com/gpu; under DRA, what queues count claims as. */
  readonly resourceName: string;
  /** MIG profile; undefined for whole and replicated accelerators. */
  readonly profile?: string;
  /** What messages call several of it. */
  readonly noun: string;
  /** The most on one node. */
  readonly perNode: number;
  /** In the whole pool. */
  readonly total: number;
  /** Parts of a node's CPU and memory that go with one device, of `partsPerNode`. */
  readonly parts: number;
  readonly partsPerNode: number;
  /** GPU memory of one device; under time-slicing an equal part, which nothing enforces. */
  readonly memoryMiB: number;
  /** What a quota counts parts of accelerators by, where it does: so much memory for each accelerator. */
  readonly quotaMiB?: number;
}

/** Kinds of device of a pool: one, but for MIG, where every profile of any layout is one. */
export function poolDevices(pool: SharedPool): PoolDevice[] {
  const { sharing, acceleratorsPerNode, nodes } = pool;
  const { resourceName, discovery } = accelerators[pool.accelerator];
  if (sharing.mode === "mig") return sliceDevices(pool, sharing.layouts);
  if (sharing.mode === "dra") return [claimedDevice(pool, sharing)];
  const replicas = sharing.mode === "dedicated" ? 1 : sharing.replicas;
  const perNode = acceleratorsPerNode * replicas;
  return [
    {
      resourceName: sharing.mode === "dedicated" ? resourceName : replicaResource(resourceName, sharing),
      noun: sharing.mode === "dedicated" ? "accelerators" : "replicas",
      perNode,
      total: nodes * perNode,
      parts: 1,
      partsPerNode: perNode,
      memoryMiB: Math.floor(discovery.memoryMiB / replicas),
    },
  ];
}

/** Quotas of a DRA pool are whole accelerators, to be spent on parts of any size where there are parts. */
function claimedDevice(pool: SharedPool, { devices }: Claimed): PoolDevice {
  const { acceleratorsPerNode, nodes } = pool;
  const memoryMiB = claimableMemoryMiB(pool.accelerator, devices);
  return {
    resourceName: claimResources[devices],
    noun: "accelerators",
    perNode: acceleratorsPerNode,
    total: nodes * acceleratorsPerNode,
    parts: 1,
    partsPerNode: acceleratorsPerNode,
    memoryMiB,
    ...(devices === "whole" ? {} : { quotaMiB: memoryMiB }),
  };
}

/** Memory of an accelerator as its device says it: partitions leave a little of it unused. */
export function claimableMemoryMiB(accelerator: AcceleratorId, devices: DraDevices): number {
  const profiles = devices === "partitions" ? (migGeometry(accelerator)?.profiles ?? {}) : {};
  const parts = Object.values(profiles).map(({ memoryMiB, maxInstances }) => memoryMiB * maxInstances);
  return Math.max(...parts, parts.length === 0 ? accelerators[accelerator].discovery.memoryMiB : 0);
}

function replicaResource(resourceName: string, { rename }: Replicated): string {
  return rename ? `${resourceName}.shared` : resourceName;
}

/** A slice's part of the node follows its compute slices, of which no layout uses more than there are. */
function sliceDevices(pool: SharedPool, layouts: readonly MigLayout[]): PoolDevice[] {
  const { acceleratorsPerNode } = pool;
  const profiles = migGeometry(pool.accelerator)?.profiles ?? {};
  return Object.entries(profiles).flatMap(([profile, { computeSlices, memoryMiB }]) => {
    const offers = layouts.map((layout) => ({ ...layout, count: layout.profiles[profile] ?? 0 }));
    const perNode = Math.max(...offers.map(({ count }) => count)) * acceleratorsPerNode;
    if (perNode === 0) return [];
    return [
      {
        resourceName: sliceResource(profile),
        profile,
        noun: `slices ${profile}`,
        perNode,
        total: offers.reduce((sum, { nodes, count }) => sum + nodes * count * acceleratorsPerNode, 0),
        parts: computeSlices,
        partsPerNode: acceleratorsPerNode * computeSlicesPerGpu,
        memoryMiB,
      },
    ];
  });
}

/** Resource of a MIG profile under the device plugin's strategy "mixed". */
export function sliceResource(profile: string): string {
  return `nvidia.com/mig-${labelPart(profile)}`;
}

/** Layout of the node with this index; layouts take the nodes in their order. */
export function layoutAt(layouts: readonly MigLayout[], index: number): MigLayout | undefined {
  let first = 0;
  return layouts.find((layout) => {
    first += layout.nodes;
    return index < first;
  });
}

/** Devices of the node with this index, by extended resource; under DRA it has none, never both (F38). */
export function nodeDevices(pool: SharedPool, index: number): Record<string, number> {
  const { sharing, acceleratorsPerNode } = pool;
  if (sharing.mode === "dra") return {};
  if (sharing.mode !== "mig") {
    return Object.fromEntries(poolDevices(pool).map(({ resourceName, perNode }) => [resourceName, perNode]));
  }
  const layout = layoutAt(sharing.layouts, index);
  return Object.fromEntries(
    Object.entries(layout?.profiles ?? {}).map(([profile, count]) => [
      sliceResource(profile),
      count * acceleratorsPerNode,
    ]),
  );
}

/** Which of a pool's devices or a team's quotas is meant; without MIG there is one, of no profile. */
export function ofProfile<Entry extends { readonly profile?: string }>(
  entries: readonly Entry[],
  profile: string | undefined,
): Entry | undefined {
  return entries.find((entry) => entry.profile === profile);
}

/** Configuration of the device plugin that a node asks for by name; equal settings have equal names. */
export function devicePluginConfig(sharing: Sharing): string {
  const names: Record<SharingMode, string> = {
    dedicated: "dedicated",
    "time-slicing": "time-slicing",
    mps: "mps",
    mig: "mig-mixed",
    dra: "none",
  };
  if (!("replicas" in sharing)) return names[sharing.mode];
  return `${names[sharing.mode]}-${sharing.replicas}${sharing.rename ? "" : "-not-renamed"}`;
}

/**
 * Labels by which a node asks the GPU Operator for its sharing. A dedicated pool needs none, for the defaults
 * of the operator are its own.
 */
export function selectionLabels(pool: SharedPool, index: number): Record<string, string> {
  const { sharing } = pool;
  if (sharing.mode === "dedicated") return {};
  if (sharing.mode === "dra") return driverOnly;
  const layout = sharing.mode === "mig" ? layoutAt(sharing.layouts, index) : undefined;
  const geometry = migGeometry(pool.accelerator);
  return {
    "nvidia.com/device-plugin.config": devicePluginConfig(sharing),
    ...(layout && geometry ? { "nvidia.com/mig.config": layoutName(geometry, layout.profiles) } : {}),
  };
}

/**
 * Labels that keep the device plugin and the MIG manager of the GPU Operator off a node: the DRA driver alone
 * gives its GPUs out, and owns what they are partitioned into (F38).
 */
const driverOnly = {
  "nvidia.com/gpu.deploy.device-plugin": "false",
  "nvidia.com/gpu.deploy.mig-manager": "false",
};

/** Each layout of a pool with what partitions its GPUs. */
export function partitions(pool: SharedPool): { name: string; geometry: MigGeometry; layout: MigLayout }[] {
  const geometry = migGeometry(pool.accelerator);
  if (pool.sharing.mode !== "mig" || geometry === undefined) return [];
  return pool.sharing.layouts.map((layout) => ({
    name: layoutName(geometry, layout.profiles),
    geometry,
    layout,
  }));
}
