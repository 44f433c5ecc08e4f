/**
 * Values of the GPU Operator's chart, whole: what it brings, to which taints, and how devices are handed out.
 * Format: NVIDIA/gpu-operator v26.7.0, deployments/gpu-operator/values.yaml, by its documented reference.
 */
import { z } from "zod";
import type { Taint } from "../cluster/contract.ts";
import { clusterGpuStack, mountsDevices, type SoftwarePool } from "../planning/gpu-software.ts";
import { gpuStackValues } from "../planning/gpu-stack.ts";
import type { SharedPool } from "../planning/sharing.ts";
import { operatorValues } from "./operator-config.ts";

export interface OperatorPool extends SharedPool, SoftwarePool {
  readonly taints: readonly Taint[];
}

export interface DriverSettings {
  /** A version, or a branch where the containers are ready-made. */
  readonly version: string;
  readonly usePrecompiled: boolean;
  readonly kernelModuleType: "auto" | "open" | "proprietary";
}

export interface OperatorSettings {
  readonly driver: DriverSettings;
  readonly serviceMonitor: { readonly enabled: boolean; readonly labels: Readonly<Record<string, string>> };
}

/** All values; `check` of what is written here is the schema below. */
export function chartValues(pools: readonly OperatorPool[], { driver, serviceMonitor }: OperatorSettings) {
  const stack = clusterGpuStack(pools);
  const brought = gpuStackValues(stack);
  const shared = operatorValues(pools);
  const mounts = mountsDevices(pools) ? mountedDevices : { toolkit: [], devicePlugin: [] };
  const tolerations = poolTolerations(pools);
  const values = {
    operator: { cleanupCRD: false, upgradeCRD: false },
    cdi: { enabled: false },
    daemonsets: { tolerations },
    "node-feature-discovery": { worker: { tolerations } },
    driver: stack.operator.driver ? { ...brought.driver, ...driver } : brought.driver,
    toolkit: brought.toolkit.enabled
      ? { ...brought.toolkit, env: [...(brought.toolkit.env ?? []), ...mounts.toolkit] }
      : brought.toolkit,
    devicePlugin: {
      ...shared.devicePlugin,
      enabled: shared.devicePlugin.enabled && brought.devicePlugin.enabled,
      ...(mounts.devicePlugin.length > 0 ? { env: mounts.devicePlugin } : {}),
    },
    mig: shared.mig,
    migManager: shared.migManager,
    dcgmExporter: {
      enabled: true,
      serviceMonitor: { enabled: serviceMonitor.enabled, additionalLabels: { ...serviceMonitor.labels } },
    },
  };
  return operatorChartValues.parse(values);
}

/** Two halves of one decision: see `mountsDevices` (F112). */
const mountedDevices = {
  toolkit: [
    { name: "ACCEPT_NVIDIA_VISIBLE_DEVICES_ENVVAR_WHEN_UNPRIVILEGED", value: "false" },
    { name: "ACCEPT_NVIDIA_VISIBLE_DEVICES_AS_VOLUME_MOUNTS", value: "true" },
  ],
  devicePlugin: [{ name: "DEVICE_LIST_STRATEGY", value: "volume-mounts" }],
};

/** A node with GPUs that its plugin is kept off would never offer them, nor ever be given back (F108). */
export function poolTolerations(pools: readonly OperatorPool[]) {
  const keys = new Set(["nvidia.com/gpu", ...pools.flatMap(({ taints }) => taints.map(({ key }) => key))]);
  return [...keys].map((key) => ({ key, operator: "Exists" as const }));
}

const variables = z.array(z.strictObject({ name: z.string().min(1), value: z.string() }));
const tolerations = z.array(z.strictObject({ key: z.string().min(1), operator: z.literal("Exists") }));
const configMap = z.strictObject({
  name: z.string().min(1),
  // Made before the release, from the plan.
  create: z.literal(false),
  default: z.string().min(1),
});

/** A value that the chart does not know is ignored by it without a word: none is written that is not here. */
export const operatorChartValues = z.strictObject({
  operator: z.strictObject({ cleanupCRD: z.literal(false), upgradeCRD: z.literal(false) }),
  cdi: z.strictObject({ enabled: z.boolean() }),
  daemonsets: z.strictObject({ tolerations }),
  "node-feature-discovery": z.strictObject({ worker: z.strictObject({ tolerations }) }),
  driver: z.discriminatedUnion("enabled", [
    z.strictObject({ enabled: z.literal(false) }),
    z.strictObject({
      enabled: z.literal(true),
      version: z.string().regex(/^\d+(\.\d+){0,2}$/),
      usePrecompiled: z.boolean(),
      kernelModuleType: z.enum(["auto", "open", "proprietary"]),
    }),
  ]),
  toolkit: z.discriminatedUnion("enabled", [
    z.strictObject({ enabled: z.literal(false) }),
    z.strictObject({ enabled: z.literal(true), env: variables }),
  ]),
  devicePlugin: z.strictObject({
    enabled: z.boolean(),
    config: configMap,
    env: variables.optional(),
    mps: z.strictObject({ root: z.string().startsWith("/") }).optional(),
  }),
  mig: z.strictObject({ strategy: z.enum(["single", "mixed"]) }),
  migManager: z.strictObject({ enabled: z.boolean(), config: configMap }),
  dcgmExporter: z.strictObject({
    enabled: z.boolean(),
    serviceMonitor: z.strictObject({
      enabled: z.boolean(),
      additionalLabels: z.record(z.string(), z.string()),
    }),
  }),
});
