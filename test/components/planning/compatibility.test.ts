import { expect, test } from "vitest";
import { gpuSpecs } from "../../../components/catalogue/gpu-specs.ts";
import { versions } from "../../../components/catalogue/versions.ts";
import {
  chartProblems,
  devicesProblems,
  driverProblems,
  type GpuVersions,
  oldestDriver,
  operatorProblems,
} from "../../../components/planning/compatibility.ts";

test.each([
  { gpu: "nvidia-t4", want: "410.48" },
  { gpu: "nvidia-a100-80gb", want: "450.51.05" },
  { gpu: "nvidia-l40s", want: "520.61.05" },
  { gpu: "nvidia-h100-80gb-sxm", want: "520.61.05" },
  { gpu: "nvidia-b200-sxm", want: "570.133.20" },
  { gpu: "nvidia-gb200", want: "570.26" },
  { gpu: "nvidia-b300-sxm", want: "575.51.03" },
  { gpu: "nvidia-rtx-pro-6000", want: "575.57.08" },
] as const)("the oldest driver of $gpu", ({ gpu, want }) => {
  expect(oldestDriver(gpu)).toBe(want);
});

const valid: GpuVersions = { gpu: "nvidia-h100-80gb-sxm", driver: "580.126.20", cuda: "12.8" };
const path = ["pools", 0];

test.each([
  { case: "driver, GPU and CUDA of one year", given: valid, want: [] },
  { case: "the oldest driver that will do", given: { ...valid, driver: "525.60.13" }, want: [] },
  {
    case: "a driver older than the GPU by one digit",
    given: { gpu: "nvidia-b200-sxm", driver: "570.133.19" },
    want: [
      {
        path: ["pools", 0, "driver"],
        given: "570.133.19",
        allowed: "570.133.20 or newer, for nvidia-b200-sxm",
        remedy: "choose a newer driver, or a machine image that has one",
      },
    ],
  },
  {
    case: "containers of CUDA 13 on a driver for CUDA 12",
    given: { ...valid, driver: "570.211.01", cuda: "13.0" },
    want: [
      {
        path: ["pools", 0, "cuda"],
        given: "13.0 on driver 570.211.01",
        allowed: "driver 580.65.06 or newer, for CUDA 13.0",
        remedy: "choose a newer driver, or containers built with an older CUDA",
      },
    ],
  },
  {
    case: "containers from before the GPU",
    given: { gpu: "nvidia-b300-sxm", driver: "580.126.20", cuda: "12.8" },
    want: [
      {
        path: ["pools", 0, "cuda"],
        given: "12.8",
        allowed: "12.9 or newer: older ones make no code for nvidia-b300-sxm (capability 10.3)",
        remedy: "choose containers built with CUDA 12.9 or newer",
      },
    ],
  },
  {
    case: "CUDA 10, which asks for its own driver",
    given: { gpu: "nvidia-t4", driver: "410.48", cuda: "10.0" },
    want: [],
  },
] as const satisfies { case: string; given: GpuVersions; want: unknown[] }[])("$case", ({ given, want }) => {
  expect(driverProblems(path, given)).toEqual(want);
});

test("the driver of the pinned GPU Operator knows every GPU of the catalogue", () => {
  for (const gpu of Object.keys(gpuSpecs) as GpuVersions["gpu"][]) {
    expect(driverProblems([], { gpu, driver: versions.nvidiaDriver.version })).toEqual([]);
  }
});

test.each([
  { case: "the oldest Kubernetes", operator: "26.7.0", kubernetes: "v1.33.1-eks-abc", want: [] },
  { case: "the newest Kubernetes", operator: "26.7.0", kubernetes: "1.37.2", want: [] },
  {
    case: "a Kubernetes that this operator has left behind",
    operator: "26.7.0",
    kubernetes: "1.32.9",
    want: [
      {
        path: ["kubernetes"],
        given: "1.32.9",
        allowed: "1.33 to 1.37, with GPU Operator 26.7.0",
        remedy: "upgrade Kubernetes, or choose an older release",
      },
    ],
  },
  {
    case: "an operator from before this Kubernetes",
    operator: "26.3.1",
    kubernetes: "1.36.4",
    want: [
      {
        path: ["kubernetes"],
        given: "1.36.4",
        allowed: "1.32 to 1.35, with GPU Operator 26.3.1",
        remedy: "choose a newer release",
      },
    ],
  },
] as const)("$case", ({ operator, kubernetes, want }) => {
  expect(operatorProblems([], operator, kubernetes)).toEqual(want);
});

test.each([
  { case: "Kueue on its oldest Kubernetes", chart: "kueue", kubernetes: "1.29.0", want: [] },
  { case: "Kueue, which names no newest one", chart: "kueue", kubernetes: "1.40.0", want: [] },
  { case: "a chart whose makers say nothing", chart: "kuberay", kubernetes: "1.20.0", want: [] },
  { case: "Volcano on a Kubernetes newer than its table", chart: "volcano", kubernetes: "1.36.4", want: [] },
  {
    case: "Trainer on a Kubernetes that Kueue would take",
    chart: "trainer",
    kubernetes: "1.30.2",
    want: [
      {
        path: ["kubernetes"],
        given: "1.30.2",
        allowed: "1.31 or newer, with kubeflow-trainer 2.3.0",
        remedy: "upgrade Kubernetes, or choose an older release",
      },
    ],
  },
  {
    case: "Kueue on an older Kubernetes",
    chart: "kueue",
    kubernetes: "1.28.15",
    want: [
      {
        path: ["kubernetes"],
        given: "1.28.15",
        allowed: "1.29 or newer, with kueue 0.19.2",
        remedy: "upgrade Kubernetes, or choose an older release",
      },
    ],
  },
] as const)("$case", ({ chart, kubernetes, want }) => {
  expect(chartProblems([], chart, kubernetes)).toEqual(want);
});

const sharing = ["pools", 0, "sharing"];

test.each([
  {
    devices: "whole",
    kubernetes: "v1.33.4",
    want: [
      {
        path: ["pools", 0, "sharing", "devices"],
        given: '"whole" on Kubernetes v1.33.4',
        allowed: "Kubernetes 1.34 or newer, for devices: whole",
        remedy: "upgrade Kubernetes, or leave sharing out: the device plugin hands out whole GPUs as well",
      },
    ],
  },
  {
    devices: "partitions",
    kubernetes: "v1.35.2+k3s1",
    want: [
      {
        path: ["pools", 0, "sharing", "devices"],
        given: '"partitions" on Kubernetes v1.35.2+k3s1',
        allowed: "Kubernetes 1.36 or newer, for devices: partitions",
        remedy: "upgrade Kubernetes, or choose mode: mig, or devices: whole",
      },
    ],
  },
  {
    devices: "shares",
    kubernetes: "1.35",
    want: [
      {
        path: ["pools", 0, "sharing", "devices"],
        given: '"shares" on Kubernetes 1.35',
        allowed: "Kubernetes 1.36 or newer, for devices: shares",
        remedy: "upgrade Kubernetes, or choose mode: time-slicing or mps, or devices: whole",
      },
    ],
  },
  { devices: "whole", kubernetes: "v1.34.0", want: [] },
  { devices: "partitions", kubernetes: "v1.36.0", want: [] },
  { devices: "shares", kubernetes: "1.36", want: [] },
] as const)("claims of devices: $devices on $kubernetes", ({ devices, kubernetes, want }) => {
  expect(devicesProblems(sharing, { mode: "dra", devices }, kubernetes)).toEqual(want);
});

test("pools without claims run on any version", () => {
  expect(devicesProblems(sharing, { mode: "dedicated" }, "v1.30.0")).toEqual([]);
});
