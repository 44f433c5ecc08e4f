/** What a pool of GKE nodes may say: its machine, where and how it is bought, and what its nodes share. */
import { z } from "zod";
import { type GcpMachine, type GcpMachineId, gcpMachines } from "../catalogue/gcp-machines.ts";
import { flexStart, gkeLabels, gkeLimits } from "../catalogue/gke.ts";
import { gkeGpuProfiles } from "../catalogue/gke-gpu-profiles.ts";
import { type AcceleratorId, accelerators } from "../catalogue/hardware.ts";
import { sliceTopologies } from "../catalogue/tpu-slices.ts";
import { report } from "../config.ts";
import { dnsLabel } from "../names.ts";
import type { ClusterAbilities } from "./contract.ts";
import { gcpPoolProblems } from "./gcp-pool-rules.ts";
import { fetchableCharts } from "./helm-release.ts";
import { sharingField } from "./pool-sharing.ts";

/** Machines whose accelerators the platform knows by their nodes; parts of one no pod can ask for. */
const poolMachineIds = (Object.keys(gcpMachines) as GcpMachineId[]).filter(
  (id) => gcpMachines[id].accelerator in accelerators && gcpMachines[id].accelerators >= 1,
) as [GcpMachineId, ...GcpMachineId[]];

/** The accelerator of a machine that a pool may have. */
export function poolMachine(id: GcpMachineId): GcpMachine & { readonly accelerator: AcceleratorId } {
  return gcpMachines[id] as GcpMachine & { readonly accelerator: AcceleratorId };
}

/** Nodes come on demand where a pool says so, and every chart runs that is published or in the mirror. */
export function gcpAbilities(chartMirror?: string): ClusterAbilities {
  return { charts: fetchableCharts(chartMirror), provisioningClasses: [gkeLabels.provisioningClass] };
}

export const zoneName = z
  .string()
  .max(30)
  .regex(/^[a-z]+-[a-z]+\d+-[a-z0-9]+$/, "a zone such as us-central1-a");

const reservationName = z
  .string()
  .max(63)
  .regex(/^[a-z]([-a-z0-9]*[a-z0-9])?$/, "lower-case letters, digits and dashes");

const capacity = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("on-demand") }),
  /** Cheaper, and taken away at any time. */
  z.strictObject({ type: z.literal("spot") }),
  /** Machines that are paid for already; nodes come from nowhere else. */
  z.strictObject({
    type: z.literal("reservation"),
    reservation: reservationName,
    /** Project that shares the reservation. Default: the cluster's own. */
    project: z.string().min(6).max(30).optional(),
    /** Block of it that the nodes stand in. Default: any. */
    block: reservationName.optional(),
    /** Placement policy that it was made with, which a compact pool takes over. Default: it has none. */
    placementPolicy: reservationName.optional(),
  }),
  /** Machines when there are some, all at once, for a while. */
  z.strictObject({
    type: z.literal("flex-start"),
    /** Hours after which a machine ends by itself. */
    maxRunHours: z.int().min(1).max(flexStart.mostHours),
    /** Waits in a queue for all machines of a job, ordered by Kueue. Default: true. */
    queued: z.boolean().default(true),
  }),
]);

const gcpPoolFields = {
  /** Short enough for the names of GKE's own node pools, which begin with it. */
  name: dnsLabel.max(24),
  /** Machine of every node; it says which accelerators, and how many. */
  machine: z.enum(poolMachineIds),
  /** How many nodes at most, over all zones; queues hand out so many. */
  nodes: z.int().min(1).max(gkeLimits.nodesPerPool),
  /** The fewest that stay when there is nothing to do. Default: all; 0 where they come on demand. */
  minNodes: z.int().min(0).max(gkeLimits.nodesPerPool).optional(),
  /** Zones that the nodes are spread over evenly. */
  zones: z.array(zoneName).min(1).max(4),
  /** How the machines are bought. Default: on demand. */
  capacity: capacity.default({ type: "on-demand" }),
  sharing: sharingField,
  /** Slice of TPUs that the nodes make up, by its chips along each axis; for TPUs, and for these only. */
  sliceTopology: z.enum(sliceTopologies).optional(),
  /** Nodes close together in one zone. Default: false. */
  compact: z.boolean().default(false),
  /** Accelerators reach each other on networks of their own, which GKE makes. Default: standard. */
  network: z.enum(["standard", "high-speed"]).default("standard"),
  /** NVIDIA driver that GKE installs: of its choice, or the newest. Default: DEFAULT. */
  driver: z.enum(gkeGpuProfiles.managed.driverVersions).default("DEFAULT"),
  /** Disk of a node, for images and what pods write beside their volumes. Default: 200. */
  diskGiB: z.int().min(100).max(65_536).default(200),
  /** Moved on, it makes the nodes anew without any other change. Default: 1. */
  generation: z.int().min(1).max(10_000).default(1),
};

/** As a stack file has it: what is read once more, with the rest of the stack, must still be as written. */
export const gcpPoolEntry = z
  .strictObject(gcpPoolFields)
  .superRefine((pool, context) => report(context, gcpPoolProblems(completed(pool))));

export const gcpPool = gcpPoolEntry.transform(completed);

export type GcpPool = ReturnType<typeof completed>;

/** What follows from the machine and from how it is bought. */
function completed(pool: z.output<z.ZodObject<typeof gcpPoolFields>>) {
  const { accelerator, accelerators: acceleratorsPerNode, maxPods } = poolMachine(pool.machine);
  const comesOnDemand = pool.capacity.type === "flex-start";
  const { minNodes = comesOnDemand ? 0 : pool.nodes, sliceTopology, ...rest } = pool;
  return {
    ...rest,
    ...(sliceTopology === undefined ? {} : { sliceTopology }),
    minNodes,
    accelerator,
    acceleratorsPerNode,
    maxPods,
  };
}
