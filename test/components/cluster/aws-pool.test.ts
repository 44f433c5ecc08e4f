import { expect, test } from "vitest";
import { awsPool } from "../../../components/cluster/aws-pool.ts";
import { block, makePool, zones } from "../../support/aws-cluster.ts";

test("accelerators and their number follow from the machine", () => {
  expect(makePool()).toEqual({
    name: "l4",
    machine: "g6.4xlarge",
    nodes: 4,
    leastNodes: 0,
    capacity: { type: "on-demand" },
    zones,
    efa: false,
    image: "AL2023_x86_64_NVIDIA",
    podStorageGiB: 200,
    sharing: { mode: "dedicated" },
    accelerator: "nvidia-l4",
    acceleratorsPerNode: 1,
    maxPods: 234,
  });
});

test("EFA is the pool's fabric", () => {
  const { accelerator, acceleratorsPerNode, fabric } = makePool(block);
  expect({ accelerator, acceleratorsPerNode, devices: fabric?.devicesPerNode }).toEqual({
    accelerator: "nvidia-h100-80gb-sxm",
    acceleratorsPerNode: 8,
    devices: 32,
  });
});

test.each([
  { case: "a machine of no catalogue", edit: { machine: "p6.48xlarge" }, path: ["machine"] },
  { case: "a machine whose GPU is a part", edit: { machine: "g6f.xlarge" }, path: ["machine"] },
  { case: "no zone", edit: { zones: [] }, path: ["zones"] },
  { case: "a local zone", edit: { zones: ["us-east-1-bos-1a"] }, path: ["zones", 0] },
  {
    case: "a block without its id",
    edit: { capacity: { type: "capacity-block" } },
    path: ["capacity", "id"],
  },
  {
    case: "an id that is none",
    edit: { zones: [zones[0]], capacity: { type: "reservation", id: "my-block" } },
    path: ["capacity", "id"],
  },
  { case: "a release that is none", edit: { imageRelease: "latest" }, path: ["imageRelease"] },
  { case: "a field that follows from the machine", edit: { accelerator: "nvidia-l4" }, path: [] },
  {
    case: "sharing that the accelerator cannot",
    edit: { sharing: { mode: "mig", layouts: [{ nodes: 4, profiles: { "1g.10gb": 1 } }] } },
    path: ["sharing", "mode"],
  },
  {
    case: "EFA between shared accelerators",
    edit: { machine: "g6.8xlarge", zones: [zones[0]], efa: true, sharing: { mode: "mps", replicas: 4 } },
    path: ["fabric"],
  },
])("refused: $case", ({ edit, path }) => {
  const pool = { name: "l4", machine: "g6.4xlarge", nodes: 4, zones, ...edit };
  const { error } = awsPool.safeParse(pool);
  expect(error?.issues.map((issue) => issue.path)).toEqual([path]);
});
