import { expect, test } from "vitest";
import type { DraDevices } from "../../../components/catalogue/dra.ts";
import { podClaim } from "../../../components/planning/claims.ts";
import { claimTemplateManifest } from "../../../components/training/claim-template.ts";

const product = "device.attributes['gpu.nvidia.com'].productName == 'NVIDIA H100 80GB HBM3'";
const profile = "device.attributes['gpu.nvidia.com'].profile == '3g.40gb'";

test.each<{ devices: DraDevices; request: object; want: object }>([
  {
    devices: "whole",
    request: { acceleratorsPerNode: 4 },
    want: { deviceClassName: "gpu.nvidia.com", allocationMode: "ExactCount", count: 4 },
  },
  {
    devices: "partitions",
    request: { profile: "3g.40gb" },
    want: {
      deviceClassName: "mig.nvidia.com",
      allocationMode: "ExactCount",
      count: 1,
      selectors: [{ cel: { expression: product } }, { cel: { expression: profile } }],
    },
  },
  {
    devices: "shares",
    request: { gpuMemoryGiB: 2.4 },
    want: {
      deviceClassName: "gpu-share.plinth.dev",
      allocationMode: "ExactCount",
      count: 1,
      selectors: [{ cel: { expression: product } }],
      capacity: { requests: { memory: "2458Mi" } },
    },
  },
])("a claim on $devices", ({ devices, request, want }) => {
  const sharing = { mode: "dra", devices } as const;
  const pool = { accelerator: "nvidia-h100-80gb-sxm", nodes: 1, acceleratorsPerNode: 8, sharing } as const;
  const claim = podClaim(pool, { acceleratorsPerNode: 1, ...request });
  if (!claim) throw new Error("the pool has such devices");
  const labels = { "plinth.dev/team": "research" };
  expect(claimTemplateManifest({ name: "sweep", namespace: "research", labels, pool, claim })).toEqual({
    apiVersion: "resource.k8s.io/v1",
    kind: "ResourceClaimTemplate",
    metadata: { name: "sweep", namespace: "research", labels },
    spec: { spec: { devices: { requests: [{ name: "accelerators", exactly: want }] } } },
  });
});
