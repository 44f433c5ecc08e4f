/** How GKE and the GPU Operator divide the work on a node. */
import type { GpuPart } from "./node-images.ts";

/**
 * The two ways to run GPUs on GKE that work; what lies between them breaks. NVIDIA/aicr, recipes for the GPU
 * Operator on GKE, PR 1998 and 2047. That "managed" brings the toolkit too follows from the rest. Checked
 * 2026-11-20.
 */
export const gkeGpuProfiles = {
  /** Google installs the driver and runs its own device plugin. */
  managed: {
    carries: ["driver", "toolkit", "devicePlugin"],
    driverVersions: ["DEFAULT", "LATEST"],
    labels: {},
    env: {},
  },
  /** Google's installer is applied by hand, its device plugin stays away, and the operator does the rest. */
  operator: {
    carries: ["driver"],
    driverVersions: ["INSTALLATION_DISABLED"],
    labels: { "gke-no-default-nvidia-gpu-device-plugin": "true" },
    env: { RUNTIME_CONFIG_SOURCE: "file" },
  },
} as const satisfies Record<
  string,
  {
    carries: readonly GpuPart[];
    driverVersions: readonly string[];
    labels: Readonly<Record<string, string>>;
    env: Readonly<Record<string, string>>;
  }
>;

export type GkeGpuProfile = keyof typeof gkeGpuProfiles;
