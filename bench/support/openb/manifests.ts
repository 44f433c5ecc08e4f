/** The trace as Kubernetes objects: nodes, their accelerators as shared devices, pods and claims. */
import type { PodRequest } from "../../../embedded/scheduler-extender/free-node.ts";
import { modelLabel } from "../../../embedded/scheduler-extender/pod-request.ts";
import type { TraceNode } from "./trace.ts";

export const namespace = "openb";

const driver = "gpu.plinth.dev";
/** The capacity of a device that counts thousandths of it. */
const shareCapacity = "milli";
const resourceApi = "resource.k8s.io/v1";
/** As the nodes of a pool have it. */
const taint = { key: "nvidia.com/gpu", value: "present", effect: "NoSchedule" };
/** More than any node of the trace has room for. */
const podsPerNode = "250";

export const deviceClass = {
  apiVersion: resourceApi,
  kind: "DeviceClass",
  metadata: { name: driver },
  spec: { selectors: [{ cel: { expression: `device.driver == "${driver}"` } }] },
};

/** Played by KWOK; the status is part of the body because no kubelet will ever report one. */
export function nodeManifest({ name, model, cpuMilli, memoryMiB }: TraceNode) {
  const size = { cpu: `${cpuMilli}m`, memory: `${memoryMiB}Mi`, pods: podsPerNode };
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      labels: { "kubernetes.io/hostname": name, [modelLabel]: model },
      annotations: { "kwok.x-k8s.io/node": "fake" },
    },
    spec: { taints: [taint] },
    status: { capacity: size, allocatable: size },
  };
}

/** Several pods may share each device, up to its capacity. */
export function sliceManifest({ name, gpuMilli }: TraceNode) {
  return {
    apiVersion: resourceApi,
    kind: "ResourceSlice",
    metadata: { name },
    spec: {
      driver,
      nodeName: name,
      pool: { name, generation: 1, resourceSliceCount: 1 },
      devices: gpuMilli.map((milli, index) => ({
        name: `gpu-${index}`,
        allowMultipleAllocations: true,
        capacity: { [shareCapacity]: { value: String(milli) } },
      })),
    },
  };
}

export function claimManifest(name: string, { gpus, gpuMilli }: PodRequest) {
  const exactly = {
    deviceClassName: driver,
    allocationMode: "ExactCount",
    count: gpus,
    capacity: { requests: { [shareCapacity]: String(gpuMilli) } },
  };
  return {
    apiVersion: resourceApi,
    kind: "ResourceClaim",
    metadata: { name, namespace },
    spec: { devices: { requests: [{ name: "gpu", exactly }] } },
  };
}

export function podManifest(name: string, schedulerName: string, request: PodRequest) {
  const hasClaim = request.gpus > 0;
  const requests = { cpu: `${request.cpuMilli}m`, memory: `${request.memoryMiB}Mi` };
  const resources = hasClaim ? { requests, claims: [{ name: "gpu" }] } : { requests };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace },
    spec: {
      schedulerName,
      automountServiceAccountToken: false,
      tolerations: [{ key: taint.key, operator: "Exists" }],
      containers: [{ name: "main", image: "openb", resources }],
      ...(hasClaim ? { resourceClaims: [{ name: "gpu", resourceClaimName: name }] } : {}),
      ...affinity(request),
    },
  };
}

function affinity({ models }: PodRequest) {
  if (models.length === 0) return {};
  const values = [...new Set(models)];
  const nodeSelectorTerms = [{ matchExpressions: [{ key: modelLabel, operator: "In", values }] }];
  return {
    affinity: {
      nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } },
    },
  };
}
