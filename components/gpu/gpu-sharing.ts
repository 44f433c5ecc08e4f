/** Shared accelerators on real clusters: what the GPU Operator needs to know of the pools' sharing. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { deviceClasses, deviceClassObject } from "../catalogue/dra.ts";
import type { Cluster, ProvisionedNodePool } from "../cluster/contract.ts";
import { parseConfig, refuse } from "../config.ts";
import { dnsLabel } from "../names.ts";
import { poolSharingProblems } from "../planning/sharing-problems.ts";
import { driverValues } from "./driver-values.ts";
import {
  configMapNames,
  devicePluginConfigs,
  migConfig,
  type NodeSelection,
  nodeSelections,
  operatorValues,
} from "./operator-config.ts";

const gpuSharingConfig = z.strictObject({
  /** Namespace of the GPU Operator, which this component makes. Default: gpu-operator. */
  namespace: dnsLabel.default("gpu-operator"),
});

export interface GpuSharingArgs extends z.input<typeof gpuSharingConfig> {
  cluster: Cluster;
  /** All pools of the cluster; dedicated ones get the plugin's defaults. */
  pools: readonly ProvisionedNodePool[];
}

export class GpuSharing extends pulumi.ComponentResource {
  /** Values for the chart of the GPU Operator; it is installed once the ConfigMaps are there. */
  readonly operatorValues: ReturnType<typeof operatorValues>;
  /** Values for the chart of NVIDIA's DRA driver; undefined where no pool wants claims. */
  readonly driverValues: ReturnType<typeof driverValues>;
  /** By pool: labels that its nodes must have for the operator to share them so. */
  readonly nodeLabels: Readonly<Record<string, readonly NodeSelection[]>>;
  /** What the GPU Operator depends on. */
  readonly configMaps: readonly pulumi.Resource[];

  constructor(name: string, args: GpuSharingArgs, opts?: pulumi.ComponentResourceOptions) {
    const { cluster, pools, ...input } = args;
    const owner = `GpuSharing "${name}"`;
    const { namespace } = parseConfig(gpuSharingConfig, input, owner);
    refuse(
      owner,
      pools.flatMap((pool) => poolSharingProblems(pool, ["pools", pool.name, "sharing"])),
    );
    super("plinth:gpu:GpuSharing", name, {}, { ...opts, provider: cluster.provider });

    const options = { parent: this, deleteBeforeReplace: true };
    // The operator's programs load kernel modules and see all devices of a node.
    const labels = { "pod-security.kubernetes.io/enforce": "privileged" };
    const space = new k8s.core.v1.Namespace(namespace, { metadata: { name: namespace, labels } }, options);
    const configMap = (objectName: string, data: Record<string, object>) =>
      new k8s.core.v1.ConfigMap(
        `${name}-${objectName}`,
        { metadata: { name: objectName, namespace }, data: written(data) },
        { ...options, dependsOn: [space] },
      );
    this.configMaps = [
      configMap(configMapNames.devicePlugin, devicePluginConfigs(pools)),
      configMap(configMapNames.mig, { "config.yaml": migConfig(pools) }),
    ];
    if (pools.some(({ sharing }) => sharing.mode === "dra" && sharing.devices === "shares")) {
      const { shares } = deviceClasses;
      new k8s.apiextensions.CustomResource(shares.name, deviceClassObject(shares), options);
    }
    this.operatorValues = operatorValues(pools);
    this.driverValues = driverValues(pools);
    this.nodeLabels = Object.fromEntries(pools.map((pool) => [pool.name, nodeSelections(pool)]));
    const { operatorValues: operator, driverValues: driver, nodeLabels } = this;
    this.registerOutputs({ namespace, operatorValues: operator, driverValues: driver, nodeLabels });
  }
}

/** JSON is YAML. */
function written(data: Record<string, object>): Record<string, string> {
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, JSON.stringify(value)]));
}
