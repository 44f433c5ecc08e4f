/** The nodes of a pool: a launch template, a managed node group, and what its autoscaler must know of it. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { clusterTag, rootDevices } from "../catalogue/eks.ts";
import { platformLabels } from "../catalogue/labels.ts";
import { eksGpuImages } from "../catalogue/node-images.ts";
import { networkCards, nodeDisks, poolGeneration } from "../planning/aws-pool.ts";
import { softwareLabels } from "../planning/gpu-software.ts";
import { nodeDevices, selectionLabels } from "../planning/sharing.ts";
import { minorVersion } from "../planning/version-order.ts";
import type { AwsPool } from "./aws-pool.ts";
import type { Taint } from "./contract.ts";
import { acceleratorTaint } from "./local-node.ts";

/** What the pools of a cluster have in common. */
export interface NodeGroupCluster {
  readonly name: string;
  readonly version: pulumi.Input<string>;
  readonly nodeRoleArn: pulumi.Input<string>;
  /** Subnets of nodes, by zone. */
  readonly subnets: Readonly<Record<string, pulumi.Input<string>>>;
  /** That of EKS, which every node and the control plane are in. */
  readonly securityGroupId: pulumi.Input<string>;
  /** Lets nodes with EFA reach each other past the kernel. */
  readonly efaGroupId: () => pulumi.Input<string>;
}

/** Makes the group; `machine` may come late, once the account was asked whether it can have it. */
export function nodeGroup(
  pool: AwsPool,
  cluster: NodeGroupCluster,
  machine: pulumi.Input<string>,
  opts: pulumi.CustomResourceOptions,
): aws.eks.NodeGroup {
  const generation = `${pool.name}-${poolGeneration(pool)}`;
  const template = launchTemplate(generation, pool, cluster, machine, opts);
  const isBlock = pool.capacity.type === "capacity-block";
  const group = new aws.eks.NodeGroup(
    generation,
    {
      clusterName: cluster.name,
      nodeGroupName: generation,
      nodeRoleArn: cluster.nodeRoleArn,
      subnetIds: pool.zones.map((zone) => subnetOf(cluster, zone)),
      amiType: pool.image,
      ...(pool.imageRelease ? { releaseVersion: pool.imageRelease } : {}),
      // EKS takes a release of the group's own version alone.
      version: pool.imageRelease ? minorVersion(pool.imageRelease) : cluster.version,
      capacityType: capacityTypes[pool.capacity.type],
      // A block is of one machine, which EKS wants in the template then.
      ...(isBlock ? {} : { instanceTypes: [machine] }),
      launchTemplate: { id: template.id, version: pulumi.interpolate`${template.latestVersion}` },
      scalingConfig: { minSize: pool.leastNodes, maxSize: pool.nodes, desiredSize: pool.leastNodes },
      // One after the other; where the machines are all there are, none beside it.
      updateConfig: { maxUnavailable: 1, updateStrategy: "id" in pool.capacity ? "MINIMAL" : "DEFAULT" },
      nodeRepairConfig: { enabled: true },
      labels: nodeLabels(pool),
      taints: [eksTaint(acceleratorTaint(pool.accelerator))],
    },
    {
      ...opts,
      // How many there are is the autoscaler's.
      ignoreChanges: ["scalingConfig.desiredSize"],
      // Machines that were paid for and may not come again: to let go of them takes a word of its own (F106).
      protect: "id" in pool.capacity,
    },
  );
  const scalingGroup = group.resources.apply((all) => all[0]?.autoscalingGroups?.[0]?.name ?? "");
  for (const [key, value] of Object.entries(autoscalerTags(pool))) {
    new aws.autoscaling.Tag(
      `${generation}-${key.slice(tagPrefix.length).replaceAll(/[^\w.-]+/g, "-")}`,
      { autoscalingGroupName: scalingGroup, tag: { key, value, propagateAtLaunch: false } },
      opts,
    );
  }
  return group;
}

const capacityTypes = {
  "on-demand": "ON_DEMAND",
  reservation: "ON_DEMAND",
  spot: "SPOT",
  "capacity-block": "CAPACITY_BLOCK",
} as const;

/**
 * Labels of every node, F69's among them: it tells the autoscaler that accelerators are still to come. What
 * the image carries is told too, so that the GPU Operator stays away from it where pools differ.
 */
export function nodeLabels(pool: AwsPool): Record<string, string> {
  return {
    [platformLabels.pool]: pool.name,
    "k8s.amazonaws.com/accelerator": pool.accelerator,
    ...softwareLabels(eksGpuImages[pool.image]),
    ...selectionLabels(pool, 0),
  };
}

const tagPrefix = "k8s.io/cluster-autoscaler/node-template/";

/** What a node of the group would be, for an autoscaler that has none to look at (F69). */
export function autoscalerTags(pool: AwsPool): Record<string, string> {
  const taint = acceleratorTaint(pool.accelerator);
  const { fabric } = pool;
  const resources = {
    ...nodeDevices(pool, 0),
    ...(fabric ? { [fabric.resourceName]: fabric.devicesPerNode } : {}),
    "ephemeral-storage": `${pool.podStorageGiB}Gi`,
  };
  const rows = [
    ...Object.entries(nodeLabels(pool)).map(([key, value]) => [`${tagPrefix}label/${key}`, value]),
    [`${tagPrefix}taint/${taint.key}`, `${taint.value}:${taint.effect}`],
    ...Object.entries(resources).map(([key, value]) => [`${tagPrefix}resources/${key}`, String(value)]),
  ];
  return Object.fromEntries(rows);
}

function launchTemplate(
  name: string,
  pool: AwsPool,
  cluster: NodeGroupCluster,
  machine: pulumi.Input<string>,
  opts: pulumi.CustomResourceOptions,
): aws.ec2.LaunchTemplate {
  const { capacity, efa } = pool;
  const { rootGiB, usesNvme } = nodeDisks(pool);
  const isBlock = capacity.type === "capacity-block";
  const target =
    "id" in capacity ? { capacityReservationTarget: { capacityReservationId: capacity.id } } : undefined;
  const tags = {
    Name: `${cluster.name}-${pool.name}`,
    [clusterTag]: cluster.name,
    [platformLabels.pool]: pool.name,
  };
  return new aws.ec2.LaunchTemplate(
    name,
    {
      name: `${cluster.name}-${name}`,
      ...(isBlock ? { instanceType: machine, instanceMarketOptions: { marketType: "capacity-block" } } : {}),
      ...(target ? { capacityReservationSpecification: target } : {}),
      ...(efa ? efaArgs(name, pool, cluster, opts) : {}),
      blockDeviceMappings: [
        {
          deviceName: rootDevices[pool.image],
          ebs: { volumeType: "gp3", volumeSize: rootGiB, encrypted: "true", deleteOnTermination: "true" },
        },
      ],
      // One hop: the node reads its own rights there, and no pod on it does (F114).
      metadataOptions: { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 },
      ...(usesNvme ? { userData: Buffer.from(nvmeUserData).toString("base64") } : {}),
      tagSpecifications: ["instance", "volume"].map((resourceType) => ({ resourceType, tags })),
      updateDefaultVersion: true,
    },
    opts,
  );
}

/** Close together, with every EFA of the machine. */
function efaArgs(
  name: string,
  { machine, capacity }: AwsPool,
  cluster: NodeGroupCluster,
  opts: pulumi.CustomResourceOptions,
): Pick<aws.ec2.LaunchTemplateArgs, "networkInterfaces" | "placement"> {
  // The machines of a block stand together already, and EC2 takes no group beside it.
  const together =
    capacity.type === "capacity-block"
      ? undefined
      : new aws.ec2.PlacementGroup(name, { name: `${cluster.name}-${name}`, strategy: "cluster" }, opts);
  return {
    ...(together ? { placement: { groupName: together.name } } : {}),
    networkInterfaces: networkCards(machine).map(({ card, device, kind }) => ({
      networkCardIndex: card,
      deviceIndex: device,
      ...(kind === "efa-only" ? { interfaceType: kind } : {}),
      securityGroups: [cluster.securityGroupId, cluster.efaGroupId()],
      deleteOnTermination: "true",
    })),
  };
}

/** Joins the machine's own disks, and puts images and what pods write there. */
const nvmeUserData = [
  "MIME-Version: 1.0",
  'Content-Type: multipart/mixed; boundary="//"',
  "",
  "--//",
  "Content-Type: application/node.eks.aws",
  "",
  "apiVersion: node.eks.aws/v1alpha1",
  "kind: NodeConfig",
  "spec:",
  "  instance:",
  "    localStorage:",
  "      strategy: RAID0",
  "",
  "--//--",
  "",
].join("\n");

/** EKS writes effects in its own way. */
function eksTaint({ key, value, effect }: Taint): aws.types.input.eks.NodeGroupTaint {
  return { key, value, effect: effect.replaceAll(/(?<=[a-z])(?=[A-Z])/g, "_").toUpperCase() };
}

function subnetOf({ subnets }: NodeGroupCluster, zone: string): pulumi.Input<string> {
  const subnet = subnets[zone];
  if (subnet === undefined) {
    const zones = Object.keys(subnets).join(", ");
    throw new pulumi.RunError(
      `zone ${zone} is none of the network's: ${zones}; add it there, or take one of these`,
    );
  }
  return subnet;
}
