/** Accelerators that a pool may hold, and the machines that carry them, each fact with its source. */

/** What a node that carries this accelerator says of it. */
interface Discovery {
  /** Value of the label that names the product: nvidia.com/gpu.product, or GKE's for TPUs. */
  readonly product: string;
  /** Memory of one accelerator; value of nvidia.com/gpu.memory, while nothing writes that of a TPU. */
  readonly memoryMiB: number;
  readonly migCapable: boolean;
}

/** What NVIDIA's GPU Feature Discovery writes on a node that carries this GPU. */
export interface GpuDiscovery extends Discovery {
  /** Value of nvidia.com/gpu.family. */
  readonly family: "turing" | "ampere" | "ada-lovelace" | "hopper" | "blackwell";
  readonly computeMajor: number;
  readonly computeMinor: number;
}

/** What GKE writes on a node that carries TPUs. */
export interface TpuDiscovery extends Discovery {
  readonly family: "tpu";
  readonly migCapable: false;
}

/** Extended resources of whole accelerators; also the keys of the taints on nodes that have them. */
export type AcceleratorResource = "nvidia.com/gpu" | "google.com/tpu";

/** The machine that a node with so many accelerators is modelled on. */
export interface Machine {
  /** Value of node.kubernetes.io/instance-type. */
  readonly name: string;
  readonly provider: "aws" | "gcp";
  readonly accelerators: number;
  readonly vcpus: number;
  readonly memoryGiB: number;
  /** The most pods a kubelet accepts there. */
  readonly maxPods: number;
}

export interface Accelerator {
  /** Memory of one accelerator that the platform plans with. */
  readonly memoryGiB: number;
  /** Extended resource that pods request. */
  readonly resourceName: AcceleratorResource;
  readonly discovery: GpuDiscovery | TpuDiscovery;
  /** One row per number of accelerators that a machine can be had with, fewest first. */
  readonly machines: readonly Machine[];
  /** The largest number in `machines`. */
  readonly maxPerNode: number;
  readonly source: string;
  /** Day of the check, as year-month-day. */
  readonly date: string;
}

const nvidia = "nvidia.com/gpu";
const google = "google.com/tpu";
const families =
  "family and compute capability: getArchFamily of NVIDIA/k8s-device-plugin internal/lm/resource.go";
const aws = "machine: aws/karpenter-provider-aws instance-types.md @1d92708 (from EC2 DescribeInstanceTypes)";
const tpuLabel = "label: GoogleCloudPlatform/cluster-toolkit gke-node-pool @1047080 (v1.95.0)";
const tpuMachines = "machines: Cyclenerd/google-cloud-pricing-cost-calculator machinetypes.csv @dac3128";
const gcp = "a2, a3, g2 machines: Google's machine-type pages; maxPods there is GKE's default of 110";

function on(provider: Machine["provider"]) {
  return (
    name: string,
    accelerators: number,
    vcpus: number,
    memoryGiB: number,
    maxPods: number,
  ): Machine => ({
    name,
    provider,
    accelerators,
    vcpus,
    memoryGiB,
    maxPods,
  });
}
const ec2 = on("aws");
const gce = on("gcp");

export const accelerators = {
  "nvidia-t4": {
    memoryGiB: 16,
    resourceName: nvidia,
    discovery: gpu("Tesla-T4", "turing", 15360, 7, 5, false),
    machines: [
      ec2("g4dn.4xlarge", 1, 16, 64, 29),
      ec2("g4dn.12xlarge", 4, 48, 192, 234),
      ec2("g4dn.metal", 8, 96, 384, 737),
    ],
    maxPerNode: 8,
    source: `product and memory: label listing of an OpenShift node with driver 580; ${families}; ${aws}`,
    date: "2026-11-21",
  },
  "nvidia-l4": {
    memoryGiB: 22.35,
    resourceName: nvidia,
    discovery: gpu("NVIDIA-L4", "ada-lovelace", 23034, 8, 9, false),
    machines: [
      ec2("g6.4xlarge", 1, 16, 64, 234),
      gce("g2-standard-24", 2, 24, 96, 110),
      ec2("g6.12xlarge", 4, 48, 192, 234),
      ec2("g6.48xlarge", 8, 192, 768, 737),
    ],
    maxPerNode: 8,
    source: `product and memory: KubeAI's profile that selects on the label; ${families}; ${aws}; ${gcp}`,
    date: "2026-11-21",
  },
  "nvidia-a10g": {
    memoryGiB: 22.35,
    resourceName: nvidia,
    discovery: gpu("NVIDIA-A10G", "ampere", 23028, 8, 6, false),
    machines: [
      ec2("g5.4xlarge", 1, 16, 64, 234),
      ec2("g5.12xlarge", 4, 48, 192, 737),
      ec2("g5.48xlarge", 8, 192, 768, 345),
    ],
    maxPerNode: 8,
    source: `product and memory: label listing of a g5.2xlarge node; ${families}; ${aws}`,
    date: "2026-11-21",
  },
  "nvidia-a100-40gb": {
    memoryGiB: 40,
    resourceName: nvidia,
    discovery: gpu("NVIDIA-A100-SXM4-40GB", "ampere", 40960, 8, 0, true),
    machines: [
      gce("a2-highgpu-1g", 1, 12, 85, 110),
      gce("a2-highgpu-2g", 2, 24, 170, 110),
      gce("a2-highgpu-4g", 4, 48, 340, 110),
      ec2("p4d.24xlarge", 8, 96, 1152, 737),
    ],
    maxPerNode: 8,
    source: `product: NVIDIA's MIG examples; memory: EC2; ${families}; ${aws}; ${gcp}`,
    date: "2026-11-21",
  },
  "nvidia-a100-80gb": {
    memoryGiB: 80,
    resourceName: nvidia,
    discovery: gpu("NVIDIA-A100-SXM4-80GB", "ampere", 81920, 8, 0, true),
    machines: [
      gce("a2-ultragpu-1g", 1, 12, 170, 110),
      gce("a2-ultragpu-2g", 2, 24, 340, 110),
      gce("a2-ultragpu-4g", 4, 48, 680, 110),
      ec2("p4de.24xlarge", 8, 96, 1152, 737),
    ],
    maxPerNode: 8,
    source: `product and memory: label listings in several public guides; ${families}; ${aws}; ${gcp}`,
    date: "2026-11-21",
  },
  "nvidia-l40s": {
    memoryGiB: 44.7,
    resourceName: nvidia,
    discovery: gpu("NVIDIA-L40S", "ada-lovelace", 46068, 8, 9, false),
    machines: [
      ec2("g6e.4xlarge", 1, 16, 128, 234),
      ec2("g6e.12xlarge", 4, 48, 384, 292),
      ec2("g6e.48xlarge", 8, 192, 1536, 492),
    ],
    maxPerNode: 8,
    source: `product and memory: label listing of a virtual machine with one L40S; ${families}; ${aws}`,
    date: "2026-11-21",
  },
  "nvidia-h100-80gb-sxm": {
    memoryGiB: 80,
    resourceName: nvidia,
    discovery: gpu("NVIDIA-H100-80GB-HBM3", "hopper", 81559, 9, 0, true),
    machines: [
      ec2("p5.4xlarge", 1, 16, 256, 118),
      gce("a3-highgpu-2g", 2, 52, 468, 110),
      gce("a3-highgpu-4g", 4, 104, 936, 110),
      ec2("p5.48xlarge", 8, 192, 2048, 100),
    ],
    maxPerNode: 8,
    source: `product and memory: label listing in Lambda's KubeAI guide; ${families}; ${aws}; ${gcp}`,
    date: "2026-11-21",
  },
  "nvidia-h200-141gb-sxm": {
    memoryGiB: 141,
    resourceName: nvidia,
    discovery: gpu("NVIDIA-H200", "hopper", 143771, 9, 0, true),
    machines: [ec2("p5en.48xlarge", 8, 192, 2048, 198)],
    maxPerNode: 8,
    source: `product: NVIDIA's network guides; memory: nvidia-smi listings; ${families}; ${aws}`,
    date: "2026-11-21",
  },
  "nvidia-b200-sxm": {
    memoryGiB: 179.1,
    resourceName: nvidia,
    discovery: gpu("NVIDIA-B200", "blackwell", 183359, 10, 0, true),
    machines: [ec2("p6-b200.48xlarge", 8, 192, 2048, 198)],
    maxPerNode: 8,
    source: `product: NVIDIA Dynamo's recipes; memory: EC2, no label seen; ${families}; ${aws}`,
    date: "2026-11-21",
  },
  "google-tpu-v5e": {
    memoryGiB: 16,
    resourceName: google,
    discovery: tpu("tpu-v5-lite-podslice", 16),
    machines: [
      gce("ct5lp-hightpu-1t", 1, 24, 48, 110),
      gce("ct5lp-hightpu-4t", 4, 112, 192, 110),
      gce("ct5lp-hightpu-8t", 8, 224, 384, 110),
    ],
    maxPerNode: 8,
    source: `memory: Google's page on TPU v5e; ${tpuLabel}; ${tpuMachines}`,
    date: "2026-11-21",
  },
  "google-tpu-v5p": {
    memoryGiB: 95,
    resourceName: google,
    discovery: tpu("tpu-v5p-slice", 95),
    machines: [gce("ct5p-hightpu-4t", 4, 208, 448, 110)],
    maxPerNode: 4,
    source: `memory: Google's page on TPU v5p; ${tpuLabel}; ${tpuMachines}`,
    date: "2026-11-21",
  },
  "google-tpu-v6e": {
    memoryGiB: 32,
    resourceName: google,
    discovery: tpu("tpu-v6e-slice", 32),
    machines: [
      gce("ct6e-standard-1t", 1, 44, 176, 110),
      gce("ct6e-standard-4t", 4, 180, 720, 110),
      gce("ct6e-standard-8t", 8, 360, 1440, 110),
    ],
    maxPerNode: 8,
    source: `memory: Google's page on TPU v6e; ${tpuLabel}; ${tpuMachines}`,
    date: "2026-11-21",
  },
} as const satisfies Record<string, Accelerator>;

export type AcceleratorId = keyof typeof accelerators;

/** Accelerators that MIG can partition. */
export type MigAcceleratorId = {
  [Id in AcceleratorId]: (typeof accelerators)[Id]["discovery"]["migCapable"] extends true ? Id : never;
}[AcceleratorId];

/** Accelerators that come in slices of joined hosts. */
export type TpuAcceleratorId = {
  [Id in AcceleratorId]: (typeof accelerators)[Id]["resourceName"] extends "google.com/tpu" ? Id : never;
}[AcceleratorId];

/** Accelerators that NVIDIA's drivers know. */
export type GpuAcceleratorId = Exclude<AcceleratorId, TpuAcceleratorId>;

export const acceleratorIds = Object.keys(accelerators) as [AcceleratorId, ...AcceleratorId[]];

/** The machine that carries exactly so many of this accelerator, if one exists. */
export function machineFor(accelerator: AcceleratorId, count: number): Machine | undefined {
  return accelerators[accelerator].machines.find((machine) => machine.accelerators === count);
}

/** What GPU Feature Discovery says of a GPU. */
export function gpuDiscovery(accelerator: AcceleratorId): GpuDiscovery {
  const { discovery } = accelerators[accelerator];
  if (discovery.family === "tpu") throw new Error(`${accelerator} is no GPU`);
  return discovery;
}

/** Keeps whether the GPU has MIG in the type, so that the table of MIG profiles cannot miss a row. */
function gpu<const Capable extends boolean>(
  product: string,
  family: GpuDiscovery["family"],
  memoryMiB: number,
  computeMajor: number,
  computeMinor: number,
  migCapable: Capable,
): GpuDiscovery & { readonly migCapable: Capable } {
  return { product, family, memoryMiB, computeMajor, computeMinor, migCapable };
}

function tpu(product: string, memoryGiB: number): TpuDiscovery {
  return { product, family: "tpu", memoryMiB: memoryGiB * 1024, migCapable: false };
}
