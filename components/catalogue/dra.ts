/**
 * NVIDIA's driver for dynamic resource allocation (DRA): what its chart and its kubelet plugin publish. Read
 * in kubernetes-sigs/dra-driver-nvidia-gpu, cmd/gpu-kubelet-plugin deviceinfo.go @0545e9e, mig.go @0545e9e,
 * partitions.go @095b7a1, driver.go @1191eaa, consumable_shares.go @f49e778, pkg/featuregates @0807eed, and
 * compared with published listings of the ResourceSlices of an H100 node. Checked 2026-11-21.
 */
import type { AcceleratorId, GpuAcceleratorId } from "./hardware.ts";

/** Its name in ResourceSlices, and the domain of its attributes. */
export const draDriver = "gpu.nvidia.com";

/** Version of the CUDA driver that comes with `nvidiaDriver`: nvidia-smi listings of branch 595. */
export const cudaDriverVersion = "13.2.0";

/** What the devices of a DRA pool are. */
export const draDevices = ["whole", "partitions", "shares"] as const;

export type DraDevices = (typeof draDevices)[number];

const attributes = `device.attributes['${draDriver}']`;

function ofType(type: string): string {
  return `device.driver == '${draDriver}' && ${attributes}.type == '${type}'`;
}

export interface DeviceClass {
  readonly name: string;
  /** CEL expression that selects its devices. */
  readonly expression: string;
  /** Extended resource whose requests it answers on nodes without a device plugin. */
  readonly extendedResourceName?: string;
}

/** Classes that the driver's chart makes, where the API server has resource.k8s.io/v1. */
export const driverClasses = {
  whole: { name: "gpu.nvidia.com", expression: ofType("gpu"), extendedResourceName: "nvidia.com/gpu" },
  partitions: { name: "mig.nvidia.com", expression: ofType("mig") },
} as const satisfies Partial<Record<DraDevices, DeviceClass>>;

/**
 * Classes of claims. Shares are devices of the driver's class of whole GPUs, under a class of this platform's
 * own: Kueue counts by class, and a share is not counted as a GPU is.
 */
export const deviceClasses: Readonly<Record<DraDevices, DeviceClass>> = {
  ...driverClasses,
  shares: { name: "gpu-share.plinth.dev", expression: ofType("gpu") },
};

/** The object of a class, as the driver's chart writes its own. */
export function deviceClassObject({ name, expression, extendedResourceName }: DeviceClass) {
  return {
    apiVersion: "resource.k8s.io/v1",
    kind: "DeviceClass",
    metadata: { name },
    spec: {
      selectors: [{ cel: { expression } }],
      ...(extendedResourceName === undefined ? {} : { extendedResourceName }),
    },
  };
}

/** What Kueue counts claims of a class as; whole GPUs by number, parts by their memory in bytes. */
export const claimResources: Readonly<Record<DraDevices, string>> = {
  whole: "nvidia.com/gpu",
  partitions: "nvidia.com/mig.memory",
  shares: "nvidia.com/gpu.memory",
};

/** CEL expressions on a device. */
export const deviceExpressions = {
  product: (productName: string) => `${attributes}.productName == '${productName}'`,
  profile: (profile: string) => `${attributes}.profile == '${profile}'`,
};

/** The driver's feature gates that publish more than whole GPUs; both are alpha and off by default. */
export const driverGates: Readonly<Partial<Record<DraDevices, string>>> = {
  partitions: "DynamicMIG",
  shares: "ConsumableShares",
};

const nvmlNames: Readonly<Record<GpuAcceleratorId, string>> = {
  "nvidia-t4": "Tesla T4",
  "nvidia-l4": "NVIDIA L4",
  "nvidia-a10g": "NVIDIA A10G",
  "nvidia-a100-40gb": "NVIDIA A100-SXM4-40GB",
  "nvidia-a100-80gb": "NVIDIA A100-SXM4-80GB",
  "nvidia-l40s": "NVIDIA L40S",
  "nvidia-h100-80gb-sxm": "NVIDIA H100 80GB HBM3",
  "nvidia-h200-141gb-sxm": "NVIDIA H200",
  "nvidia-b200-sxm": "NVIDIA B200",
};

/** What NVML calls a GPU; GPU Feature Discovery puts dashes for spaces in its label. */
export function nvmlName(accelerator: AcceleratorId): string {
  const found = (nvmlNames as Partial<Record<AcceleratorId, string>>)[accelerator];
  if (found === undefined) throw new Error(`${accelerator} is no GPU`);
  return found;
}

/** GPUs whose MIG is switched only by a reset: the driver offers their partitions, but not the whole GPU. */
export const migSwitchedByReset: readonly AcceleratorId[] = ["nvidia-a100-40gb", "nvidia-a100-80gb"];

/** Limits of the API on one ResourceSlice: k8s.io/api 0.36, resource/v1. */
export const sliceLimits = { counterSets: 8 } as const;
