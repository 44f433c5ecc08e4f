/** Rights of the driver of Lustre: the file systems with the cluster's tag, and no others of the account. */
import type * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { clusterTag, lustreDriver } from "../catalogue/eks.ts";
import type { AwsCluster } from "../cluster/aws.ts";
import { type AwsStatement, podIdentity } from "../cluster/aws-identity.ts";

export function lustreIdentity(
  name: string,
  { name: cluster, region, controlPlane }: AwsCluster,
  opts: pulumi.CustomResourceOptions,
): aws.eks.PodIdentityAssociation {
  const { namespace, serviceAccount } = lustreDriver;
  const account = controlPlane.cluster.arn.apply((arn) => arn.split(":")[4] ?? "");
  const rights = { statements: lustreStatements(cluster, region, account) };
  return podIdentity(name, { cluster: controlPlane.cluster.name, namespace, serviceAccount, rights }, opts);
}

/** Who makes a file system gives it the tag, by which alone it can be changed or deleted. */
function lustreStatements(cluster: string, region: string, account: pulumi.Output<string>): AwsStatement[] {
  const { make, change, read, service, serviceRole } = lustreDriver;
  const Resource = pulumi.interpolate`arn:aws:fsx:${region}:${account}:file-system/*`;
  const tagged = (of: "Request" | "Resource") => ({
    StringEquals: { [`aws:${of}Tag/${clusterTag}`]: cluster },
  });
  return [
    { Effect: "Allow", Action: make, Resource, Condition: tagged("Request") },
    { Effect: "Allow", Action: change, Resource, Condition: tagged("Resource") },
    // Asked for by id, but FSx weighs it as a list of all.
    {
      Effect: "Allow",
      Action: read,
      Resource: "*",
      Condition: { StringEquals: { "aws:RequestedRegion": region } },
    },
    {
      Effect: "Allow",
      Action: ["iam:CreateServiceLinkedRole"],
      Resource: pulumi.interpolate`arn:aws:iam::${account}:role/aws-service-role/${service}/${serviceRole}`,
      Condition: { StringEquals: { "iam:AWSServiceName": service } },
    },
  ];
}
