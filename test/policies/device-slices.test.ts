import { expect, test } from "vitest";
import { resourceSlices } from "../../components/cluster/local-devices.ts";
import { devicesByNode } from "../../policies/device-slices.ts";
import { makeResource } from "../support/policy-objects.ts";

const type = "resource.k8s.io/v1:ResourceSlice";

function published(devices: "whole" | "partitions" | "shares") {
  const sharing = { mode: "dra", devices } as const;
  const pool = { accelerator: "nvidia-h100-80gb-sxm", nodes: 1, acceleratorsPerNode: 2, sharing } as const;
  return resourceSlices("n", pool).map((slice) => makeResource(type, slice));
}

const mebibytes = (amount: bigint) => amount * 2n ** 20n * 10n ** 9n;

test.each([
  { devices: "whole", want: { "nvidia.com/gpu": 2n * 10n ** 9n } },
  { devices: "partitions", want: { "nvidia.com/mig.memory": mebibytes(2n * 81_152n) } },
  { devices: "shares", want: { "nvidia.com/gpu.memory": mebibytes(2n * 81_559n) } },
] as const)("what a node offers of $devices", ({ devices, want }) => {
  const nodes = devicesByNode(published(devices));
  expect([...nodes].map(([name, amounts]) => [name, Object.fromEntries(amounts)])).toEqual([["n", want]]);
});

test.each([
  { case: "another driver's", spec: { driver: "dra.example.com", nodeName: "n", devices: [{}] } },
  {
    case: "of no node",
    spec: { driver: "gpu.nvidia.com", devices: [{ attributes: { type: { string: "gpu" } } }] },
  },
  { case: "without a spec", spec: undefined },
])("a slice $case offers nothing", ({ spec }) => {
  expect([...devicesByNode([makeResource(type, { spec })])]).toEqual([]);
});
