import { expect, test } from "vitest";
import { type AwsMachineId, awsMachines } from "../../../components/catalogue/aws-machines.ts";
import { type GcpMachineId, gcpMachines } from "../../../components/catalogue/gcp-machines.ts";
import {
  awsLayerLabels,
  gceTopologyLabels,
  hasGceTopology,
} from "../../../components/catalogue/network-labels.ts";

test("AWS tells three layers of its network, and four of its newest, the widest first", () => {
  const machines = Object.keys(awsMachines) as AwsMachineId[];
  const depths = machines.flatMap((machine) => {
    const { length } = awsLayerLabels(machine, "us-east-1");
    return length > 0 ? [[machine, length]] : [];
  });
  expect(depths).toEqual([
    ["p4d.24xlarge", 3],
    ["p4de.24xlarge", 3],
    ["p5.48xlarge", 3],
    ["p5e.48xlarge", 3],
    ["p5en.48xlarge", 3],
    ["p6-b200.48xlarge", 4],
    ["p6-b300.48xlarge", 4],
  ]);
  expect(awsLayerLabels("p4d.24xlarge", "eu-west-1")).toEqual([
    "topology.k8s.aws/network-node-layer-1",
    "topology.k8s.aws/network-node-layer-2",
    "topology.k8s.aws/network-node-layer-3",
  ]);
});

test.each(["ca-west-1", "mx-central-1", "us-gov-east-1"])("in %s AWS tells nothing", (region) => {
  expect(awsLayerLabels("p5.48xlarge", region)).toEqual([]);
});

test("Google tells the place of machines with eight GPUs of the newest kinds", () => {
  const machines = Object.keys(gcpMachines) as GcpMachineId[];
  const placed = (isSpot: boolean, compact: boolean) =>
    machines.filter((machine) => hasGceTopology(machine, { isSpot, compact }));
  const all = ["a3-highgpu-8g", "a3-megagpu-8g", "a3-ultragpu-8g", "a4-highgpu-8g"];
  expect(placed(false, false).sort()).toEqual(all);
  expect(placed(true, true).sort()).toEqual(all);
  expect(placed(true, false)).toEqual([]);
  expect(Object.values(gceTopologyLabels).every((label) => label.startsWith("cloud.google.com/gce-"))).toBe(
    true,
  );
});
