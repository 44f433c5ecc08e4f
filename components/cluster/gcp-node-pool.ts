/** Node pools of GKE: one for the platform's own programs, and those that a pool is made of. */
import * as gcp from "@pulumi/gcp";
import type * as pulumi from "@pulumi/pulumi";
import { bootDiskType, gkeLabels } from "../catalogue/gke.ts";
import { gkeGpuProfiles } from "../catalogue/gke-gpu-profiles.ts";
import { accelerators } from "../catalogue/hardware.ts";
import { platformLabels } from "../catalogue/labels.ts";
import { isKnown } from "../catalogue/unknown.ts";
import { softwareLabels } from "../planning/gpu-software.ts";
import { selectionLabels } from "../planning/sharing.ts";
import { poolSlices } from "../planning/slices.ts";
import type { Taint } from "./contract.ts";
import type { GcpClusterConfig } from "./gcp-fields.ts";
import type { PoolMember } from "./gcp-generation.ts";
import { type GcpPool, poolMachine } from "./gcp-pool.ts";

type NodeConfig = gcp.types.input.container.NodePoolNodeConfig;

/** What every node of the cluster is made with. */
export interface NodeBasics {
  readonly cluster: gcp.container.Cluster;
  readonly region: string;
  readonly serviceAccount: pulumi.Input<string>;
  readonly diskKey: pulumi.Input<string>;
}

/** Shielded, with no more rights than its account, and no way for pods to be the node. */
function hardened({ serviceAccount, diskKey }: NodeBasics): NodeConfig {
  return {
    imageType: "COS_CONTAINERD",
    serviceAccount,
    oauthScopes: ["https://www.googleapis.com/auth/cloud-platform"],
    workloadMetadataConfig: { mode: "GKE_METADATA" },
    shieldedInstanceConfig: { enableSecureBoot: true, enableIntegrityMonitoring: true },
    metadata: { "disable-legacy-endpoints": "true" },
    bootDiskKmsKey: diskKey,
    gvnic: { enabled: true },
  };
}

/** Nodes without accelerators, there before any other: GKE taints no GPUs while nothing else can run pods. */
export function systemNodePool(
  name: string,
  { systemPool }: GcpClusterConfig,
  basics: NodeBasics,
  opts: pulumi.CustomResourceOptions,
): gcp.container.NodePool {
  return new gcp.container.NodePool(
    name,
    {
      cluster: basics.cluster.name,
      location: basics.region,
      nodeLocations: systemPool.zones,
      autoscaling: { minNodeCount: systemPool.minNodesPerZone, maxNodeCount: systemPool.maxNodesPerZone },
      ignoreNodeCountChanges: true,
      management: { autoRepair: true, autoUpgrade: true },
      upgradeSettings: { strategy: "SURGE", maxSurge: 1, maxUnavailable: 0 },
      networkConfig: { enablePrivateNodes: true },
      nodeConfig: {
        ...hardened(basics),
        machineType: systemPool.machine,
        bootDisk: { diskType: "pd-balanced", sizeGb: 100 },
        labels: { [platformLabels.system]: "true" },
      },
    },
    opts,
  );
}

/** Taints of the nodes; GKE adds the same, unless the pool was there before any other. */
export function poolTaints({ accelerator, capacity }: GcpPool): Taint[] {
  const own: Taint = { key: accelerators[accelerator].resourceName, value: "present", effect: "NoSchedule" };
  const queued: Taint = { key: gkeLabels.queued, value: "true", effect: "NoSchedule" };
  return capacity.type === "flex-start" && capacity.queued ? [own, queued] : [own];
}

/**
 * A node pool by a name of its own, so that what cannot be changed is made beside the old one, which then
 * drains. Reserved machines are given up by nobody but who says so: their pool is protected (F106).
 */
export function acceleratorNodePool(
  member: PoolMember,
  pool: GcpPool,
  profile: GcpClusterConfig["gpuProfile"],
  basics: NodeBasics,
  opts: pulumi.CustomResourceOptions,
): gcp.container.NodePool {
  const { capacity } = pool;
  const isScaled = member.minNodes < member.nodes;
  const isBrief = capacity.type === "flex-start";
  const isQueued = isBrief && capacity.queued;
  return new gcp.container.NodePool(
    member.name,
    {
      name: member.name,
      cluster: basics.cluster.name,
      location: basics.region,
      nodeLocations: [member.zone],
      ...(isScaled ? scaledArgs(member, pool) : { nodeCount: member.nodes }),
      // A cluster in a release channel takes no pool without upgrades.
      management: { autoRepair: !isBrief, autoUpgrade: true },
      // No machine more than there are: reserved ones and quotas leave no room for a spare.
      ...(isBrief ? {} : { upgradeSettings: { strategy: "SURGE", maxSurge: 0, maxUnavailable: 1 } }),
      ...placementArgs(pool),
      ...(isQueued ? { queuedProvisioning: { enabled: true } } : {}),
      networkConfig: {
        enablePrivateNodes: true,
        ...(pool.network === "high-speed" ? { acceleratorNetworkProfile: "auto" } : {}),
      },
      nodeDrainConfigs: [
        {
          respectPdbDuringNodePoolDeletion: true,
          pdbTimeoutDuration: "3600s",
          graceTerminationDuration: "3600s",
        },
      ],
      nodeConfig: { ...hardened(basics), ...acceleratorConfig(pool, profile) },
    },
    { ...opts, protect: capacity.type === "reservation" },
  );
}

/** Slices come and go whole; whoever may take any machine takes it from where there is one. */
function scaledArgs(member: PoolMember, { capacity }: GcpPool) {
  return {
    autoscaling: {
      totalMinNodeCount: member.minNodes,
      totalMaxNodeCount: member.nodes,
      locationPolicy: capacity.type === "on-demand" ? "BALANCED" : "ANY",
    },
    ignoreNodeCountChanges: true,
  };
}

function placementArgs(pool: GcpPool) {
  const slices = poolSlices(pool);
  if (slices && slices.hosts > 1) {
    return { placementPolicy: { type: "COMPACT", tpuTopology: slices.topology } };
  }
  if (!pool.compact) return {};
  const { capacity } = pool;
  // Machines of a reservation are placed by the policy that it was made with, and by no other.
  const policyName = capacity.type === "reservation" ? capacity.placementPolicy : undefined;
  return { placementPolicy: { type: "COMPACT", ...(policyName === undefined ? {} : { policyName }) } };
}

function acceleratorConfig(pool: GcpPool, profile: GcpClusterConfig["gpuProfile"]): NodeConfig {
  const { machine, diskGiB, capacity, accelerator, network } = pool;
  const isGpu = accelerators[accelerator].resourceName === "nvidia.com/gpu";
  const { localSsds } = poolMachine(machine);
  return {
    machineType: machine,
    bootDisk: { diskType: bootDiskType(machine), sizeGb: diskGiB },
    labels: {
      [platformLabels.pool]: pool.name,
      ...(isGpu && profile === "operator"
        ? { ...softwareLabels(gkeGpuProfiles.operator), ...selectionLabels(pool, 0) }
        : {}),
      ...(capacity.type === "flex-start" && capacity.queued ? { [gkeLabels.queued]: "true" } : {}),
      ...(network === "high-speed" ? { [gkeLabels.networkDriver]: "true" } : {}),
    },
    taints: poolTaints(pool).map(({ key, value }) => ({ key, value, effect: "NO_SCHEDULE" })),
    ...(isGpu ? { guestAccelerators: [guestAccelerator(pool, profile)] } : {}),
    ...(isKnown(localSsds) ? { ephemeralStorageLocalSsdConfig: { localSsdCount: localSsds } } : {}),
    ...capacityConfig(capacity),
  };
}

function guestAccelerator(pool: GcpPool, profile: GcpClusterConfig["gpuProfile"]) {
  const { guestAccelerator: type } = poolMachine(pool.machine);
  if (!isKnown(type)) throw new Error(`no node pool names the accelerator of ${pool.machine}`);
  const isManaged = profile === "managed";
  const gpuDriverVersion = isManaged ? pool.driver : gkeGpuProfiles.operator.driverVersions[0];
  return {
    type,
    count: pool.acceleratorsPerNode,
    gpuDriverInstallationConfig: { gpuDriverVersion },
    ...(isManaged ? sharedGpu(pool.sharing) : {}),
  };
}

/** As the rules of the profile leave it: replicas, or one size of partition. */
function sharedGpu(sharing: GcpPool["sharing"]) {
  switch (sharing.mode) {
    case "time-slicing":
    case "mps":
      return {
        gpuSharingConfig: {
          gpuSharingStrategy: sharing.mode === "mps" ? "MPS" : "TIME_SHARING",
          maxSharedClientsPerGpu: sharing.replicas,
        },
      };
    case "mig":
      return { gpuPartitionSize: Object.keys(sharing.layouts[0]?.profiles ?? {})[0] ?? "" };
    case "dedicated":
    case "dra":
      return {};
  }
}

function capacityConfig(capacity: GcpPool["capacity"]): NodeConfig {
  switch (capacity.type) {
    case "on-demand":
      return { reservationAffinity: { consumeReservationType: "NO_RESERVATION" } };
    case "spot":
      return { spot: true, reservationAffinity: { consumeReservationType: "NO_RESERVATION" } };
    case "flex-start":
      return {
        flexStart: true,
        maxRunDuration: `${capacity.maxRunHours * 3600}s`,
        reservationAffinity: { consumeReservationType: "NO_RESERVATION" },
      };
    case "reservation":
      return {
        reservationAffinity: {
          consumeReservationType: "SPECIFIC_RESERVATION",
          key: "compute.googleapis.com/reservation-name",
          values: [reservationPath(capacity)],
        },
      };
  }
}

type Reserved = Extract<GcpPool["capacity"], { type: "reservation" }>;

function reservationPath({ reservation, project, block }: Reserved): string {
  const shared = project === undefined ? reservation : `projects/${project}/reservations/${reservation}`;
  return block === undefined ? shared : `${shared}/reservationBlocks/${block}`;
}
