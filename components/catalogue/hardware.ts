/** Accelerators that a pool may hold, and what nodes with them say of themselves. */
import type { AcceleratorSpecId } from "./accelerator-specs.ts";
import { type AwsMachineId, awsMachines } from "./aws-machines.ts";
import type { Machine } from "./cloud-machine.ts";
import { type GcpMachineId, gcpMachines } from "./gcp-machines.ts";
import { type GpuSpecId, gpuSpecs } from "./gpu-specs.ts";
import { tpuSpecs } from "./tpu-specs.ts";

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
const tpuLabel = "label: GoogleCloudPlatform/cluster-toolkit gke-node-pool @1047080 (v1.95.0)";

const ec2 = (name: AwsMachineId): Machine => awsMachines[name];
const gce = (name: GcpMachineId): Machine => gcpMachines[name];

export const accelerators = {
  "nvidia-t4": {
    memoryGiB: gpuSpecs["nvidia-t4"].memoryGiB,
    resourceName: nvidia,
    discovery: gpu("nvidia-t4", "Tesla-T4", 15360),
    machines: [ec2("g4dn.4xlarge"), ec2("g4dn.12xlarge"), ec2("g4dn.metal")],
    maxPerNode: 8,
    source: `product and memory: label listing of an OpenShift node with driver 580; ${families}`,
    date: "2026-11-21",
  },
  "nvidia-l4": {
    memoryGiB: gpuSpecs["nvidia-l4"].memoryGiB,
    resourceName: nvidia,
    discovery: gpu("nvidia-l4", "NVIDIA-L4", 23034),
    machines: [ec2("g6.4xlarge"), gce("g2-standard-24"), ec2("g6.12xlarge"), ec2("g6.48xlarge")],
    maxPerNode: 8,
    source: `product and memory: KubeAI's profile that selects on the label; ${families}`,
    date: "2026-11-21",
  },
  "nvidia-a10g": {
    memoryGiB: gpuSpecs["nvidia-a10g"].memoryGiB,
    resourceName: nvidia,
    discovery: gpu("nvidia-a10g", "NVIDIA-A10G", 23028),
    machines: [ec2("g5.4xlarge"), ec2("g5.12xlarge"), ec2("g5.48xlarge")],
    maxPerNode: 8,
    source: `product and memory: label listing of a g5.2xlarge node; ${families}`,
    date: "2026-11-21",
  },
  "nvidia-a100-40gb": {
    memoryGiB: gpuSpecs["nvidia-a100-40gb"].memoryGiB,
    resourceName: nvidia,
    discovery: gpu("nvidia-a100-40gb", "NVIDIA-A100-SXM4-40GB", 40960),
    machines: [gce("a2-highgpu-1g"), gce("a2-highgpu-2g"), gce("a2-highgpu-4g"), ec2("p4d.24xlarge")],
    maxPerNode: 8,
    source: `product: NVIDIA's MIG examples; memory: EC2; ${families}`,
    date: "2026-11-21",
  },
  "nvidia-a100-80gb": {
    memoryGiB: gpuSpecs["nvidia-a100-80gb"].memoryGiB,
    resourceName: nvidia,
    discovery: gpu("nvidia-a100-80gb", "NVIDIA-A100-SXM4-80GB", 81920),
    machines: [gce("a2-ultragpu-1g"), gce("a2-ultragpu-2g"), gce("a2-ultragpu-4g"), ec2("p4de.24xlarge")],
    maxPerNode: 8,
    source: `product and memory: label listings in several public guides; ${families}`,
    date: "2026-11-21",
  },
  "nvidia-l40s": {
    memoryGiB: gpuSpecs["nvidia-l40s"].memoryGiB,
    resourceName: nvidia,
    discovery: gpu("nvidia-l40s", "NVIDIA-L40S", 46068),
    machines: [ec2("g6e.4xlarge"), ec2("g6e.12xlarge"), ec2("g6e.48xlarge")],
    maxPerNode: 8,
    source: `product and memory: label listing of a virtual machine with one L40S; ${families}`,
    date: "2026-11-21",
  },
  "nvidia-h100-80gb-sxm": {
    memoryGiB: gpuSpecs["nvidia-h100-80gb-sxm"].memoryGiB,
    resourceName: nvidia,
    discovery: gpu("nvidia-h100-80gb-sxm", "NVIDIA-H100-80GB-HBM3", 81559),
    machines: [ec2("p5.4xlarge"), gce("a3-highgpu-2g"), gce("a3-highgpu-4g"), ec2("p5.48xlarge")],
    maxPerNode: 8,
    source: `product and memory: label listing in Lambda's KubeAI guide; ${families}`,
    date: "2026-11-21",
  },
  "nvidia-h200-141gb-sxm": {
    memoryGiB: gpuSpecs["nvidia-h200-141gb-sxm"].memoryGiB,
    resourceName: nvidia,
    discovery: gpu("nvidia-h200-141gb-sxm", "NVIDIA-H200", 143771),
    machines: [ec2("p5en.48xlarge")],
    maxPerNode: 8,
    source: `product: NVIDIA's network guides; memory: nvidia-smi listings; ${families}`,
    date: "2026-11-21",
  },
  "nvidia-b200-sxm": {
    memoryGiB: gpuSpecs["nvidia-b200-sxm"].memoryGiB,
    resourceName: nvidia,
    discovery: gpu("nvidia-b200-sxm", "NVIDIA-B200", 183359),
    machines: [ec2("p6-b200.48xlarge")],
    maxPerNode: 8,
    source: `product: NVIDIA Dynamo's recipes; memory: EC2, no label seen; ${families}`,
    date: "2026-11-21",
  },
  "google-tpu-v5e": {
    memoryGiB: tpuSpecs["google-tpu-v5e"].memoryGiB,
    resourceName: google,
    discovery: tpu("tpu-v5-lite-podslice", 16),
    machines: [gce("ct5lp-hightpu-1t"), gce("ct5lp-hightpu-4t"), gce("ct5lp-hightpu-8t")],
    maxPerNode: 8,
    source: `memory: Google's page on TPU v5e; ${tpuLabel}`,
    date: "2026-11-21",
  },
  "google-tpu-v5p": {
    memoryGiB: tpuSpecs["google-tpu-v5p"].memoryGiB,
    resourceName: google,
    discovery: tpu("tpu-v5p-slice", 95),
    machines: [gce("ct5p-hightpu-4t")],
    maxPerNode: 4,
    source: `memory: Google's page on TPU v5p; ${tpuLabel}`,
    date: "2026-11-21",
  },
  "google-tpu-v6e": {
    memoryGiB: tpuSpecs["google-tpu-v6e"].memoryGiB,
    resourceName: google,
    discovery: tpu("tpu-v6e-slice", 32),
    machines: [gce("ct6e-standard-1t"), gce("ct6e-standard-4t"), gce("ct6e-standard-8t")],
    maxPerNode: 8,
    source: `memory: Google's page on TPU v6e; ${tpuLabel}`,
    date: "2026-11-21",
  },
} as const satisfies { readonly [Id in AcceleratorSpecId]?: Accelerator };

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
function gpu<const Id extends GpuSpecId>(
  id: Id,
  product: string,
  memoryMiB: number,
): GpuDiscovery & { readonly migCapable: (typeof gpuSpecs)[Id]["mig"] } {
  const { family, computeCapability, mig } = gpuSpecs[id];
  const [computeMajor = 0, computeMinor = 0] = computeCapability.split(".").map(Number);
  return { product, family, memoryMiB, computeMajor, computeMinor, migCapable: mig };
}

function tpu(product: string, memoryGiB: number): TpuDiscovery {
  return { product, family: "tpu", memoryMiB: memoryGiB * 1024, migCapable: false };
}
