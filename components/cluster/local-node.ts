/** The Node of a simulated machine, with all that the programs of its vendor leave on a real one. */
import type { Machine } from "../catalogue/cloud-machine.ts";
import { type AcceleratorId, type AcceleratorResource, accelerators } from "../catalogue/hardware.ts";
import { cliqueLabel, platformLabels, topologyLabels } from "../catalogue/labels.ts";
import { fabricShare } from "../planning/fabric.ts";
import { allocatable } from "../planning/node-size.ts";
import { cpuQuantity, memoryQuantity } from "../planning/quantity.ts";
import { nodeDevices } from "../planning/sharing.ts";
import { domainLabels, levelLabels, type TopologyShape } from "../planning/topology.ts";
import type { NodePoolRequest, Taint } from "./contract.ts";
import { gpuNodeLabels } from "./gpu-labels.ts";
import { sharedLabels } from "./shared-labels.ts";
import { tpuNodeLabels } from "./tpu-labels.ts";

/** The taint that the GPU Operator's documentation gives to GPU nodes, and GKE to those with TPUs. */
export function acceleratorTaint(accelerator: AcceleratorId): Taint {
  return { key: accelerators[accelerator].resourceName, value: "present", effect: "NoSchedule" };
}

export interface SimulatedNode {
  readonly pool: string;
  /** Position in the pool; decides name, rack and block, and which MIG layout it has. */
  readonly index: number;
  readonly request: NodePoolRequest;
  readonly machine: Machine;
  readonly shape: TopologyShape;
}

/** The whole object; its status is part of the body because no kubelet will ever report one. */
export function nodeManifest(node: SimulatedNode) {
  const { pool, index, machine, request } = node;
  const name = `${pool}-${index}`;
  const domains = domainLabels(pool, index, node.shape);
  const { [topologyLabels.nvlink]: clique } = domains;
  const labels: Record<string, string> = {
    ...machineLabels(name, machine),
    ...levelLabels({ ...domains, [topologyLabels.node]: name }),
    ...(clique === undefined ? {} : { [cliqueLabel]: clique }),
    [platformLabels.pool]: pool,
    ...vendorLabels[accelerators[request.accelerator].resourceName](node),
  };
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      labels,
      annotations: { "kwok.x-k8s.io/node": "fake" },
    },
    spec: { taints: [acceleratorTaint(request.accelerator)] },
    status: nodeStatus(machine, nodeDevices(request, index), request),
  };
}

/** What a vendor's own programs write on a node, by the resource that they offer. */
const vendorLabels: Readonly<
  Record<AcceleratorResource, (node: SimulatedNode) => Readonly<Record<string, string>>>
> = {
  "nvidia.com/gpu": ({ request, machine, index }) => ({
    ...gpuNodeLabels(request, machine),
    ...sharedLabels(request, index),
  }),
  "google.com/tpu": ({ pool, index, request }) => tpuNodeLabels(pool, index, request),
};

/** Capacity is the machine's; allocatable is what the kubelet's reservation leaves of it. */
function nodeStatus(
  machine: Machine,
  devices: Readonly<Record<string, number>>,
  request: Pick<NodePoolRequest, "fabric" | "acceleratorsPerNode">,
) {
  const pods = { pods: String(machine.maxPods) };
  return {
    capacity: {
      cpu: cpuQuantity(machine.vcpus * 1000),
      memory: memoryQuantity(machine.memoryGiB * 1024),
      ...pods,
      ...counts(devices),
      ...fabricShare(request, request.acceleratorsPerNode),
    },
    allocatable: { ...allocatableQuantities(machine, devices, request), ...pods },
  };
}

/** What pods can have of a machine with these devices; its huge pages are no memory for anything else. */
export function allocatableQuantities(
  machine: Machine,
  devices: Readonly<Record<string, number>>,
  request: Pick<NodePoolRequest, "fabric" | "acceleratorsPerNode">,
): Record<string, string> {
  const size = allocatable(machine);
  return {
    cpu: cpuQuantity(size.cpuMillis),
    memory: memoryQuantity(size.memoryMiB - (request.fabric?.hugePagesMiB ?? 0)),
    ...counts(devices),
    ...fabricShare(request, request.acceleratorsPerNode),
  };
}

function counts(devices: Readonly<Record<string, number>>): Record<string, string> {
  return Object.fromEntries(Object.entries(devices).map(([resource, amount]) => [resource, String(amount)]));
}

function machineLabels(name: string, machine: Machine): Record<string, string> {
  return {
    "kubernetes.io/hostname": name,
    "kubernetes.io/arch": "amd64",
    "kubernetes.io/os": "linux",
    "node.kubernetes.io/instance-type": machine.name,
  };
}
