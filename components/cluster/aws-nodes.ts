/** What the nodes of an EKS cluster have in common: their rights, the platform's own nodes, EKS's add-ons. */
import { createHash } from "node:crypto";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { clusterTag, eksPolicies, systemImage, systemMachine } from "../catalogue/eks.ts";
import { platformLabels } from "../catalogue/labels.ts";
import type { AwsControlPlane } from "./aws-control-plane.ts";
import { serviceRole } from "./aws-identity.ts";
import type { AwsNetwork } from "./aws-network.ts";
import type { NodeGroupCluster } from "./aws-node-group.ts";

/** Label value of the platform's own nodes. */
export const systemPool = "system";

export interface ClusterNodes {
  /** Of every node. */
  readonly role: aws.iam.Role;
  readonly shared: NodeGroupCluster;
  /** Must be there before a pod of the platform can run. */
  readonly ready: readonly pulumi.Resource[];
}

/** Two to six machines for the platform's own pods, in the first three zones: a fourth moves none of them. */
export function clusterNodes(
  name: string,
  network: AwsNetwork,
  control: AwsControlPlane,
  provider: aws.Provider,
): ClusterNodes {
  const opts = { parent: control, provider };
  const { role, grants } = nodeRole(name, opts);
  const { cluster } = control;
  const securityGroupId = cluster.vpcConfig.apply((config) => config.clusterSecurityGroupId ?? "");
  const shared: NodeGroupCluster = {
    name,
    version: cluster.version,
    nodeRoleArn: role.arn,
    subnets: Object.fromEntries(network.zones.map(({ zone, nodes }) => [zone, nodes.id])),
    securityGroupId,
    efaGroupId: once(() => efaGroup(name, network.vpc, opts).id),
  };
  // Nodes are not ready without a network, and pods have no rights without the agent.
  const first = [
    control.addon("vpc-cni", {}, { enableNetworkPolicy: "true" }),
    control.addon("kube-proxy"),
    control.addon("eks-pod-identity-agent"),
  ];
  const system = systemGroup(shared, network, {
    ...opts,
    dependsOn: [network, cluster, ...grants, ...first],
  });
  const later = { dependsOn: [system] };
  const rest = [
    control.addon("coredns", later),
    control.addon("eks-node-monitoring-agent", later),
    control.addon("aws-ebs-csi-driver", later),
  ];
  return { role, shared, ready: [system, ...rest] };
}

function nodeRole(name: string, opts: pulumi.CustomResourceOptions) {
  const role = serviceRole(`${name}-node`, "ec2.amazonaws.com", ["sts:AssumeRole"], opts);
  const grants = eksPolicies.node.map(
    (policyArn) =>
      new aws.iam.RolePolicyAttachment(
        `${name}-node-${policyArn.split("/").at(-1)}`,
        { role: role.name, policyArn },
        opts,
      ),
  );
  return { role, grants };
}

function systemGroup(
  shared: NodeGroupCluster,
  network: AwsNetwork,
  opts: pulumi.CustomResourceOptions,
): aws.eks.NodeGroup {
  const zones = network.zones.slice(0, 3).sort((one, other) => one.zone.localeCompare(other.zone));
  const forced = JSON.stringify([systemMachine, systemImage, zones.map(({ zone }) => zone)]);
  const name = `${systemPool}-${createHash("sha256").update(forced).digest("hex").slice(0, 6)}`;
  const tags = { Name: `${shared.name}-${systemPool}`, [clusterTag]: shared.name };
  const template = new aws.ec2.LaunchTemplate(
    name,
    {
      name: `${shared.name}-${name}`,
      blockDeviceMappings: [
        {
          deviceName: "/dev/xvda",
          ebs: { volumeType: "gp3", volumeSize: 100, encrypted: "true", deleteOnTermination: "true" },
        },
      ],
      metadataOptions: { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 },
      tagSpecifications: ["instance", "volume"].map((resourceType) => ({ resourceType, tags })),
      updateDefaultVersion: true,
    },
    opts,
  );
  return new aws.eks.NodeGroup(
    name,
    {
      clusterName: shared.name,
      nodeGroupName: name,
      nodeRoleArn: shared.nodeRoleArn,
      subnetIds: zones.map(({ nodes }) => nodes.id),
      amiType: systemImage,
      version: shared.version,
      capacityType: "ON_DEMAND",
      instanceTypes: [systemMachine],
      launchTemplate: { id: template.id, version: pulumi.interpolate`${template.latestVersion}` },
      scalingConfig: { minSize: 2, maxSize: 6, desiredSize: 2 },
      updateConfig: { maxUnavailable: 1 },
      nodeRepairConfig: { enabled: true },
      labels: { [platformLabels.pool]: systemPool },
    },
    { ...opts, ignoreChanges: ["scalingConfig.desiredSize"] },
  );
}

/** EFA heeds only rules that name the group itself, both ways; a network does not count (F46). */
function efaGroup(name: string, vpc: aws.ec2.Vpc, opts: pulumi.CustomResourceOptions): aws.ec2.SecurityGroup {
  const description = "Nodes with EFA, which reach each other past the kernel";
  const group = new aws.ec2.SecurityGroup(`${name}-efa`, { vpcId: vpc.id, description }, opts);
  const rule = { securityGroupId: group.id, referencedSecurityGroupId: group.id, ipProtocol: "-1" };
  new aws.vpc.SecurityGroupIngressRule(`${name}-efa`, rule, opts);
  new aws.vpc.SecurityGroupEgressRule(`${name}-efa`, rule, opts);
  return group;
}

function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
