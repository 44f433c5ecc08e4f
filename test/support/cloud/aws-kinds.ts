/** What the provider of AWS replaces, names and tells, of the kinds that a stack has. */
import type { Cloud, Invented, Kind } from "./kinds.ts";

/**
 * Replacements: ForceNew and RequiresReplace in hashicorp/terraform-provider-aws, internal/service/*; the
 * node group at 012e0a3, the add-on at 00a3530, others as its documentation says. Where
 * versions differ the stricter one stands here: of a cluster, role, subnets and key have replaced it in some.
 */
const kinds: Readonly<Record<string, Kind>> = {
  "aws:autoscaling/tag:Tag": { replacedBy: ["autoscalingGroupName", "tag.key"] },
  "aws:budgets/budget:Budget": { replacedBy: ["accountId", "name"], named: "name" },
  "aws:cloudwatch/logGroup:LogGroup": { replacedBy: ["name", "logGroupClass"], named: "name", id: "name" },
  "aws:ec2/eip:Eip": { replacedBy: ["domain", "address", "networkBorderGroup"] },
  "aws:ec2/internetGateway:InternetGateway": { replacedBy: [] },
  "aws:ec2/launchTemplate:LaunchTemplate": {
    replacedBy: ["name", "namePrefix"],
    named: "name",
    counts: ["latestVersion"],
  },
  "aws:ec2/natGateway:NatGateway": { replacedBy: ["allocationId", "connectivityType", "subnetId", "vpcId"] },
  "aws:ec2/placementGroup:PlacementGroup": {
    replacedBy: ["name", "strategy", "partitionCount", "spreadLevel"],
    named: "name",
    id: "name",
  },
  "aws:ec2/route:Route": {
    replacedBy: ["routeTableId", "destinationCidrBlock", "destinationPrefixListId"],
  },
  "aws:ec2/routeTable:RouteTable": { replacedBy: ["vpcId"] },
  "aws:ec2/routeTableAssociation:RouteTableAssociation": { replacedBy: ["subnetId", "gatewayId"] },
  "aws:ec2/securityGroup:SecurityGroup": {
    replacedBy: ["name", "namePrefix", "description", "vpcId"],
    named: "name",
  },
  "aws:ec2/subnet:Subnet": { replacedBy: ["availabilityZone", "availabilityZoneId", "cidrBlock", "vpcId"] },
  "aws:ec2/vpc:Vpc": { replacedBy: ["cidrBlock"] },
  "aws:ec2/vpcEndpoint:VpcEndpoint": { replacedBy: ["serviceName", "vpcEndpointType", "vpcId"] },
  "aws:ecr/pullThroughCacheRule:PullThroughCacheRule": {
    replacedBy: ["ecrRepositoryPrefix", "upstreamRegistryUrl", "upstreamRepositoryPrefix"],
    id: "ecrRepositoryPrefix",
  },
  "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate": { replacedBy: ["prefix"], id: "prefix" },
  "aws:efs/fileSystem:FileSystem": {
    replacedBy: ["availabilityZoneName", "creationToken", "encrypted", "kmsKeyId", "performanceMode"],
  },
  "aws:efs/mountTarget:MountTarget": { replacedBy: ["fileSystemId", "ipAddress", "subnetId"] },
  "aws:eks/accessEntry:AccessEntry": { replacedBy: ["clusterName", "principalArn", "type"] },
  "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": {
    replacedBy: ["accessScope", "clusterName", "policyArn", "principalArn"],
  },
  "aws:eks/addon:Addon": { replacedBy: ["addonName", "clusterName"] },
  "aws:eks/cluster:Cluster": {
    replacedBy: [
      "accessConfig.bootstrapClusterCreatorAdminPermissions",
      "bootstrapSelfManagedAddons",
      "encryptionConfig",
      "kubernetesNetworkConfig.ipFamily",
      "kubernetesNetworkConfig.serviceIpv4Cidr",
      "name",
      "outpostConfig",
      "roleArn",
      "vpcConfig.securityGroupIds",
      "vpcConfig.subnetIds",
    ],
    named: "name",
    id: "name",
  },
  "aws:eks/nodeGroup:NodeGroup": {
    replacedBy: [
      "amiType",
      "capacityType",
      "clusterName",
      "diskSize",
      "instanceTypes",
      "launchTemplate.id",
      "launchTemplate.name",
      "nodeGroupName",
      "nodeGroupNamePrefix",
      "nodeRoleArn",
      "remoteAccess",
      "subnetIds",
    ],
    named: "nodeGroupName",
    id: "nodeGroupName",
  },
  "aws:eks/podIdentityAssociation:PodIdentityAssociation": {
    replacedBy: ["clusterName", "namespace", "serviceAccount"],
  },
  "aws:iam/role:Role": { replacedBy: ["name", "namePrefix", "path"], named: "name", id: "name" },
  "aws:iam/rolePolicy:RolePolicy": { replacedBy: ["name", "namePrefix", "role"], named: "name" },
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": { replacedBy: ["policyArn", "role"] },
  "aws:kms/alias:Alias": { replacedBy: ["name", "namePrefix"], named: "name", id: "name" },
  "aws:kms/key:Key": { replacedBy: ["customerMasterKeySpec", "keyUsage", "multiRegion"] },
  "aws:s3/bucket:Bucket": {
    replacedBy: ["bucket", "bucketPrefix", "objectLockEnabled"],
    named: "bucket",
    id: "bucket",
  },
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": { replacedBy: ["bucket"] },
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls": { replacedBy: ["bucket"] },
  "aws:s3/bucketPolicy:BucketPolicy": { replacedBy: ["bucket"] },
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": { replacedBy: ["bucket"] },
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": {
    replacedBy: ["bucket"],
  },
  "aws:s3/bucketVersioning:BucketVersioning": { replacedBy: ["bucket"] },
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": { replacedBy: ["securityGroupId"] },
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": { replacedBy: ["securityGroupId"] },
};

/** An account that nobody has: AWS uses it in its own examples. */
const account = "123456789012";

export const awsCloud: Cloud = {
  kinds,
  inventions: [
    [/^arn$|Arn$/, arn],
    [/^region$/, ({ region }) => region],
    [/^tagsAll$/, ({ inputs }) => inputs.tags ?? {}],
    [/^(ownerId|registryId)$/, () => account],
    [/^dnsName$/, ({ id, region }) => `${id}.${region}.amazonaws.com`],
  ],
  functions: {
    /** Every machine in every zone of the region. */
    "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings": (_args, region) => ({
      id: region,
      locations: [..."abcdef"].map((letter) => `${region}${letter}`),
    }),
    /** One for each version of Kubernetes. */
    "aws:eks/getAddonVersion:getAddonVersion": ({ addonName, kubernetesVersion }) => ({
      id: addonName,
      version: `v${kubernetesVersion}.0-eksbuild.1`,
    }),
    "aws:servicequotas/getServiceQuota:getServiceQuota": () => ({ id: account, value: 5000 }),
  },
};

/** Of the resource itself, whatever property asks: arn:aws:eks:<region>:<account>:cluster/<name>. */
function arn({ token, id, region }: Invented): string {
  const [, module = "", kind = ""] = token.split(":");
  const service = module.split("/")[0] ?? module;
  if (service === "s3") return `arn:aws:s3:::${id}`;
  const place = service === "iam" ? `:${account}` : `${region}:${account}`;
  return `arn:aws:${service}:${place}:${kind.toLowerCase()}/${id}`;
}
