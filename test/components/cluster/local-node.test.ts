import { expect, test } from "vitest";
import { accelerators, machineFor } from "../../../components/catalogue/hardware.ts";
import { sliceShapes } from "../../../components/catalogue/tpu-slices.ts";
import { nodeManifest } from "../../../components/cluster/local-node.ts";
import type { Sharing } from "../../../components/planning/sharing.ts";
import { efa } from "../../support/network.ts";

const shape = { nodesPerRack: 2, racksPerBlock: 4 };

function node(
  id: keyof typeof accelerators,
  count: number,
  index: number,
  sharing: Sharing = { mode: "dedicated" },
) {
  const machine = machineFor(id, count);
  if (!machine) throw new Error("the machine is in the catalogue");
  const [slice] = (sliceShapes(id) ?? []).filter(({ chipsPerHost }) => chipsPerHost === count);
  const own = { sharing, sliceTopology: slice?.topology };
  const request = { accelerator: id, nodes: 1000, acceleratorsPerNode: count, ...own } as const;
  return nodeManifest({ pool: "pool", index, request, machine, shape });
}

test("the node of an eight-GPU H100 machine, whole (F18)", () => {
  expect(node("nvidia-h100-80gb-sxm", 8, 3)).toEqual({
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name: "pool-3",
      labels: {
        "kubernetes.io/hostname": "pool-3",
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/os": "linux",
        "node.kubernetes.io/instance-type": "p5.48xlarge",
        "topology.plinth.dev/block": "pool-block-0",
        "topology.plinth.dev/rack": "pool-rack-1",
        "topology.plinth.dev/nvlink": "pool-3",
        "plinth.dev/pool": "pool",
        "nvidia.com/cuda.driver-version.full": "595.91.07",
        "nvidia.com/cuda.driver-version.major": "595",
        "nvidia.com/cuda.driver-version.minor": "91",
        "nvidia.com/cuda.driver-version.revision": "07",
        "nvidia.com/gpu.compute.major": "9",
        "nvidia.com/gpu.compute.minor": "0",
        "nvidia.com/gpu.count": "8",
        "nvidia.com/gpu.family": "hopper",
        "nvidia.com/gpu.machine": "p5.48xlarge",
        "nvidia.com/gpu.memory": "81559",
        "nvidia.com/gpu.mode": "compute",
        "nvidia.com/gpu.product": "NVIDIA-H100-80GB-HBM3",
        "nvidia.com/gpu.replicas": "1",
        "nvidia.com/gpu.sharing-strategy": "none",
        "nvidia.com/mig.capable": "true",
        "nvidia.com/mig.strategy": "single",
        "nvidia.com/mps.capable": "false",
        "nvidia.com/vgpu.present": "false",
        "feature.node.kubernetes.io/pci-10de.present": "true",
        "nvidia.com/gpu.present": "true",
        "nvidia.com/gpu.deploy.container-toolkit": "true",
        "nvidia.com/gpu.deploy.dcgm": "true",
        "nvidia.com/gpu.deploy.dcgm-exporter": "true",
        "nvidia.com/gpu.deploy.device-plugin": "true",
        "nvidia.com/gpu.deploy.driver": "true",
        "nvidia.com/gpu.deploy.gpu-feature-discovery": "true",
        "nvidia.com/gpu.deploy.node-status-exporter": "true",
        "nvidia.com/gpu.deploy.operator-validator": "true",
        "nvidia.com/gpu.deploy.mig-manager": "true",
        "nvidia.com/mig.config": "all-disabled",
        "nvidia.com/mig.config.state": "success",
      },
      annotations: { "kwok.x-k8s.io/node": "fake" },
    },
    spec: { taints: [{ key: "nvidia.com/gpu", value: "present", effect: "NoSchedule" }] },
    status: {
      capacity: { cpu: "192", memory: "2Ti", pods: "100", "nvidia.com/gpu": "8" },
      allocatable: { cpu: "191450m", memory: "2095697Mi", pods: "100", "nvidia.com/gpu": "8" },
    },
  });
});

test("a GPU without MIG has no MIG manager and no MIG configuration", () => {
  const { labels } = node("nvidia-l40s", 4, 0).metadata;
  expect(labels["nvidia.com/mig.capable"]).toBe("false");
  expect(Object.keys(labels).filter((key) => /mig-manager|mig\.config/.test(key))).toEqual([]);
});

test("a Google machine says so in its firmware's name", () => {
  const { labels } = node("nvidia-h100-80gb-sxm", 4, 0).metadata;
  expect(labels["nvidia.com/gpu.machine"]).toBe("Google-Compute-Engine");
  expect(labels["node.kubernetes.io/instance-type"]).toBe("a3-highgpu-4g");
});

test("label values are ones that the API server takes", () => {
  const values = Object.keys(accelerators).flatMap((id) => {
    const { machines } = accelerators[id as keyof typeof accelerators];
    return machines.flatMap((machine) =>
      Object.values(node(id as keyof typeof accelerators, machine.accelerators, 999).metadata.labels),
    );
  });
  expect(values.filter((value) => !/^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/.test(value))).toEqual(
    [],
  );
});

test("a host of TPUs, whole: nothing of NVIDIA's is on it", () => {
  const { metadata, spec, status } = node("google-tpu-v5e", 4, 3);
  expect(metadata.labels).toEqual({
    "kubernetes.io/hostname": "pool-3",
    "kubernetes.io/arch": "amd64",
    "kubernetes.io/os": "linux",
    "node.kubernetes.io/instance-type": "ct5lp-hightpu-4t",
    "topology.plinth.dev/block": "pool-block-0",
    "topology.plinth.dev/rack": "pool-rack-1",
    "topology.plinth.dev/nvlink": "pool-3",
    "plinth.dev/pool": "pool",
    "cloud.google.com/gke-tpu-accelerator": "tpu-v5-lite-podslice",
    "cloud.google.com/gke-tpu-topology": "2x2",
    "cloud.google.com/gke-accelerator-count": "4",
    "cloud.google.com/gke-nodepool": "pool",
  });
  expect(spec.taints).toEqual([{ key: "google.com/tpu", value: "present", effect: "NoSchedule" }]);
  expect(status.capacity).toEqual({ cpu: "112", memory: "192Gi", pods: "110", "google.com/tpu": "4" });
});

/** Labels that differ from those of a dedicated node. */
function changed(id: keyof typeof accelerators, count: number, index: number, sharing: Sharing) {
  const before: Record<string, string> = node(id, count, index).metadata.labels;
  const after = Object.entries(node(id, count, index, sharing).metadata.labels);
  return Object.fromEntries(after.filter(([key, value]) => before[key] !== value));
}

test("a node whose GPUs take turns, as the device plugin and its labels tell it", () => {
  const sharing = { mode: "time-slicing", replicas: 4, rename: true } as const;
  expect(changed("nvidia-l40s", 4, 0, sharing)).toEqual({
    "nvidia.com/device-plugin.config": "time-slicing-4",
    "nvidia.com/gpu.replicas": "4",
    "nvidia.com/gpu.sharing-strategy": "time-slicing",
  });
  const { status } = node("nvidia-l40s", 4, 0, sharing);
  expect(status.capacity).toEqual({
    cpu: "48",
    memory: "384Gi",
    pods: "292",
    "nvidia.com/gpu.shared": "16",
  });
  expect(status.allocatable).toMatchObject({ "nvidia.com/gpu.shared": "16" });
});

test("replicas under the old name show in the product", () => {
  const sharing = { mode: "mps", replicas: 2, rename: false } as const;
  expect(changed("nvidia-l40s", 4, 0, sharing)).toEqual({
    "nvidia.com/device-plugin.config": "mps-2-not-renamed",
    "nvidia.com/gpu.product": "NVIDIA-L40S-SHARED",
    "nvidia.com/gpu.replicas": "2",
    "nvidia.com/gpu.sharing-strategy": "mps",
    "nvidia.com/mps.capable": "true",
  });
  expect(node("nvidia-l40s", 4, 0, sharing).status.allocatable).toMatchObject({ "nvidia.com/gpu": "8" });
});

test("partitioned GPUs have a group of labels for each kind of slice, and no whole GPU", () => {
  const sharing: Sharing = {
    mode: "mig",
    layouts: [
      { nodes: 1, profiles: { "1g.10gb": 7 } },
      { nodes: 999, profiles: { "3g.40gb": 1, "1g.10gb+me": 1 } },
    ],
  };
  expect(changed("nvidia-h100-80gb-sxm", 8, 1, sharing)).toEqual({
    "nvidia.com/device-plugin.config": "mig-mixed",
    "nvidia.com/gpu.replicas": "0",
    "nvidia.com/mig.config": "custom-1g.10gb.me-1-3g.40gb-1",
    "nvidia.com/mig.strategy": "mixed",
    "nvidia.com/mig-1g.10gb.me.count": "8",
    "nvidia.com/mig-1g.10gb.me.engines.copy": "1",
    "nvidia.com/mig-1g.10gb.me.engines.decoder": "1",
    "nvidia.com/mig-1g.10gb.me.engines.encoder": "0",
    "nvidia.com/mig-1g.10gb.me.engines.jpeg": "1",
    "nvidia.com/mig-1g.10gb.me.engines.ofa": "1",
    "nvidia.com/mig-1g.10gb.me.memory": "9984",
    "nvidia.com/mig-1g.10gb.me.multiprocessors": "16",
    "nvidia.com/mig-1g.10gb.me.product": "NVIDIA-H100-80GB-HBM3-MIG-1g.10gb.me",
    "nvidia.com/mig-1g.10gb.me.replicas": "1",
    "nvidia.com/mig-1g.10gb.me.sharing-strategy": "none",
    "nvidia.com/mig-1g.10gb.me.slices.ci": "1",
    "nvidia.com/mig-1g.10gb.me.slices.gi": "1",
    "nvidia.com/mig-3g.40gb.count": "8",
    "nvidia.com/mig-3g.40gb.engines.copy": "3",
    "nvidia.com/mig-3g.40gb.engines.decoder": "3",
    "nvidia.com/mig-3g.40gb.engines.encoder": "0",
    "nvidia.com/mig-3g.40gb.engines.jpeg": "3",
    "nvidia.com/mig-3g.40gb.engines.ofa": "0",
    "nvidia.com/mig-3g.40gb.memory": "40448",
    "nvidia.com/mig-3g.40gb.multiprocessors": "60",
    "nvidia.com/mig-3g.40gb.product": "NVIDIA-H100-80GB-HBM3-MIG-3g.40gb",
    "nvidia.com/mig-3g.40gb.replicas": "1",
    "nvidia.com/mig-3g.40gb.sharing-strategy": "none",
    "nvidia.com/mig-3g.40gb.slices.ci": "3",
    "nvidia.com/mig-3g.40gb.slices.gi": "3",
  });
  const { allocatable } = node("nvidia-h100-80gb-sxm", 8, 1, sharing).status;
  expect(allocatable).toEqual({
    cpu: "191450m",
    memory: "2095697Mi",
    pods: "100",
    "nvidia.com/mig-1g.10gb.me": "8",
    "nvidia.com/mig-3g.40gb": "8",
  });
  expect(node("nvidia-h100-80gb-sxm", 8, 0, sharing).metadata.labels["nvidia.com/mig.config"]).toBe(
    "all-1g.10gb",
  );
});

test("network devices are offered beside the accelerators, and huge pages are no memory for others", () => {
  const machine = machineFor("nvidia-h100-80gb-sxm", 8);
  if (!machine) throw new Error("the machine is in the catalogue");
  const size = { accelerator: "nvidia-h100-80gb-sxm", nodes: 1, acceleratorsPerNode: 8 } as const;
  const request = { ...size, sharing: { mode: "dedicated" }, fabric: efa } as const;
  expect(nodeManifest({ pool: "pool", index: 0, request, machine, shape }).status).toEqual({
    capacity: {
      cpu: "192",
      memory: "2Ti",
      pods: "100",
      "nvidia.com/gpu": "8",
      "vpc.amazonaws.com/efa": "4",
      "hugepages-2Mi": "5Gi",
    },
    allocatable: {
      cpu: "191450m",
      memory: "2090577Mi",
      pods: "100",
      "nvidia.com/gpu": "8",
      "vpc.amazonaws.com/efa": "4",
      "hugepages-2Mi": "5Gi",
    },
  });
});
