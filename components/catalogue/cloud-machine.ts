/** What is known of every machine that a cloud sells with accelerators. */
import type { AcceleratorSpecId } from "./accelerator-specs.ts";
import { type AwsMachineId, awsMachines } from "./aws-machines.ts";
import { type GcpMachineId, gcpMachines } from "./gcp-machines.ts";
import type { Known } from "./unknown.ts";

/** The machine that a node with so many accelerators is modelled on. */
export interface Machine {
  /** Value of node.kubernetes.io/instance-type. */
  readonly name: string;
  readonly provider: "aws" | "gcp";
  /** Whole ones, but for the machines that are sold with an eighth, a fourth or half of one. */
  readonly accelerators: number;
  readonly vcpus: number;
  readonly memoryGiB: number;
  /** The most pods a kubelet accepts there. */
  readonly maxPods: number;
}

/** What a kubelet accepts where nothing else is set: KubeletConfiguration, maxPods. Checked 2026-11-21. */
export const defaultMaxPods = 110;

export interface CloudMachine extends Machine {
  readonly accelerator: AcceleratorSpecId;
  readonly architecture: "amd64" | "arm64";
  /** Of the whole machine. */
  readonly networkGbps: Known<number>;
  /** How accelerators of different machines reach each other past the kernel. */
  readonly rdma: "none" | "efa" | "tcpx" | "tcpxo" | "roce";
  /** Disks in the machine itself, all together, which its end empties. */
  readonly localNvmeGB: Known<number>;
}

export const cloudMachines = { ...awsMachines, ...gcpMachines };

export type CloudMachineId = AwsMachineId | GcpMachineId;

export function cloudMachine(id: CloudMachineId): CloudMachine {
  return cloudMachines[id];
}
