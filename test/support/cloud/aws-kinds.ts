/** What the provider of AWS replaces, names and tells, of the kinds that a stack has. */
import type { Cloud, Invented, Kind } from "./kinds.ts";

/**
 * Replacements: ForceNew and RequiresReplace in hashicorp/terraform-provider-aws, internal/service/*, read
 * where a commit is named below, else as its documentation says; and what the SDK's declarations say.
 * The provider at hand may be another version: where versions differ, or where it depends on the values, the
 * stricter one stands here. Of a cluster, role, subnets and key have replaced it in some.
 *
 * budgets/budget 01d5888, logs/group 0073593, ec2: ec2_eip 0160692, vpc_ 00081ce, vpc_endpoint 008db85,
 * vpc_nat_gateway 04088ea, vpc_route 0128541, vpc_security_group_ingress_rule 00a3220, vpc_subnet 00cda12,
 * ecr: pull_through_cache_rule 0509e60, repository_creation_template 083b5c7, efs/mount_target 0593466,
 * eks: access_policy_association 01f4311, addon 00a3530, cluster 00555dc, node_group 012e0a3,
 * pod_identity_association 00a3530, kms/key 00a3530, s3/bucket_versioning 01c0800.
 *
 * Not told here: a rule of a security group whose source becomes one of another kind, and private names of an
 * endpoint that has no interfaces. No component changes either.
 */
const rows: Readonly<Record<string, Kind>> = {
  "aws:autoscaling/tag:Tag": { replacedBy: ["autoscalingGroupName", "tag.key"] },
  "aws:budgets/budget:Budget": { replacedBy: ["accountId", "name", "namePrefix"], named: "name" },
  "aws:cloudwatch/logGroup:LogGroup": {
    replacedBy: ["logGroupClass", "name", "namePrefix"],
    named: "name",
    id: "name",
  },
  "aws:ec2/eip:Eip": {
    replacedBy: ["address", "domain", "ipamPoolId", "networkBorderGroup", "publicIpv4Pool"],
  },
  "aws:ec2/internetGateway:InternetGateway": { replacedBy: [] },
  "aws:ec2/launchTemplate:LaunchTemplate": {
    replacedBy: ["name", "namePrefix"],
    named: "name",
    counts: ["latestVersion"],
  },
  "aws:ec2/natGateway:NatGateway": {
    replacedBy: [
      "allocationId",
      "availabilityMode",
      "connectivityType",
      "privateIp",
      "secondaryPrivateIpAddressCount",
      "subnetId",
      "vpcId",
    ],
  },
  "aws:ec2/placementGroup:PlacementGroup": {
    replacedBy: ["name", "strategy", "partitionCount", "spreadLevel"],
    named: "name",
    id: "name",
  },
  "aws:ec2/route:Route": {
    replacedBy: [
      "destinationCidrBlock",
      "destinationIpv6CidrBlock",
      "destinationPrefixListId",
      "routeTableId",
    ],
  },
  "aws:ec2/routeTable:RouteTable": { replacedBy: ["vpcId"] },
  "aws:ec2/routeTableAssociation:RouteTableAssociation": { replacedBy: ["subnetId", "gatewayId"] },
  "aws:ec2/securityGroup:SecurityGroup": {
    replacedBy: ["name", "namePrefix", "description", "vpcId"],
    named: "name",
  },
  "aws:ec2/subnet:Subnet": {
    replacedBy: [
      "availabilityZone",
      "availabilityZoneId",
      "cidrBlock",
      "ipv4IpamPoolId",
      "ipv4NetmaskLength",
      "ipv6CidrBlock",
      "ipv6IpamPoolId",
      "ipv6Native",
      "ipv6NetmaskLength",
      "outpostArn",
      "vpcId",
    ],
  },
  "aws:ec2/vpc:Vpc": { replacedBy: ["cidrBlock", "instanceTenancy", "ipv4IpamPoolId", "ipv4NetmaskLength"] },
  "aws:ec2/vpcEndpoint:VpcEndpoint": {
    replacedBy: [
      "dnsOptions.privateDnsPreference",
      "dnsOptions.privateDnsSpecifiedDomains",
      "resourceConfigurationArn",
      "serviceName",
      "serviceNetworkArn",
      "serviceRegion",
      "vpcEndpointType",
      "vpcId",
    ],
  },
  "aws:ecr/pullThroughCacheRule:PullThroughCacheRule": {
    replacedBy: ["ecrRepositoryPrefix", "upstreamRegistryUrl", "upstreamRepositoryPrefix"],
    id: "ecrRepositoryPrefix",
  },
  "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate": { replacedBy: ["prefix"], id: "prefix" },
  "aws:efs/fileSystem:FileSystem": {
    replacedBy: ["availabilityZoneName", "creationToken", "encrypted", "kmsKeyId", "performanceMode"],
  },
  "aws:efs/mountTarget:MountTarget": {
    replacedBy: ["fileSystemId", "ipAddress", "ipAddressType", "ipv6Address", "subnetId"],
  },
  "aws:eks/accessEntry:AccessEntry": { replacedBy: ["clusterName", "principalArn", "type"] },
  "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": {
    replacedBy: ["accessScope", "clusterName", "policyArn", "principalArn"],
  },
  "aws:eks/addon:Addon": { replacedBy: ["addonName", "clusterName", "namespaceConfig"] },
  "aws:eks/cluster:Cluster": {
    replacedBy: [
      "accessConfig.bootstrapClusterCreatorAdminPermissions",
      "bootstrapSelfManagedAddons",
      "computeConfig.nodeRoleArn",
      "encryptionConfig",
      "kubernetesNetworkConfig.ipFamily",
      "kubernetesNetworkConfig.serviceIpv4Cidr",
      "name",
      "outpostConfig",
      "remoteNetworkConfig",
      "roleArn",
      "vpcConfig.controlPlaneEgressMode",
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
  "aws:kms/key:Key": {
    replacedBy: ["customKeyStoreId", "customerMasterKeySpec", "keyUsage", "multiRegion", "xksKeyId"],
  },
  "aws:s3/bucket:Bucket": {
    replacedBy: ["bucket", "bucketNamespace", "bucketPrefix", "objectLockEnabled"],
    named: "bucket",
    id: "bucket",
  },
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": {
    replacedBy: ["bucket", "expectedBucketOwner"],
  },
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls": { replacedBy: ["bucket"] },
  "aws:s3/bucketPolicy:BucketPolicy": { replacedBy: ["bucket"] },
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": { replacedBy: ["bucket"] },
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": {
    replacedBy: ["bucket", "expectedBucketOwner"],
  },
  "aws:s3/bucketVersioning:BucketVersioning": { replacedBy: ["bucket", "expectedBucketOwner"] },
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": { replacedBy: ["securityGroupId"] },
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": { replacedBy: ["securityGroupId"] },
};

/** What a service has once for all regions says no region. */
const isGlobal = (token: string) => /^aws:(budgets|iam)\//.test(token);

/** What stands in a region is another thing in another one (internal/provider, forceNewIfRegionChanges). */
const kinds = Object.fromEntries(
  Object.entries(rows).map(([token, kind]) => [
    token,
    isGlobal(token) ? kind : { ...kind, replacedBy: [...kind.replacedBy, "region"] },
  ]),
);

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
