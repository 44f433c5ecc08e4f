import { expect, test } from "vitest";
import { acceleratorIds, accelerators, machineFor } from "../../../components/catalogue/hardware.ts";

test("the catalogue holds these accelerators", () => {
  expect(acceleratorIds).toEqual([
    "nvidia-t4",
    "nvidia-l4",
    "nvidia-a10g",
    "nvidia-a100-40gb",
    "nvidia-a100-80gb",
    "nvidia-l40s",
    "nvidia-h100-80gb-sxm",
    "nvidia-h200-141gb-sxm",
    "nvidia-b200-sxm",
    "google-tpu-v5e",
    "google-tpu-v5p",
    "google-tpu-v6e",
  ]);
});

test.each(acceleratorIds)("%s: each fact has a source, and the facts agree with each other", (id) => {
  const { machines, maxPerNode, discovery, memoryGiB, source, date } = accelerators[id];
  const counts = machines.map((machine) => machine.accelerators);
  expect(counts).toEqual([...new Set(counts)].sort((a, b) => a - b));
  expect(counts.at(-1)).toBe(maxPerNode);
  expect(source.length).toBeGreaterThan(20);
  expect(date).toMatch(/^\d{4}-\d{2}-\d{2}$/);
  // Both are the same memory in two sources: they may differ by rounding and by what the driver keeps.
  expect(discovery.memoryMiB / 1024 / memoryGiB).toBeGreaterThan(0.93);
  expect(discovery.memoryMiB / 1024 / memoryGiB).toBeLessThan(1.01);
});

test.each([
  { case: "an H100 machine of eight", id: "nvidia-h100-80gb-sxm", count: 8, want: "p5.48xlarge" },
  { case: "an L40S machine of four", id: "nvidia-l40s", count: 4, want: "g6e.12xlarge" },
  { case: "no machine has three", id: "nvidia-l40s", count: 3, want: undefined },
] as const)("$case", ({ id, count, want }) => {
  expect(machineFor(id, count)?.name).toBe(want);
});

test.each([
  { id: "nvidia-t4", product: "Tesla-T4", family: "turing", memoryMiB: 15360, compute: "7.5", mig: false },
  {
    id: "nvidia-l4",
    product: "NVIDIA-L4",
    family: "ada-lovelace",
    memoryMiB: 23034,
    compute: "8.9",
    mig: false,
  },
  {
    id: "nvidia-l40s",
    product: "NVIDIA-L40S",
    family: "ada-lovelace",
    memoryMiB: 46068,
    compute: "8.9",
    mig: false,
  },
  {
    id: "nvidia-h100-80gb-sxm",
    product: "NVIDIA-H100-80GB-HBM3",
    family: "hopper",
    memoryMiB: 81559,
    compute: "9.0",
    mig: true,
  },
  {
    id: "nvidia-h200-141gb-sxm",
    product: "NVIDIA-H200",
    family: "hopper",
    memoryMiB: 143771,
    compute: "9.0",
    mig: true,
  },
  {
    id: "nvidia-b200-sxm",
    product: "NVIDIA-B200",
    family: "blackwell",
    memoryMiB: 183359,
    compute: "10.0",
    mig: true,
  },
] as const)("discovery of $id", ({ id, product, family, memoryMiB, compute, mig }) => {
  const [major, minor] = compute.split(".").map(Number);
  expect(accelerators[id].discovery).toEqual({
    product,
    family,
    memoryMiB,
    computeMajor: major,
    computeMinor: minor,
    migCapable: mig,
  });
});

test.each([
  { id: "google-tpu-v5e", product: "tpu-v5-lite-podslice", memoryMiB: 16_384 },
  { id: "google-tpu-v5p", product: "tpu-v5p-slice", memoryMiB: 97_280 },
  { id: "google-tpu-v6e", product: "tpu-v6e-slice", memoryMiB: 32_768 },
] as const)("$id as GKE tells of it", ({ id, product, memoryMiB }) => {
  expect(accelerators[id].discovery).toEqual({ product, family: "tpu", memoryMiB, migCapable: false });
  expect(accelerators[id].resourceName).toBe("google.com/tpu");
});
