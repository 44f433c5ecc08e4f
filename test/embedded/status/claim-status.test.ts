import type { V1Node } from "@kubernetes/client-node";
import { expect, test } from "vitest";
import { resourceSlices } from "../../../components/cluster/local-devices.ts";
import type { ResourceClaim, ResourceSlice } from "../../../embedded/status/claim-objects.ts";
import {
  allocations,
  type ClaimObjects,
  claimedDevices,
  claimedPools,
  countsParts,
  quotaUnit,
} from "../../../embedded/status/claim-status.ts";

type Devices = "whole" | "partitions" | "shares";

const node = (name: string, pool: string, ready = "True"): V1Node => ({
  metadata: { name, labels: { "plinth.dev/pool": pool, "nvidia.com/gpu.product": "H100" } },
  status: { conditions: [{ type: "Ready", status: ready }] },
});

function slices(name: string, devices: Devices): ResourceSlice[] {
  const sharing = { mode: "dra", devices } as const;
  const accelerator = "nvidia-h100-80gb-sxm";
  const made: object[] = resourceSlices(name, { accelerator, nodes: 1, acceleratorsPerNode: 2, sharing });
  return made as ResourceSlice[];
}

function claim(pod: string, pool: string, device: string, memory?: string): ResourceClaim {
  const consumed = memory === undefined ? {} : { consumedCapacity: { memory } };
  return {
    metadata: { name: `${pod}-claim`, namespace: "red" },
    status: {
      allocation: { devices: { results: [{ driver: "gpu.nvidia.com", pool, device, ...consumed }] } },
      reservedFor: [{ name: pod }],
    },
  };
}

const nodes = [node("a-0", "a"), node("b-0", "b"), node("c-0", "c", "False"), node("d-0", "d")];
const objects: ClaimObjects = {
  slices: [...slices("a-0", "whole"), ...slices("b-0", "partitions"), ...slices("c-0", "shares")],
  claims: [
    claim("share", "c-0", "gpu-1", "10Gi"),
    claim("card", "a-0", "gpu-1"),
    claim("part", "b-0", "gpu-0-mig-3g40gb-9-4"),
    { metadata: { name: "waits", namespace: "red" }, status: {} },
  ],
  templates: [
    {
      metadata: { name: "pair", namespace: "red" },
      spec: { spec: { devices: { requests: [{ exactly: { count: 2 } }] } } },
    },
    { metadata: { name: "pair", namespace: "blue" }, spec: { spec: { devices: { requests: [{}] } } } },
  ],
};

test("what each claim holds", () => {
  const red = { team: "red" };
  expect(allocations(nodes, objects)).toEqual([
    { ...red, pool: "a", node: "a-0", device: "gpu-1", pod: "card", memoryGiB: 79.65 },
    { ...red, pool: "b", node: "b-0", device: "gpu-0-mig-3g40gb-9-4", pod: "part", memoryGiB: 39.5 },
    { ...red, pool: "c", node: "c-0", device: "gpu-1", pod: "share", memoryGiB: 10 },
  ]);
});

test("pools in accelerators and parts of them; a node that is not Ready gives nothing free", () => {
  const row = { accelerator: "H100", nodes: 1, total: 2 };
  expect(claimedPools(nodes, objects)).toEqual([
    { ...row, name: "a", resource: "gpu.nvidia.com", used: 1, free: 1 },
    { ...row, name: "b", resource: "mig.nvidia.com", used: 0.5, free: 1.5 },
    { ...row, name: "c", resource: "gpu-share.plinth.dev", used: 0.13, free: 0 },
  ]);
});

test("what a quota counts an accelerator of each pool as", () => {
  expect(["a", "b", "c", "d"].map((pool) => quotaUnit(nodes, objects, pool) / 2 ** 20)).toEqual([
    1 / 2 ** 20,
    81_152,
    81_559,
    1 / 2 ** 20,
  ]);
  expect(["nvidia.com/gpu", "nvidia.com/mig.memory", "nvidia.com/gpu.memory"].filter(countsParts)).toEqual([
    "nvidia.com/mig.memory",
    "nvidia.com/gpu.memory",
  ]);
});

test.each([
  { namespace: "red", want: 6 },
  { namespace: "blue", want: 3 },
  { namespace: "green", want: 0 },
])("devices that three pods of $namespace claim", ({ namespace, want }) => {
  const template = {
    spec: { containers: [], resourceClaims: [{ name: "x", resourceClaimTemplateName: "pair" }] },
  };
  const workload = { metadata: { name: "w", namespace }, spec: { podSets: [{ count: 3, template }] } };
  expect(claimedDevices(workload, objects)).toBe(want);
});
