/** What GKE's node pools can do, by machine, and what it keeps of each node for itself. */
import type { GcpMachineId, GcpSeries } from "./gcp-machines.ts";

/** Machines for the platform's own programs. Compute Engine, E2 and N2. Checked 2026-11-21. */
export const gkeSystemMachines = [
  "e2-standard-4",
  "e2-standard-8",
  "e2-standard-16",
  "n2-standard-8",
] as const;

export type GkeSystemMachine = (typeof gkeSystemMachines)[number];

const gkeSystemNode = { maxPods: 110, accelerators: 0 } as const;

/** Standard machines have 4 GiB for each vCPU (Google's pages on E2 and N2). */
export const gkeSystemMachineSizes = {
  "e2-standard-4": { ...gkeSystemNode, vcpus: 4, memoryGiB: 16 },
  "e2-standard-8": { ...gkeSystemNode, vcpus: 8, memoryGiB: 32 },
  "e2-standard-16": { ...gkeSystemNode, vcpus: 16, memoryGiB: 64 },
  "n2-standard-8": { ...gkeSystemNode, vcpus: 8, memoryGiB: 32 },
} as const satisfies Record<GkeSystemMachine, object>;

/**
 * GKE, quotas and limits: nodes of a pool in one zone, which is less than the 1500 of a compact placement;
 * flexible Pod CIDR: a node of 110 pods takes a /24 of their addresses. Checked 2026-11-21.
 */
export const gkeLimits = { nodesPerPool: 1000, podsPerNode: 110, podPrefixPerNode: 24 };

/** Days after which a flex-start machine ends by itself: Dynamic Workload Scheduler. Checked 2026-11-21. */
export const flexStart = {
  mostHours: 168,
  /** Series that it places close together: GoogleCloudPlatform/cluster-toolkit gke-node-pool @1047080. */
  compactSeries: ["a3-ultragpu", "a4-highgpu"] as readonly GcpSeries[],
};

/**
 * Series whose network between accelerators GKE makes itself (acceleratorNetworkProfile "auto"), with
 * Dataplane V2 and nodes of 1.34.1-gke.1829001 or newer: cluster-toolkit gke-node-pool @1047080; of A3, GKE's
 * release notes of 2026-04-20 name Mega and Ultra alone. Checked 2026-11-21.
 */
export const networkProfileSeries: readonly GcpSeries[] = [
  "a3-megagpu",
  "a3-ultragpu",
  "a4-highgpu",
  "a4x-highgpu",
  "a4x-maxgpu",
  "ct6e-standard",
  "tpu7x-standard",
];

/**
 * Series that take Hyperdisk and no Persistent Disk: cluster-toolkit, blueprints gke-a3-ultragpu, gke-a4 and
 * gke-tpu-v6 @1047080; the others take pd-balanced. Checked 2026-11-20.
 */
const hyperdiskSeries: readonly GcpSeries[] = [
  "a3-ultragpu",
  "a4-highgpu",
  "a4x-highgpu",
  "a4x-maxgpu",
  "g4-standard",
  "ct6e-standard",
  "tpu7x-standard",
];

/** Type of the disk that a node starts from. */
export function bootDiskType(machine: GcpMachineId): "hyperdisk-balanced" | "pd-balanced" {
  return hyperdiskSeries.some((series) => machine.startsWith(`${series}-`))
    ? "hyperdisk-balanced"
    : "pd-balanced";
}

/**
 * What the kubelet keeps of a node: a part of each layer of its memory, largest part first, and 100 MiB at
 * which it evicts; of cores the same parts as EKS. GKE, Plan node sizes. Checked 2026-11-21.
 */
export const gkeReservation = {
  memory: [
    { layerGiB: 4, part: 0.25 },
    { layerGiB: 4, part: 0.2 },
    { layerGiB: 8, part: 0.1 },
    { layerGiB: 112, part: 0.06 },
    { layerGiB: Number.POSITIVE_INFINITY, part: 0.02 },
  ],
  evictionMiB: 100,
};

/** Labels and taints that GKE itself writes. GKE, Dynamic Workload Scheduler. Checked 2026-11-21. */
export const gkeLabels = {
  /** Label that a queued pool must be given, and taint that GKE adds to its nodes. */
  queued: "cloud.google.com/gke-queued",
  /** Provisioning class of Kueue's admission check for such pools. */
  provisioningClass: "queued-provisioning.gke.io",
  /** Runs the driver that hands the devices of such networks to pods. GKE, managed DRANET. 2026-11-21. */
  networkDriver: "cloud.google.com/gke-networking-dra-driver",
  zone: "topology.kubernetes.io/zone",
} as const;

/** Registries that Artifact Registry can stand in for. Artifact Registry, remote repositories. 2026-11-21. */
export const remoteRegistries = {
  "docker-hub": "https://registry-1.docker.io",
  ghcr: "https://ghcr.io",
  kubernetes: "https://registry.k8s.io",
  nvidia: "https://nvcr.io",
  quay: "https://quay.io",
} as const;

/** Where Google's storage answers machines without an address outside, and where pods find who they are. */
export const googleEndpoints = {
  /** private.googleapis.com. Private Google Access. Checked 2026-11-21. */
  privateApis: "199.36.153.8/30",
  hosts: ["199.36.153.8", "199.36.153.9", "199.36.153.10", "199.36.153.11"],
  /** GKE, Workload Identity Federation, network policies: with Dataplane V2 the first, else the second. */
  metadata: [
    { cidr: "169.254.169.254/32", port: 80 },
    { cidr: "169.254.169.252/32", port: 988 },
  ],
} as const;
