/** How much of a machine pods can have, and how it divides among its accelerators. */
import type { Machine } from "../catalogue/cloud-machine.ts";
import { cpuMillis, cpuQuantity, memoryMiB, memoryQuantity } from "./quantity.ts";
import type { PoolDevice } from "./sharing.ts";

/** Allocatable of one node, in numbers. */
export interface NodeSize {
  readonly cpuMillis: number;
  readonly memoryMiB: number;
  readonly accelerators: number;
}

/** What a pod requests, or a queue is given. */
export interface Resources {
  readonly cpuMillis: number;
  readonly memoryMiB: number;
  readonly accelerators: number;
}

/** What the room on a machine follows from. */
export type MachineSize = Pick<Machine, "vcpus" | "memoryGiB" | "maxPods" | "accelerators">;

/** Left free on each node for DaemonSets (device plugin, metrics, network); our own estimate. */
const daemons = { cpuMillis: 500, memoryMiB: 1024 };

/**
 * What is left of a machine after the kubelet's own reservation.
 *
 * The formula is that of the EKS machine images (awslabs/amazon-eks-ami, bootstrap): 6 % of the first core,
 * 1 % of the second, 0.5 % of the next two and 0.25 % of the others; 255 MiB and 11 MiB per pod, and 100 MiB
 * of eviction threshold. The kernel's own share of memory is not modelled.
 */
export function allocatable(machine: MachineSize): NodeSize {
  const cores = machine.vcpus;
  const reservedMillis =
    60 + 10 * Math.min(1, cores - 1) + 5 * Math.min(2, Math.max(0, cores - 2)) + 2.5 * Math.max(0, cores - 4);
  return {
    cpuMillis: Math.floor(cores * 1000 - reservedMillis),
    memoryMiB: machine.memoryGiB * 1024 - (255 + 11 * machine.maxPods) - 100,
    accelerators: machine.accelerators,
  };
}

/** The most that a single pod can request of a node. */
export function podRoom({ cpuMillis, memoryMiB }: NodeSize): Omit<NodeSize, "accelerators"> {
  return { cpuMillis: cpuMillis - daemons.cpuMillis, memoryMiB: memoryMiB - daemons.memoryMiB };
}

/** Resources as Kubernetes writes them, in the order in which queues cover them. */
export function quantities(resources: Resources, resourceName: string): Record<string, string> {
  return { ...podQuantities(resources), [resourceName]: String(resources.accelerators) };
}

/** The same without accelerators: pods that have these by claims do not request them. */
export function podQuantities(resources: Resources): Record<string, string> {
  return { cpu: cpuQuantity(resources.cpuMillis), memory: memoryQuantity(resources.memoryMiB) };
}

/** Size of a pod's /dev/shm, which counts as its memory: a quarter of it in whole GiB, and at least one. */
export function sharedMemoryQuantity({ memoryMiB }: Pick<Resources, "memoryMiB">): string {
  return memoryQuantity(Math.max(1024, Math.floor(memoryMiB / 4096) * 1024));
}

/** Reads a node's allocatable back into numbers. */
export function nodeSize(quantitiesOf: Readonly<Record<string, string>>, resourceName: string): NodeSize {
  return {
    cpuMillis: cpuMillis(quantitiesOf.cpu ?? ""),
    memoryMiB: memoryMiB(quantitiesOf.memory ?? ""),
    accelerators: Number(quantitiesOf[resourceName]),
  };
}

/**
 * What a pod with so many accelerators requests: its accelerators' part of the node after daemons, in whole
 * cores and whole GiB, so that pods which together hold all accelerators of a node always fit on it.
 */
export function podShare(node: NodeSize, accelerators: number): Resources {
  const cpuEach = (node.cpuMillis - daemons.cpuMillis) / node.accelerators;
  const memoryEach = (node.memoryMiB - daemons.memoryMiB) / node.accelerators;
  return {
    cpuMillis: floorTo(cpuEach, 1000) * accelerators,
    memoryMiB: floorTo(memoryEach, 1024) * accelerators,
    accelerators,
  };
}

/**
 * The CPU and memory that go with a quota of accelerators: the same fraction of the pool as the accelerators.
 * A `podShare` is never larger than its fraction, so work made of shares runs out of accelerators first.
 */
export function quotaShare(node: NodeSize, accelerators: number): Resources {
  return {
    cpuMillis: Math.floor((node.cpuMillis * accelerators) / node.accelerators),
    memoryMiB: Math.floor((node.memoryMiB * accelerators) / node.accelerators),
    accelerators,
  };
}

/** What a pod with so many devices of this kind requests: a replica or a slice has part of a `podShare`. */
export function devicePodShare(node: NodeSize, device: PoolDevice, count: number): Resources {
  const share = podShare({ ...node, accelerators: device.partsPerNode }, count * device.parts);
  return { ...share, accelerators: count };
}

/** The CPU and memory that go with a quota of devices of this kind. */
export function deviceQuotaShare(node: NodeSize, device: PoolDevice, count: number): Resources {
  const share = quotaShare({ ...node, accelerators: device.partsPerNode }, count * device.parts);
  return { ...share, accelerators: count };
}

/** Whole steps where there is at least one, else the exact whole number. */
function floorTo(amount: number, step: number): number {
  return amount >= step ? Math.floor(amount / step) * step : Math.floor(amount);
}
