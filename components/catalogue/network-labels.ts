/** Node labels by which clouds tell where in their network a machine stands, and which machines have them. */
import { type AwsMachineId, awsSeries } from "./aws-machines.ts";
import type { GcpMachineId } from "./gcp-machines.ts";

/**
 * Layers of AWS's network above a machine: EC2, Prerequisites for Amazon EC2 topology. EKS labels nodes with
 * them, layer 1 the widest (EKS, Place distributed workloads with network topology labels). Its controller
 * lets no node of these series start without (kubernetes/cloud-provider-aws pulls 1100 and 1230); of G6e and
 * G7e, which EC2 answers for as well, it does, so that some could lack them. Checked 2026-11-22.
 */
const awsLayers: { readonly [Series in ReturnType<typeof awsSeries>]?: number } = {
  p4d: 3,
  p4de: 3,
  p5: 3,
  p5e: 3,
  p5en: 3,
  "p6-b200": 4,
  "p6-b300": 4,
};

/** Machines of these series that EC2 does not answer for. */
const withoutLayers: readonly AwsMachineId[] = ["p5.4xlarge"];

/** Regions in which EC2 tells these layers; the same page. */
const awsRegions: readonly string[] = [
  "af-south-1",
  "ap-east-1",
  "ap-northeast-1",
  "ap-northeast-2",
  "ap-northeast-3",
  "ap-south-1",
  "ap-south-2",
  "ap-southeast-1",
  "ap-southeast-2",
  "ap-southeast-3",
  "ap-southeast-4",
  "ca-central-1",
  "eu-central-1",
  "eu-central-2",
  "eu-north-1",
  "eu-south-2",
  "eu-west-1",
  "eu-west-2",
  "eu-west-3",
  "eusc-de-east-1",
  "il-central-1",
  "me-central-1",
  "me-south-1",
  "sa-east-1",
  "us-east-1",
  "us-east-2",
  "us-gov-west-1",
  "us-west-1",
  "us-west-2",
];

/** Labels of the layers above such a machine, the widest first; none where AWS tells none. */
export function awsLayerLabels(machine: AwsMachineId, region: string): string[] {
  const layers = awsLayers[awsSeries(machine)] ?? 0;
  if (!awsRegions.includes(region) || withoutLayers.includes(machine)) return [];
  return Array.from({ length: layers }, (_, index) => `topology.k8s.aws/network-node-layer-${index + 1}`);
}

/**
 * Labels that GKE writes: a block of a reservation, and a part of it with the machines nearest to each
 * other. The third, of the host, is the node's own on machines that take a whole host. AI Hypercomputer,
 * Schedule GKE workloads with Topology Aware Scheduling; View topology of a compute instance. Checked
 * 2026-11-22.
 */
export const gceTopologyLabels = {
  block: "cloud.google.com/gce-topology-block",
  subblock: "cloud.google.com/gce-topology-subblock",
} as const;

/** Machines whose place Google tells; as spot machines, only if they are placed compactly. The same pages. */
const placedMachines = /^(a3-highgpu-8g|a3-megagpu-8g|a3-ultragpu-8g|a4-highgpu-8g)$/;

/** Whether nodes of such a machine have these labels. */
export function hasGceTopology(
  machine: GcpMachineId,
  { isSpot, compact }: { readonly isSpot: boolean; readonly compact: boolean },
): boolean {
  return placedMachines.test(machine) && (!isSpot || compact);
}
