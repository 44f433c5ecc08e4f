import { expect, test } from "vitest";
import { awsTopology, gcpTopology } from "../../../components/planning/cloud-topology.ts";

const zone = "topology.kubernetes.io/zone";
const node = "kubernetes.io/hostname";
const layer = (number: number) => `topology.k8s.aws/network-node-layer-${number}`;

test.each([
  {
    case: "three layers, the lowest of which is a rack",
    machine: "p5.48xlarge",
    want: {
      name: "network-layers-3",
      levels: [zone, layer(1), layer(2), layer(3), node],
      domains: { block: layer(2), rack: layer(3), node },
    },
  },
  {
    case: "four of them",
    machine: "p6-b200.48xlarge",
    want: {
      name: "network-layers-4",
      levels: [zone, layer(1), layer(2), layer(3), layer(4), node],
      domains: { block: layer(3), rack: layer(4), node },
    },
  },
  { case: "a machine that AWS tells nothing of", machine: "g6.48xlarge", want: undefined },
] as const)("AWS: $case (F48)", ({ machine, want }) => {
  expect(awsTopology({ machine }, "us-east-1")).toEqual(want);
});

test("AWS: a region in which it tells nothing (F48)", () => {
  expect(awsTopology({ machine: "p5.48xlarge" }, "ca-west-1")).toBeUndefined();
});

const blocks = {
  name: "gce-blocks",
  levels: [zone, "cloud.google.com/gce-topology-block", "cloud.google.com/gce-topology-subblock", node],
  domains: {
    block: "cloud.google.com/gce-topology-block",
    rack: "cloud.google.com/gce-topology-subblock",
    node,
  },
};

test.each([
  { case: "a reservation", machine: "a3-ultragpu-8g", type: "reservation", compact: false, want: blocks },
  { case: "spot, placed compactly", machine: "a4-highgpu-8g", type: "spot", compact: true, want: blocks },
  { case: "spot anywhere", machine: "a4-highgpu-8g", type: "spot", compact: false, want: undefined },
  { case: "parts of a host", machine: "a3-highgpu-2g", type: "on-demand", compact: false, want: undefined },
  { case: "TPUs", machine: "ct6e-standard-4t", type: "on-demand", compact: false, want: undefined },
] as const)("Google: $case (F48)", ({ machine, type, compact, want }) => {
  expect(gcpTopology({ machine, capacity: { type }, compact })).toEqual(want);
});
