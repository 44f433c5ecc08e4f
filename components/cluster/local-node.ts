/** The Node of a simulated machine, with all that the GPU Operator and its discovery leave on a real one. */
import { type Accelerator, accelerators, type Machine } from "../catalogue/hardware.ts";
import { platformLabels } from "../catalogue/labels.ts";
import { versions } from "../catalogue/versions.ts";
import { allocatable } from "../planning/node-size.ts";
import { cpuQuantity, memoryQuantity } from "../planning/quantity.ts";
import { nodeDevices } from "../planning/sharing.ts";
import { domainLabels, type TopologyShape } from "../planning/topology.ts";
import type { NodePoolRequest, Taint } from "./contract.ts";
import { sharedLabels } from "./shared-labels.ts";

/** The taint that the GPU Operator's documentation gives to GPU nodes. */
export const acceleratorTaint: Taint = { key: "nvidia.com/gpu", value: "present", effect: "NoSchedule" };

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
  const labels: Record<string, string> = {
    ...machineLabels(name, machine),
    ...domainLabels(pool, index, node.shape),
    [platformLabels.pool]: pool,
    ...discoveryLabels(accelerators[request.accelerator], machine),
    ...operatorLabels(accelerators[request.accelerator].discovery.migCapable),
    ...sharedLabels(request, index),
  };
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      labels,
      annotations: { "kwok.x-k8s.io/node": "fake" },
    },
    spec: { taints: [acceleratorTaint] },
    status: nodeStatus(machine, nodeDevices(request, index)),
  };
}

/** Capacity is the machine's; allocatable is what the kubelet's reservation leaves of it. */
function nodeStatus(machine: Machine, devices: Readonly<Record<string, number>>) {
  const pods = { pods: String(machine.maxPods) };
  return {
    capacity: {
      cpu: cpuQuantity(machine.vcpus * 1000),
      memory: memoryQuantity(machine.memoryGiB * 1024),
      ...pods,
      ...counts(devices),
    },
    allocatable: { ...allocatableQuantities(machine, devices), ...pods },
  };
}

/** What pods can have of a machine with these devices. */
export function allocatableQuantities(
  machine: Machine,
  devices: Readonly<Record<string, number>>,
): Record<string, string> {
  const size = allocatable(machine);
  return {
    cpu: cpuQuantity(size.cpuMillis),
    memory: memoryQuantity(size.memoryMiB),
    ...counts(devices),
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

/** GPU Feature Discovery 0.20 without MIG and without sharing; its timestamp is left out. */
function discoveryLabels(accelerator: Accelerator, machine: Machine): Record<string, string> {
  const { discovery } = accelerator;
  const driver = versions.nvidiaDriver.version;
  const [major = "", minor = "", revision = ""] = driver.split(".");
  // What the machine's firmware says of itself: EC2 names the type, Google names the product.
  const firmwareNames = { aws: machine.name, gcp: "Google-Compute-Engine" };
  return {
    "nvidia.com/cuda.driver-version.full": driver,
    "nvidia.com/cuda.driver-version.major": major,
    "nvidia.com/cuda.driver-version.minor": minor,
    "nvidia.com/cuda.driver-version.revision": revision,
    "nvidia.com/gpu.compute.major": String(discovery.computeMajor),
    "nvidia.com/gpu.compute.minor": String(discovery.computeMinor),
    "nvidia.com/gpu.count": String(machine.accelerators),
    "nvidia.com/gpu.family": discovery.family,
    "nvidia.com/gpu.machine": firmwareNames[machine.provider],
    "nvidia.com/gpu.memory": String(discovery.memoryMiB),
    "nvidia.com/gpu.mode": "compute",
    "nvidia.com/gpu.product": discovery.product,
    "nvidia.com/gpu.replicas": "1",
    "nvidia.com/gpu.sharing-strategy": "none",
    "nvidia.com/mig.capable": String(discovery.migCapable),
    "nvidia.com/mig.strategy": "single",
    "nvidia.com/mps.capable": "false",
    "nvidia.com/vgpu.present": "false",
  };
}

const operands = [
  "container-toolkit",
  "dcgm",
  "dcgm-exporter",
  "device-plugin",
  "driver",
  "gpu-feature-discovery",
  "node-status-exporter",
  "operator-validator",
];

/** The GPU Operator's own labels on a node where every operand runs. */
function operatorLabels(migCapable: boolean): Record<string, string> {
  const deploy = Object.fromEntries(operands.map((operand) => [`nvidia.com/gpu.deploy.${operand}`, "true"]));
  const mig = {
    "nvidia.com/gpu.deploy.mig-manager": "true",
    "nvidia.com/mig.config": "all-disabled",
    "nvidia.com/mig.config.state": "success",
  };
  return {
    "feature.node.kubernetes.io/pci-10de.present": "true",
    "nvidia.com/gpu.present": "true",
    ...deploy,
    ...(migCapable ? mig : {}),
  };
}
