/** What the GPU Operator and its discovery leave on a node before any sharing of its GPUs. */
import type { Machine } from "../catalogue/cloud-machine.ts";
import { type GpuDiscovery, gpuDiscovery } from "../catalogue/hardware.ts";
import { versions } from "../catalogue/versions.ts";
import type { SharedPool } from "../planning/sharing.ts";

/** Labels of a node of this machine. */
export function gpuNodeLabels(
  { accelerator, sharing }: Pick<SharedPool, "accelerator" | "sharing">,
  machine: Machine,
): Record<string, string> {
  const discovery = gpuDiscovery(accelerator);
  // Under DRA the driver makes the partitions, and no manager says which there shall be.
  const hasMigManager = discovery.migCapable && sharing.mode !== "dra";
  return { ...discoveryLabels(discovery, machine), ...operatorLabels(hasMigManager) };
}

/** GPU Feature Discovery 0.20 without MIG and without sharing; its timestamp is left out. */
function discoveryLabels(discovery: GpuDiscovery, machine: Machine): Record<string, string> {
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
function operatorLabels(withMigManager: boolean): Record<string, string> {
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
    ...(withMigManager ? mig : {}),
  };
}
