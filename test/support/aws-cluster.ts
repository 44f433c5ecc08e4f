/** An account of AWS that offers what its tests say, a cluster in it, and what EKS tells of one. */
import { Provider } from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";
import type { AwsAccount } from "../../components/cluster/aws-account.ts";
import { type AwsPool, awsPool } from "../../components/cluster/aws-pool.ts";
import { type AwsCluster, awsCluster } from "../../components/index.ts";

/** Three zones of one region. */
export const zones = ["us-east-1a", "us-east-1b", "us-east-1c"];

/** Outputs of mocks, by token. */
export const told = {
  "aws:eks/cluster:Cluster": {
    arn: "arn:aws:eks:us-east-1:123456789012:cluster/plinth",
    endpoint: "https://plinth.example",
    certificateAuthority: { data: "Y2E=" },
    vpcConfig: { clusterSecurityGroupId: "sg-cluster" },
  },
  "aws:eks/nodeGroup:NodeGroup": { resources: [{ autoscalingGroups: [{ name: "eks-group" }] }] },
  "aws:ec2/launchTemplate:LaunchTemplate": { latestVersion: 3 },
  "aws:ecr/pullThroughCacheRule:PullThroughCacheRule": { registryId: "123456789012" },
  "aws:iam/role:Role": { arn: "arn:aws:iam::123456789012:role/made" },
  "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings": { locations: zones },
  "aws:eks/getAddonVersion:getAddonVersion": { version: "v1.36.4-eksbuild.1" },
  "aws:servicequotas/getServiceQuota:getServiceQuota": { value: 5000 },
  "aws:kms/key:Key": { arn: "arn:aws:kms:us-east-1:123456789012:key/made", keyId: "made" },
};

/** Sells everything in every zone of the test, and lets so many vCPUs of any quota run. */
export function fakeAccount(offered: readonly string[] = zones, vcpus = 100_000): AwsAccount {
  return {
    offeredZones: () => pulumi.output([...offered]),
    vcpuLimit: () => pulumi.output(vcpus),
  };
}

export function makeAws(account = fakeAccount(), controlPlane = {}): AwsCluster {
  const provider = new Provider("aws", { region: "us-east-1" });
  return awsCluster("main", { provider, region: "us-east-1", network: { zones }, controlPlane, account });
}

/** A pool as the schema reads it. */
export function makePool(fields: Partial<z.input<typeof awsPool>> = {}): AwsPool {
  return awsPool.parse({ name: "l4", machine: "g6.4xlarge", nodes: 4, zones, ...fields });
}

/** Eight H100 to a machine, 32 EFAs, bought for a time. */
export const block: Partial<z.input<typeof awsPool>> = {
  name: "h100",
  machine: "p5.48xlarge",
  capacity: { type: "capacity-block", id: "cr-0123456789abcdef0" },
  zones: ["us-east-1a"],
  efa: true,
};
