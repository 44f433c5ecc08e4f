/** Objects of the trace, exactly as the API server gets them. */
import { expect, test } from "vitest";
import {
  claimManifest,
  deviceClass,
  nodeManifest,
  podManifest,
  sliceManifest,
} from "../../../../bench/support/openb/manifests.ts";
import { ClusterView } from "../../../../embedded/scheduler-extender/cluster-view.ts";

const node = { name: "a", model: "T4", cpuMilli: 104_000, memoryMiB: 524_288, gpuMilli: [1000, 1000] };
const half = { cpuMilli: 4000, memoryMiB: 1024, gpus: 1, gpuMilli: 460, models: ["T4", "A10", "A10"] };

test("a node that KWOK plays, with the taint of accelerator nodes", () => {
  const size = { cpu: "104000m", memory: "524288Mi", pods: "250" };
  expect(nodeManifest(node)).toMatchObject({
    metadata: {
      name: "a",
      labels: { "kubernetes.io/hostname": "a", "nvidia.com/gpu.product": "T4" },
      annotations: { "kwok.x-k8s.io/node": "fake" },
    },
    spec: { taints: [{ key: "nvidia.com/gpu", value: "present", effect: "NoSchedule" }] },
    status: { capacity: size, allocatable: size },
  });
});

test("its accelerators are devices that pods share", () => {
  const device = { allowMultipleAllocations: true, capacity: { milli: { value: "1000" } } };
  expect(sliceManifest(node).spec).toEqual({
    driver: "gpu.plinth.dev",
    nodeName: "a",
    pool: { name: "a", generation: 1, resourceSliceCount: 1 },
    devices: [
      { name: "gpu-0", ...device },
      { name: "gpu-1", ...device },
    ],
  });
  expect(deviceClass.metadata.name).toBe("gpu.plinth.dev");
});

test("a claim asks for so much of so many devices", () => {
  expect(claimManifest("p", half).spec.devices.requests).toEqual([
    {
      name: "gpu",
      exactly: {
        deviceClassName: "gpu.plinth.dev",
        allocationMode: "ExactCount",
        count: 1,
        capacity: { requests: { milli: "460" } },
      },
    },
  ]);
});

test("a pod is read back as what the trace says of it", () => {
  const view = new ClusterView();
  view.set("nodes", nodeManifest(node));
  view.set("resourceslices", sliceManifest(node));
  view.set("deviceclasses", deviceClass);
  view.set("resourceclaims", claimManifest("p", half));
  const pod = podManifest("p", "plinth-waste", half);
  expect(view.requests(pod)("a")).toEqual({ ...half, models: ["T4", "A10"] });
  expect(pod.spec.schedulerName).toBe("plinth-waste");
  expect(pod.spec.tolerations).toEqual([{ key: "nvidia.com/gpu", operator: "Exists" }]);
});

test("a pod without accelerators claims nothing", () => {
  const pod = podManifest("p", "default-scheduler", { ...half, gpus: 0, gpuMilli: 0, models: [] });
  expect(pod.spec.resourceClaims).toBeUndefined();
  expect(pod.spec.affinity).toBeUndefined();
  expect(pod.spec.containers[0]?.resources).toEqual({ requests: { cpu: "4000m", memory: "1024Mi" } });
});
