/** Ways in which pods share an accelerator, and what each keeps apart. */
import type { AcceleratorResource } from "./hardware.ts";

/** What a pod does not share with others on its accelerator. */
export interface Isolation {
  /** Nobody else's allocations can use up the memory that it was given. */
  readonly memory: boolean;
  /** Nobody else's crash ends it. */
  readonly fault: boolean;
  /** Nobody else's load slows it down, but for PCIe and power. */
  readonly performance: boolean;
}

export type IsolationKind = keyof Isolation;

export const isolationKinds = ["memory", "fault", "performance"] as const satisfies IsolationKind[];

interface SharingModeFacts {
  readonly isolation: Isolation;
  readonly source: string;
  /** Day of the check, as year-month-day. */
  readonly date: string;
}

export const sharingModes = {
  /** Whole accelerators. */
  dedicated: {
    isolation: { memory: true, fault: true, performance: true },
    source: "a device is given to one container at a time: Kubernetes device plugins",
    date: "2026-11-21",
  },
  /** Pods take turns on the accelerator. */
  "time-slicing": {
    isolation: { memory: false, fault: false, performance: false },
    source: "NVIDIA/k8s-device-plugin README @00f2a02, Shared Access to GPUs",
    date: "2026-11-21",
  },
  /** Pods run at the same time, each with a limit on memory and threads. */
  mps: {
    isolation: { memory: true, fault: false, performance: false },
    source:
      "NVIDIA/k8s-device-plugin cmd/mps-control-daemon/mps/daemon.go @081a3ce (memory and thread limits); " +
      "CUDA MPS guide (a fatal fault of one client ends all of them; bandwidth and caches are shared)",
    date: "2026-11-21",
  },
  /** Pods have partitions of the accelerator, made in hardware. */
  mig: {
    isolation: { memory: true, fault: true, performance: true },
    source: "NVIDIA MIG user guide, concepts: own memory, caches, multiprocessors and fault containment",
    date: "2026-11-21",
  },
  /** Devices that the scheduler picks for claims: whole GPUs, or partitions that the driver makes. */
  dra: {
    isolation: { memory: true, fault: true, performance: true },
    source: "as dedicated and mig: the driver gives a claim its GPU alone, or a MIG instance of its own",
    date: "2026-11-21",
  },
} as const satisfies Record<string, SharingModeFacts>;

export type SharingMode = keyof typeof sharingModes;

/**
 * Accelerators that can be had in each mode: the device plugin of TPUs gives whole chips only, and they have
 * no driver for claims.
 */
export const modeResources: { readonly [Mode in SharingMode]: readonly AcceleratorResource[] } = {
  dedicated: ["nvidia.com/gpu", "google.com/tpu"],
  "time-slicing": ["nvidia.com/gpu"],
  mps: ["nvidia.com/gpu"],
  mig: ["nvidia.com/gpu"],
  dra: ["nvidia.com/gpu"],
};

/**
 * Claims on parts of a GPU's memory, the exception under DRA: the scheduler counts the parts, but the driver
 * limits nobody to them. kubernetes-sigs/dra-driver-nvidia-gpu pkg/featuregates @0807eed (ConsumableShares:
 * several claims on one device, MPS not supported with it). Checked 2026-11-21.
 */
export const countedShares: Isolation = { memory: false, fault: false, performance: false };

/**
 * Replicas of one accelerator. The device plugin refuses fewer than two, and more than 48 under MPS, the most
 * clients of an MPS server from Volta on; under time-slicing it knows no limit, and GKE's is the same 48.
 * Sources: NVIDIA/k8s-device-plugin api/config/v1/replicas.go, cmd/mps-control-daemon/mps/device.go @b5b9ab7;
 * GKE, maxSharedClientsPerGpu. Checked 2026-11-21.
 */
export const replicaLimits = { least: 2, most: 48 } as const;
