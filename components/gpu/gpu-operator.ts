/** The NVIDIA GPU Operator: brings to each node what it lacks, so that pods can ask for its GPUs. */
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { type PrecompiledSystem, precompiledDrivers } from "../catalogue/driver-support.ts";
import type { GpuSpecId } from "../catalogue/gpu-specs.ts";
import { charts, versions } from "../catalogue/versions.ts";
import type { Cluster, ProvisionedNodePool } from "../cluster/contract.ts";
import { parseConfig, refuse } from "../config.ts";
import { dnsLabel, labelKey, labelValue } from "../names.ts";
import { isClaimed } from "../planning/claims.ts";
import { chartProblems, driverProblems, operatorProblems } from "../planning/compatibility.ts";
import { type SoftwarePool, softwareProblems } from "../planning/gpu-software.ts";
import { gpuStack } from "../planning/gpu-stack.ts";
import { precompiledProblems } from "../planning/precompiled-driver.ts";
import type { Problem } from "../planning/problem.ts";
import { GpuSharing } from "./gpu-sharing.ts";
import { chartValues, type OperatorSettings, poolTolerations } from "./operator-values.ts";

const systems = Object.keys(precompiledDrivers) as [PrecompiledSystem, ...PrecompiledSystem[]];

/** Fields of the section, also used by the stack file. */
export const gpuOperatorFields = {
  /** Default: the driver that the operator's release was made with. */
  driverVersion: z
    .string()
    .regex(/^\d{3}\.\d{1,3}(\.\d{1,2})?$/, "a driver's version, such as those on NVIDIA's release pages")
    .default(versions.nvidiaDriver.version),
  /** Ready-made containers instead of compilation on the node, for nodes that stay on one kernel. */
  precompiledDriver: z
    .strictObject({
      /** Operating system of the nodes. */
      system: z.enum(systems),
      /** Branch of the driver. */
      branch: z.int().min(400).max(999),
      /** Release of the one kernel that they stay on; without it they take updates. */
      kernel: z.string().max(100).optional(),
      /** Tags that the registry was seen to have. */
      published: z.array(z.string().max(200)).max(1000).default([]),
    })
    .optional(),
  /** Which of the driver's kernel modules: NVIDIA's choice for the GPU, or one of the two. Default: auto. */
  kernelModuleType: z.enum(["auto", "open", "proprietary"]).default("auto"),
  /** Labels of the object by which a Prometheus operator finds the GPUs' metrics. Default: no such object. */
  serviceMonitorLabels: z.record(labelKey, labelValue).optional(),
};

const gpuOperatorConfig = z.strictObject({
  /** Its namespace. Default: gpu-operator. */
  namespace: dnsLabel.default("gpu-operator"),
  ...gpuOperatorFields,
});

type GpuOperatorConfig = z.output<typeof gpuOperatorConfig>;

export interface GpuOperatorArgs extends z.input<typeof gpuOperatorConfig> {
  cluster: Cluster;
  /** All pools of the cluster; those whose nodes say nothing of their software are left alone. */
  pools: readonly ProvisionedNodePool[];
}

/** A pool whose nodes say what they carry. */
type EquippedPool = ProvisionedNodePool & SoftwarePool;

export class GpuOperator extends pulumi.ComponentResource {
  /** Created once the operator runs; it then brings the rest, node by node. */
  readonly release: pulumi.Resource;
  /** How the pools share their GPUs. */
  readonly sharing: GpuSharing;
  /** NVIDIA's driver for claims; undefined where no pool wants them. */
  readonly draDriver: pulumi.Resource | undefined;

  constructor(name: string, args: GpuOperatorArgs, opts?: pulumi.ComponentResourceOptions) {
    const { cluster, pools, ...input } = args;
    const owner = `GpuOperator "${name}"`;
    const config = parseConfig(gpuOperatorConfig, input, owner);
    const equipped = pools.filter((pool): pool is EquippedPool => pool.software !== undefined);
    refuse(owner, operatorConfigProblems(config, equipped, cluster.kubernetes));
    super("plinth:gpu:GpuOperator", name, {}, { ...opts, provider: cluster.provider });

    const { namespace } = config;
    this.sharing = new GpuSharing(
      `${name}-sharing`,
      { cluster, pools: equipped, namespace },
      { parent: this },
    );
    this.release = cluster.install(
      "gpu-operator",
      {
        chart: "gpuOperator",
        namespace,
        values: chartValues(equipped, operatorSettings(config)),
        namespaceExists: true,
      },
      {
        parent: this,
        // It stays away from what nodes carry by their labels: these are there before it, and after it.
        dependsOn: [...this.sharing.configMaps, ...equipped.flatMap(({ resources }) => resources)],
      },
    );
    const { driverValues } = this.sharing;
    this.draDriver =
      driverValues &&
      cluster.install(
        "dra-driver",
        {
          chart: "draDriver",
          namespace: charts.draDriver.name,
          values: {
            ...driverValues,
            kubeletPlugin: { ...driverValues.kubeletPlugin, tolerations: poolTolerations(equipped) },
            nvidiaDriverRoot: driverRoot(equipped),
          },
        },
        { parent: this, dependsOn: [this.release] },
      );
    this.registerOutputs({ namespace });
  }
}

/** Versions that do not go together, and nodes that one operator cannot serve. */
function operatorConfigProblems(
  config: GpuOperatorConfig,
  pools: readonly EquippedPool[],
  kubernetes: string | undefined,
): Problem[] {
  const { precompiledDriver } = config;
  const served = pools.filter(({ software }) => gpuStack(software).operator.driver);
  const { version } = operatorSettings(config).driver;
  // Of a branch the newest is installed, whose further digits nobody knows.
  const driver = precompiledDriver ? `${version}.999` : version;
  const gpus = [...new Set(served.map(({ accelerator }) => accelerator))] as GpuSpecId[];
  const hasClaims = pools.some(isClaimed);
  return [
    ...(kubernetes === undefined
      ? []
      : [
          ...operatorProblems(["cluster"], versions.gpuOperator.version, kubernetes),
          ...(hasClaims ? chartProblems(["cluster"], "draDriver", kubernetes) : []),
        ]),
    ...(precompiledDriver ? precompiledProblems(["precompiledDriver"], precompiled(precompiledDriver)) : []),
    ...gpus.flatMap((gpu) => driverProblems(["driverVersion"], { gpu, driver })),
    ...softwareProblems(["pools"], pools),
    ...driverRootProblems(pools),
  ];
}

function precompiled({ kernel, ...driver }: NonNullable<GpuOperatorConfig["precompiledDriver"]>) {
  return kernel === undefined ? driver : { ...driver, kernel };
}

/** The driver for claims is one release, which looks for the GPU driver in one place. */
function driverRootProblems(pools: readonly EquippedPool[]): Problem[] {
  const claimed = pools.filter(isClaimed);
  const [first] = claimed;
  if (first === undefined) return [];
  return claimed
    .filter((pool) => bringsDriver(pool) !== bringsDriver(first))
    .map((pool) => ({
      path: ["pools", pool.name, "software", "carries"],
      given: bringsDriver(pool) ? "no driver" : "driver",
      allowed: `the same as pool ${first.name}: the driver for claims looks for the GPU driver in one place`,
      remedy: "have the driver on the nodes of both pools, or on those of neither",
    }));
}

function bringsDriver({ software }: SoftwarePool): boolean {
  return gpuStack(software).operator.driver;
}

/** Where the operator's driver container puts the driver, or where a machine image has it. */
function driverRoot(pools: readonly EquippedPool[]): string {
  return pools.filter(isClaimed).some(bringsDriver) ? "/run/nvidia/driver" : "/";
}

function operatorSettings(config: GpuOperatorConfig): OperatorSettings {
  const { precompiledDriver, driverVersion, kernelModuleType, serviceMonitorLabels } = config;
  return {
    driver: {
      version: precompiledDriver ? String(precompiledDriver.branch) : driverVersion,
      usePrecompiled: precompiledDriver !== undefined,
      kernelModuleType,
    },
    serviceMonitor: {
      enabled: serviceMonitorLabels !== undefined,
      labels: serviceMonitorLabels ?? {},
    },
  };
}
