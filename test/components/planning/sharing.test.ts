import { expect, test } from "vitest";
import {
  devicePluginConfig,
  layoutAt,
  type MigLayout,
  nodeDevices,
  ofProfile,
  partitions,
  poolDevices,
  type SharedPool,
  type Sharing,
  selectionLabels,
  sliceResource,
} from "../../../components/planning/sharing.ts";

const layouts: MigLayout[] = [
  { nodes: 1, profiles: { "1g.10gb": 7 } },
  { nodes: 2, profiles: { "3g.40gb": 1, "2g.20gb": 1, "1g.10gb": 2 } },
];

function pool(sharing: Sharing): SharedPool {
  return { accelerator: "nvidia-h100-80gb-sxm", nodes: 3, acceleratorsPerNode: 8, sharing };
}

const mig = pool({ mode: "mig", layouts });

test.each([
  {
    case: "dedicated",
    sharing: { mode: "dedicated" },
    want: { resourceName: "nvidia.com/gpu", noun: "accelerators", perNode: 8, total: 24, partsPerNode: 8 },
    memoryMiB: 81_559,
  },
  {
    case: "time-slicing, renamed",
    sharing: { mode: "time-slicing", replicas: 4, rename: true },
    want: {
      resourceName: "nvidia.com/gpu.shared",
      noun: "replicas",
      perNode: 32,
      total: 96,
      partsPerNode: 32,
    },
    memoryMiB: 20_389,
  },
  {
    case: "time-slicing under the old name",
    sharing: { mode: "time-slicing", replicas: 2, rename: false },
    want: { resourceName: "nvidia.com/gpu", noun: "replicas", perNode: 16, total: 48, partsPerNode: 16 },
    memoryMiB: 40_779,
  },
  {
    case: "MPS, whose memory limit is an equal part",
    sharing: { mode: "mps", replicas: 3, rename: true },
    want: {
      resourceName: "nvidia.com/gpu.shared",
      noun: "replicas",
      perNode: 24,
      total: 72,
      partsPerNode: 24,
    },
    memoryMiB: 27_186,
  },
])("one kind of device: $case", ({ sharing, want, memoryMiB }) => {
  expect(poolDevices(pool(sharing as Sharing))).toEqual([{ ...want, parts: 1, memoryMiB }]);
});

test("a kind of device for each profile of any layout, with what all nodes have of it", () => {
  const common = { partsPerNode: 56 };
  expect(poolDevices(mig)).toEqual([
    {
      ...common,
      resourceName: "nvidia.com/mig-1g.10gb",
      profile: "1g.10gb",
      noun: "slices 1g.10gb",
      perNode: 56,
      total: 56 + 2 * 16,
      parts: 1,
      memoryMiB: 9984,
    },
    {
      ...common,
      resourceName: "nvidia.com/mig-2g.20gb",
      profile: "2g.20gb",
      noun: "slices 2g.20gb",
      perNode: 8,
      total: 16,
      parts: 2,
      memoryMiB: 20_096,
    },
    {
      ...common,
      resourceName: "nvidia.com/mig-3g.40gb",
      profile: "3g.40gb",
      noun: "slices 3g.40gb",
      perNode: 8,
      total: 16,
      parts: 3,
      memoryMiB: 40_448,
    },
  ]);
});

test("a resource's name holds no plus", () => {
  expect(sliceResource("1g.10gb+me")).toBe("nvidia.com/mig-1g.10gb.me");
});

test("layouts take the nodes in their order", () => {
  expect([0, 1, 2, 3].map((index) => layoutAt(layouts, index)?.nodes)).toEqual([1, 2, 2, undefined]);
  expect([0, 1, 2].map((index) => nodeDevices(mig, index))).toEqual([
    { "nvidia.com/mig-1g.10gb": 56 },
    { "nvidia.com/mig-1g.10gb": 16, "nvidia.com/mig-2g.20gb": 8, "nvidia.com/mig-3g.40gb": 8 },
    { "nvidia.com/mig-1g.10gb": 16, "nvidia.com/mig-2g.20gb": 8, "nvidia.com/mig-3g.40gb": 8 },
  ]);
  expect(nodeDevices(pool({ mode: "mps", replicas: 3, rename: true }), 2)).toEqual({
    "nvidia.com/gpu.shared": 24,
  });
});

test("entries are found by profile, and without one by its absence", () => {
  const entries = [{ profile: "1g.10gb" }, { profile: "3g.40gb" }];
  expect(ofProfile(entries, "3g.40gb")).toBe(entries[1]);
  expect(ofProfile(entries, undefined)).toBeUndefined();
  expect(ofProfile([{}], undefined)).toEqual({});
});

test.each([
  { sharing: { mode: "dedicated" }, want: "dedicated", labels: {} },
  {
    sharing: { mode: "time-slicing", replicas: 4, rename: true },
    want: "time-slicing-4",
    labels: { "nvidia.com/device-plugin.config": "time-slicing-4" },
  },
  {
    sharing: { mode: "mps", replicas: 2, rename: false },
    want: "mps-2-not-renamed",
    labels: { "nvidia.com/device-plugin.config": "mps-2-not-renamed" },
  },
  {
    sharing: { mode: "mig", layouts },
    want: "mig-mixed",
    labels: { "nvidia.com/device-plugin.config": "mig-mixed", "nvidia.com/mig.config": "all-balanced" },
  },
])("a node asks the operator for $want", ({ sharing, want, labels }) => {
  expect(devicePluginConfig(sharing as Sharing)).toBe(want);
  expect(selectionLabels(pool(sharing as Sharing), 1)).toEqual(labels);
});

test("only a partitioned pool has partitions, one per layout", () => {
  expect(partitions(mig).map(({ name, layout }) => [name, layout])).toEqual([
    ["all-1g.10gb", layouts[0]],
    ["all-balanced", layouts[1]],
  ]);
  expect(partitions(pool({ mode: "dedicated" }))).toEqual([]);
});

test.each([
  { devices: "whole", resourceName: "nvidia.com/gpu", memoryMiB: 81_559, quotaMiB: undefined },
  { devices: "partitions", resourceName: "nvidia.com/mig.memory", memoryMiB: 81_152, quotaMiB: 81_152 },
  { devices: "shares", resourceName: "nvidia.com/gpu.memory", memoryMiB: 81_559, quotaMiB: 81_559 },
] as const)("claims on $devices are counted in accelerators", ({ devices, quotaMiB, ...want }) => {
  const claimed = pool({ mode: "dra", devices });
  const counted = { noun: "accelerators", perNode: 8, total: 24, parts: 1, partsPerNode: 8 };
  const unit = quotaMiB === undefined ? {} : { quotaMiB };
  expect(poolDevices(claimed)).toEqual([{ ...counted, ...want, ...unit }]);
  // Never both for one GPU: the node offers nothing to requests (F38).
  expect(nodeDevices(claimed, 0)).toEqual({});
});
