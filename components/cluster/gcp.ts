/** The cluster contract on Google Cloud: a private GKE cluster, and node pools that are never replaced. */
import * as gcp from "@pulumi/gcp";
import type * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";
import { gkeLabels } from "../catalogue/gke.ts";
import { gkeGpuProfiles } from "../catalogue/gke-gpu-profiles.ts";
import { accelerators } from "../catalogue/hardware.ts";
import { platformLabels, topologyLabels, tpuLabels } from "../catalogue/labels.ts";
import { repairServices } from "../catalogue/node-repair.ts";
import { parseConfig, refuse } from "../config.ts";
import { gcpTopology } from "../planning/cloud-topology.ts";
import { gkeAllocatable } from "../planning/gke-node-size.ts";
import { cpuQuantity, memoryQuantity } from "../planning/quantity.ts";
import { type PoolDevice, poolDevices } from "../planning/sharing.ts";
import { poolSlices } from "../planning/slices.ts";
import { gkeSystemNode } from "../planning/system-node.ts";
import { clusterProvider } from "./cluster-provider.ts";
import type { Cluster, ProvisionedNodePool } from "./contract.ts";
import { type FixedSettings, fixedSettings } from "./fixed-settings.ts";
import { gcpBudget } from "./gcp-budget.ts";
import { gcpClasses, sharedClasses } from "./gcp-classes.ts";
import { gcpControlPlane } from "./gcp-control-plane.ts";
import { type GcpClusterConfig, gcpClusterConfig } from "./gcp-fields.ts";
import { poolMembers } from "./gcp-generation.ts";
import { gcpNodeIdentity } from "./gcp-identity.ts";
import { gcpNetwork } from "./gcp-network.ts";
import { acceleratorNodePool, type NodeBasics, poolTaints, systemNodePool } from "./gcp-node-pool.ts";
import { type GcpPool, gcpAbilities, gcpPool, poolMachine } from "./gcp-pool.ts";
import { placedPoolProblems } from "./gcp-pool-rules.ts";
import { clusterProblems } from "./gcp-rules.ts";
import { helmRelease } from "./helm-release.ts";

export type GcpClusterArgs = z.input<typeof gcpClusterConfig>;

/** A cluster of GKE, with what Google Cloud gives beyond the contract. */
export interface GcpCluster extends Cluster<typeof gcpPool> {
  /** The provider that everything in the project is created with. */
  readonly cloud: gcp.Provider;
  /** Login of people and programs; it holds no credential. */
  readonly kubeconfig: pulumi.Output<string>;
  /** What stands before an image's name instead of its registry, by registry. */
  readonly mirrors: Readonly<Record<string, pulumi.Output<string>>>;
  /** Classes for claims of volumes. */
  readonly storageClasses: typeof gcpClasses;
}

export function gcpCluster(name: string, args: GcpClusterArgs): GcpCluster {
  const owner = `cluster "${name}"`;
  const config = parseConfig(gcpClusterConfig, args, owner);
  refuse(owner, clusterProblems(config));
  const { project, region } = config;

  const cloud = new gcp.Provider(name, {
    project: project.id,
    region,
    defaultLabels: { "managed-by": "plinth", "plinth-cluster": name },
  });
  const fixed = fixedSettings(name, owner, fixedAtFirst(config));
  const opts = { provider: cloud };
  const network = gcpNetwork(name, config, fixed.urn, opts);
  const identity = gcpNodeIdentity(name, config, opts);
  const plane = gcpControlPlane(name, config, { network, nodeAccount: identity.account }, opts);
  const basics: NodeBasics = {
    cluster: plane.cluster,
    region,
    serviceAccount: identity.account.email,
    diskKey: plane.diskKey.id,
  };
  const system = systemNodePool(`${name}-system`, config, basics, {
    ...opts,
    dependsOn: [...identity.grants, plane.diskGrant],
  });
  gcpBudget(name, config, opts);

  const provider = clusterProvider(
    name,
    { kubeconfig: plane.kubeconfig, clusterIdentifier: `${project.id}/${region}/${name}` },
    // Whatever is put into the cluster finds nodes to run on.
    { dependsOn: [system] },
  );
  sharedClasses(network, { provider });
  const { chartMirror } = config;

  return {
    abilities: gcpAbilities(chartMirror),
    provider,
    cloud,
    kubeconfig: plane.kubeconfig,
    mirrors: identity.mirrors,
    storageClasses: gcpClasses,
    topologyLevels: [gkeLabels.zone, tpuLabels.nodePool, topologyLabels.node],
    systemPlacement: { nodeSelector: { [platformLabels.system]: "true" }, tolerations: [] },
    systemNode: gkeSystemNode(config.systemPool.machine),
    diskClass: gcpClasses.disk,
    poolSchema: gcpPool,
    nodePool: (pool, poolOpts) =>
      provisionedPool(pool, config, basics, { ...poolOpts, provider: cloud, dependsOn: [system] }),
    install: (release, chart, releaseOpts) =>
      helmRelease(release, chart, { provider, ...(chartMirror ? { chartMirror } : {}) }, releaseOpts),
    programImage: () => undefined,
    repairLabels: repairServices.gkeFaultyHost.labels,
  };
}

/** What the provider would replace cluster or network for, or Google would refuse halfway. */
function fixedAtFirst({ project, region, network }: GcpClusterConfig): FixedSettings {
  const ranges = Object.entries(network).map(([key, range]) => [`network.${key}`, range]);
  return { "project.id": project.id, region, ...Object.fromEntries(ranges) };
}

function provisionedPool(
  pool: GcpPool,
  config: GcpClusterConfig,
  basics: NodeBasics,
  opts: pulumi.CustomResourceOptions,
): ProvisionedNodePool {
  refuse(`NodePool "${pool.name}"`, placedPoolProblems(pool, config));
  const resources = poolMembers(pool, { gpuProfile: config.gpuProfile }).map((member) =>
    acceleratorNodePool(member, pool, config.gpuProfile, basics, opts),
  );
  const devices = gkeDevices(pool, config);
  const size = gkeAllocatable(poolMachine(pool.machine));
  return {
    name: pool.name,
    accelerator: pool.accelerator,
    nodes: pool.nodes,
    acceleratorsPerNode: pool.acceleratorsPerNode,
    sharing: pool.sharing,
    devices,
    slices: poolSlices(pool),
    resourceName: devices[0]?.resourceName ?? "",
    labels: { [platformLabels.pool]: pool.name },
    taints: poolTaints(pool),
    topology: gcpTopology(pool),
    // On the managed profile Google brings everything, and on TPUs there is nothing to bring.
    sharedByMaker: config.gpuProfile === "managed",
    ...(config.gpuProfile === "operator" && accelerators[pool.accelerator].resourceName === "nvidia.com/gpu"
      ? { software: gkeGpuProfiles.operator }
      : {}),
    allocatable: {
      cpu: cpuQuantity(size.cpuMillis),
      memory: memoryQuantity(size.memoryMiB),
      ...Object.fromEntries(devices.map(({ resourceName, perNode }) => [resourceName, String(perNode)])),
    },
    resources,
  };
}

/** Google's device plugin has one name for whole GPUs, replicas and partitions. */
function gkeDevices(pool: GcpPool, { gpuProfile }: GcpClusterConfig): PoolDevice[] {
  const devices = poolDevices(pool);
  if (gpuProfile === "operator" || pool.sharing.mode !== "mig") return devices;
  return devices.map((device) => ({ ...device, resourceName: "nvidia.com/gpu" }));
}
