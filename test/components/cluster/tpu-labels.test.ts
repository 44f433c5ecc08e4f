import { expect, test } from "vitest";
import type { NodePoolRequest } from "../../../components/cluster/contract.ts";
import { tpuNodeLabels } from "../../../components/cluster/tpu-labels.ts";

const request = (acceleratorsPerNode: number, sliceTopology: string): NodePoolRequest => ({
  accelerator: "google-tpu-v6e",
  nodes: 8,
  acceleratorsPerNode,
  sharing: { mode: "dedicated" },
  sliceTopology,
});

test.each([
  {
    case: "the last host of the first slice",
    index: 3,
    own: request(4, "4x4"),
    topology: "4x4",
    slice: "tpu-0",
  },
  { case: "the first of the second", index: 4, own: request(4, "4x4"), topology: "4x4", slice: "tpu-1" },
  { case: "a host that is a slice", index: 4, own: request(8, "2x4"), topology: "2x4", slice: "tpu" },
])("$case", ({ index, own, topology, slice }) => {
  expect(tpuNodeLabels("tpu", index, own)).toEqual({
    "cloud.google.com/gke-tpu-accelerator": "tpu-v6e-slice",
    "cloud.google.com/gke-tpu-topology": topology,
    "cloud.google.com/gke-accelerator-count": String(own.acceleratorsPerNode),
    "cloud.google.com/gke-nodepool": slice,
  });
});

test("a slice that does not exist, which the pool's own rules refuse first", () => {
  expect(() => tpuNodeLabels("tpu", 0, request(8, "4x4"))).toThrow("google-tpu-v6e has no slice 4x4");
});
