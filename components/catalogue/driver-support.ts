/** Which NVIDIA driver a GPU needs, and which a CUDA toolkit does. */
import type { ComputeCapability } from "./accelerator-specs.ts";
import type { GpuSpecId } from "./gpu-specs.ts";

/** The oldest driver for Linux that each release of the CUDA toolkit came with, oldest release first. */
export const cudaDrivers = {
  "10.0": "410.48",
  "11.0": "450.51.05",
  "11.8": "520.61.05",
  "12.0": "525.60.13",
  "12.1": "530.30.02",
  "12.2": "535.54.03",
  "12.3": "545.23.06",
  "12.4": "550.54.14",
  "12.5": "555.42.02",
  "12.6": "560.28.03",
  "12.8": "570.26",
  "12.9": "575.51.03",
  "13.0": "580.65.06",
  "13.1": "590.44.01",
  "13.2": "595.45.04",
} as const;

export type CudaRelease = keyof typeof cudaDrivers;

/** The first release whose compiler and driver know GPUs of this capability. */
export const firstCuda: { readonly [Capability in ComputeCapability]: CudaRelease } = {
  "7.5": "10.0",
  "8.0": "11.0",
  "8.6": "11.0",
  "8.9": "11.8",
  "9.0": "11.8",
  "10.0": "12.8",
  "10.3": "12.9",
  "12.0": "12.8",
};

/** The oldest driver on which programs of any release with this major number run, if with fewer features. */
export const cudaMajorDrivers = { 11: "450.80.02", 12: "525.60.13", 13: "580.65.06" } as const;

/** Where a board needs a newer driver than its capability does. */
export const boardDrivers: { readonly [Id in GpuSpecId]?: string } = {
  "nvidia-b200-sxm": "570.133.20",
  "nvidia-rtx-pro-6000": "575.57.08",
};

/** Kernels that NVIDIA publishes ready-made driver containers for, and the branches of the driver. */
export const precompiledDrivers = {
  "ubuntu22.04": { kernels: { "5.15": [535, 570, 580], "6.8": [535, 570, 580] } },
  "ubuntu24.04": { kernels: { "6.8": [570, 580] } },
} as const satisfies Record<string, { kernels: Readonly<Record<string, readonly number[]>> }>;

export type PrecompiledSystem = keyof typeof precompiledDrivers;

/** Flavours of those kernels; the last part of a kernel's name. */
export const precompiledFlavours = ["generic", "nvidia", "azure", "aws", "oracle"] as const;

/** Where all this was read. Checked 2026-11-21. */
export const driverSources = {
  cudaDrivers: "NVIDIA, CUDA 13.2 release notes, toolkit and corresponding driver versions",
  firstCuda:
    "NVIDIA, CUDA toolkit, driver and architecture matrix; 10.3: what is new in CUDA 12.9, as cupy/cupy " +
    "issue 9124 has it",
  cudaMajorDrivers:
    "NVIDIA, CUDA minor version compatibility (450, 525, 580); digits: the first driver of CUDA 12.0 and " +
    "13.0, and the recommended one of 11.0",
  boardDrivers: "NVIDIA/cloud-native-docs gpu-operator, platform support @5572aa9",
  precompiledDrivers: "NVIDIA/cloud-native-docs gpu-operator, supported precompiled drivers @5572aa9",
} as const;
