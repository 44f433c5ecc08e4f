/** EC2 machines with GPUs. */
import type { AcceleratorSpecId } from "./accelerator-specs.ts";
import type { CloudMachine } from "./cloud-machine.ts";
import { unknown } from "./unknown.ts";

export interface AwsMachine extends CloudMachine {
  readonly provider: "aws";
  /** Elastic Fabric Adapters: the most interfaces that NCCL can send over past the kernel. */
  readonly efaInterfaces: number;
}

/** Parts of GPUs, as g6f and gr6f have them, EC2 does not count as GPUs, so no autoscaler finds them. */
type Row = readonly [
  accelerators: number,
  vcpus: number,
  memoryGiB: number,
  networkGbps: number,
  efaInterfaces: number,
  localNvmeGB: number,
  maxPods: number,
];

/**
 * From EC2 DescribeInstanceTypes, as aws/karpenter-provider-aws has it in instance-types.md @1d92708, with
 * the most pods that the VPC network plugin allows. Checked 2026-11-20.
 */
export const awsMachines = {
  ...machines("nvidia-t4", {
    "g4dn.xlarge": [1, 4, 16, 5, 0, 125, 29],
    "g4dn.2xlarge": [1, 8, 32, 10, 0, 225, 29],
    "g4dn.4xlarge": [1, 16, 64, 20, 0, 225, 29],
    "g4dn.8xlarge": [1, 32, 128, 50, 1, 900, 58],
    "g4dn.12xlarge": [4, 48, 192, 50, 1, 900, 234],
    "g4dn.16xlarge": [1, 64, 256, 50, 1, 900, 58],
    "g4dn.metal": [8, 96, 384, 100, 1, 1800, 737],
  }),
  ...machines("nvidia-a10g", {
    "g5.xlarge": [1, 4, 16, 2.5, 0, 250, 58],
    "g5.2xlarge": [1, 8, 32, 5, 0, 450, 58],
    "g5.4xlarge": [1, 16, 64, 10, 0, 600, 234],
    "g5.8xlarge": [1, 32, 128, 25, 1, 900, 234],
    "g5.12xlarge": [4, 48, 192, 40, 1, 3800, 737],
    "g5.16xlarge": [1, 64, 256, 25, 1, 1900, 234],
    "g5.24xlarge": [4, 96, 384, 50, 1, 3800, 737],
    "g5.48xlarge": [8, 192, 768, 100, 1, 7600, 345],
  }),
  ...machines("nvidia-l4", {
    "g6.xlarge": [1, 4, 16, 2.5, 0, 250, 58],
    "g6.2xlarge": [1, 8, 32, 5, 0, 450, 58],
    "g6.4xlarge": [1, 16, 64, 10, 0, 600, 234],
    "g6.8xlarge": [1, 32, 128, 25, 1, 900, 234],
    "g6.12xlarge": [4, 48, 192, 40, 1, 3760, 234],
    "g6.16xlarge": [1, 64, 256, 25, 1, 1880, 737],
    "g6.24xlarge": [4, 96, 384, 50, 1, 3760, 737],
    "g6.48xlarge": [8, 192, 768, 100, 1, 7520, 737],
    "g6f.large": [1 / 8, 2, 8, 1.5, 0, 100, 20],
    "g6f.xlarge": [1 / 8, 4, 16, 2.5, 0, 100, 58],
    "g6f.2xlarge": [1 / 4, 8, 32, 5, 0, 200, 58],
    "g6f.4xlarge": [1 / 2, 16, 64, 10, 0, 450, 234],
    "gr6.4xlarge": [1, 16, 128, 10, 0, 600, 234],
    "gr6.8xlarge": [1, 32, 256, 25, 1, 900, 234],
    "gr6f.4xlarge": [1 / 2, 16, 128, 10, 0, 450, 234],
  }),
  ...machines("nvidia-l40s", {
    "g6e.xlarge": [1, 4, 32, 2.5, 0, 250, 58],
    "g6e.2xlarge": [1, 8, 64, 5, 0, 450, 58],
    "g6e.4xlarge": [1, 16, 128, 20, 0, 600, 234],
    "g6e.8xlarge": [1, 32, 256, 25, 1, 900, 234],
    "g6e.12xlarge": [4, 48, 384, 100, 1, 3800, 292],
    "g6e.16xlarge": [1, 64, 512, 35, 1, 1900, 737],
    "g6e.24xlarge": [4, 96, 768, 200, 2, 3800, 492],
    "g6e.48xlarge": [8, 192, 1536, 400, 4, 7600, 492],
  }),
  ...machines("nvidia-rtx-pro-4500", {
    "g7.2xlarge": [1, 8, 32, 60, 0, 440, 254],
    "g7.4xlarge": [1, 16, 64, 60, 0, 875, 506],
    "g7.8xlarge": [1, 32, 128, 80, 1, 930, 632],
    "g7.12xlarge": [2, 48, 192, 175, 1, 1900, 758],
    "g7.24xlarge": [4, 96, 384, 350, 1, 3800, 1514],
    "g7.48xlarge": [8, 192, 768, 700, 2, 7600, 758],
  }),
  ...machines("nvidia-rtx-pro-6000", {
    "g7e.2xlarge": [1, 8, 64, 50, 0, 1900, 254],
    "g7e.4xlarge": [1, 16, 128, 50, 0, 1900, 506],
    "g7e.8xlarge": [1, 32, 256, 100, 1, 1900, 506],
    "g7e.12xlarge": [2, 48, 512, 400, 1, 3800, 632],
    "g7e.24xlarge": [4, 96, 1024, 800, 2, 7600, 632],
    "g7e.48xlarge": [8, 192, 2048, 1600, 4, 15200, 632],
  }),
  ...machines("nvidia-a100-40gb", {
    "p4d.24xlarge": [8, 96, 1152, 400, 4, 8000, 737],
  }),
  ...machines("nvidia-a100-80gb", {
    "p4de.24xlarge": [8, 96, 1152, 400, 4, 8000, 737],
  }),
  ...machines("nvidia-h100-80gb-sxm", {
    "p5.4xlarge": [1, 16, 256, 100, 1, 3800, 118],
    "p5.48xlarge": [8, 192, 2048, 3200, 32, 30400, 100],
  }),
  ...machines("nvidia-h200-141gb-sxm", {
    "p5e.48xlarge": [8, 192, 2048, 3200, 32, 30400, 100],
    "p5en.48xlarge": [8, 192, 2048, 3200, 16, 30400, 198],
  }),
  ...machines("nvidia-b200-sxm", {
    "p6-b200.48xlarge": [8, 192, 2048, 3200, 8, 30400, 198],
  }),
  ...machines("nvidia-b300-sxm", {
    "p6-b300.48xlarge": [8, 192, 4096, 6400, 16, 30400, 198],
  }),
};

export type AwsMachineId = keyof typeof awsMachines;

/** Sold, but not here: too little of them is known to plan with. Checked 2026-11-20. */
export const awsMachinesLeftOut = {
  "p6e-gb200.36xlarge": unknown(
    "sold as whole UltraServers by Capacity Blocks; of its figures only four GPUs and 3200 Gbps were found",
  ),
} as const;

/** The series that quotas and machine images go by: what stands before the dot. */
export type AwsSeries = AwsMachineId extends `${infer Series}.${string}` ? Series : never;

export function awsSeries(machine: AwsMachineId): AwsSeries {
  return machine.split(".")[0] as AwsSeries;
}

function machines<const Name extends string>(
  accelerator: AcceleratorSpecId,
  rows: Readonly<Record<Name, Row>>,
): { readonly [Key in Name]: AwsMachine } {
  const entries = Object.entries<Row>(rows).map(([name, row]) => [name, machine(name, accelerator, row)]);
  return Object.fromEntries(entries) as { [Key in Name]: AwsMachine };
}

function machine(name: string, accelerator: AcceleratorSpecId, row: Row): AwsMachine {
  const [accelerators, vcpus, memoryGiB, networkGbps, efaInterfaces, localNvmeGB, maxPods] = row;
  return {
    name,
    provider: "aws",
    accelerator,
    accelerators,
    vcpus,
    memoryGiB,
    maxPods,
    architecture: "amd64",
    networkGbps,
    rdma: efaInterfaces === 0 ? "none" : "efa",
    efaInterfaces,
    localNvmeGB,
  };
}
