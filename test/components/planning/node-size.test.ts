import { expect, test } from "vitest";
import { acceleratorIds, accelerators, machineFor } from "../../../components/catalogue/hardware.ts";
import {
  allocatable,
  devicePodShare,
  deviceQuotaShare,
  nodeSize,
  podShare,
  quantities,
  quotaShare,
  sharedMemoryQuantity,
} from "../../../components/planning/node-size.ts";
import { poolDevices, type Sharing } from "../../../components/planning/sharing.ts";

const h100 = allocatable(machineFor("nvidia-h100-80gb-sxm", 8) ?? fail());
const l40s = allocatable(machineFor("nvidia-l40s", 4) ?? fail());

function fail(): never {
  throw new Error("the machine is in the catalogue");
}

test.each([
  { memoryMiB: 2040 * 1024, want: "510Gi" },
  { memoryMiB: 255 * 1024, want: "63Gi" },
  { memoryMiB: 1024, want: "1Gi" },
])("shared memory beside $memoryMiB MiB", ({ memoryMiB, want }) => {
  expect(sharedMemoryQuantity({ memoryMiB })).toBe(want);
});

test.each([
  { case: "eight H100", size: h100, want: { cpuMillis: 191_450, memoryMiB: 2_095_697, accelerators: 8 } },
  { case: "four L40S", size: l40s, want: { cpuMillis: 47_810, memoryMiB: 389_649, accelerators: 4 } },
])("allocatable of a machine with $case", ({ size, want }) => {
  expect(size).toEqual(want);
});

test("quantities and back", () => {
  const written = quantities(h100, "nvidia.com/gpu");
  expect(written).toEqual({ cpu: "191450m", memory: "2095697Mi", "nvidia.com/gpu": "8" });
  expect(nodeSize(written, "nvidia.com/gpu")).toEqual(h100);
});

test.each([
  {
    case: "one of eight",
    share: podShare(h100, 1),
    want: { cpuMillis: 23_000, memoryMiB: 255 * 1024, accelerators: 1 },
  },
  {
    case: "all of eight",
    share: podShare(h100, 8),
    want: { cpuMillis: 184_000, memoryMiB: 2040 * 1024, accelerators: 8 },
  },
  {
    case: "one of four",
    share: podShare(l40s, 1),
    want: { cpuMillis: 11_000, memoryMiB: 94 * 1024, accelerators: 1 },
  },
])("a pod with $case accelerators", ({ share, want }) => {
  expect(share).toEqual(want);
});

test.each([
  {
    case: "half a node",
    share: quotaShare(h100, 4),
    want: { cpuMillis: 95_725, memoryMiB: 1_047_848, accelerators: 4 },
  },
  {
    case: "two nodes",
    share: quotaShare(h100, 16),
    want: { cpuMillis: 382_900, memoryMiB: 4_191_394, accelerators: 16 },
  },
  { case: "nothing", share: quotaShare(h100, 0), want: { cpuMillis: 0, memoryMiB: 0, accelerators: 0 } },
])("a quota of $case", ({ share, want }) => {
  expect(share).toEqual(want);
});

test("on every machine, pods run out of accelerators before they run out of anything else", () => {
  for (const machine of acceleratorIds.flatMap((id) => [...accelerators[id].machines])) {
    const node = allocatable(machine);
    const one = podShare(node, 1);
    expect(one.cpuMillis).toBeGreaterThan(0);
    expect(one.memoryMiB).toBeGreaterThan(0);
    for (let held = 1; held <= 3 * machine.accelerators; held += 1) {
      const quota = quotaShare(node, held);
      expect(held * one.cpuMillis).toBeLessThanOrEqual(quota.cpuMillis);
      expect(held * one.memoryMiB).toBeLessThanOrEqual(quota.memoryMiB);
    }
  }
});

function devicesOf(sharing: Sharing) {
  return poolDevices({ accelerator: "nvidia-h100-80gb-sxm", nodes: 1, acceleratorsPerNode: 8, sharing });
}

const shared = devicesOf({ mode: "time-slicing", replicas: 4, rename: true });
const slices = devicesOf({ mode: "mig", layouts: [{ nodes: 1, profiles: { "1g.10gb": 4, "3g.40gb": 1 } }] });

test.each([
  {
    case: "a replica: a fourth of an accelerator's part",
    device: shared[0],
    count: 1,
    pod: { cpuMillis: 5000, memoryMiB: 63 * 1024, accelerators: 1 },
    quota: { cpuMillis: 5982, memoryMiB: 65_490, accelerators: 1 },
  },
  {
    case: "a slice of one seventh",
    device: slices[0],
    count: 2,
    pod: { cpuMillis: 6000, memoryMiB: 72 * 1024, accelerators: 2 },
    quota: { cpuMillis: 6837, memoryMiB: 74_846, accelerators: 2 },
  },
  {
    case: "a slice of three sevenths",
    device: slices[1],
    count: 1,
    pod: { cpuMillis: 9000, memoryMiB: 108 * 1024, accelerators: 1 },
    quota: { cpuMillis: 10_256, memoryMiB: 112_269, accelerators: 1 },
  },
])("$case", ({ device, count, pod, quota }) => {
  if (!device) return fail();
  expect(devicePodShare(h100, device, count)).toEqual(pod);
  expect(deviceQuotaShare(h100, device, count)).toEqual(quota);
});
