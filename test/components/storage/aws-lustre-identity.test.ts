import { expect, test } from "vitest";
import { lustreIdentity } from "../../../components/storage/aws-lustre-identity.ts";
import { makeAws, told } from "../../support/aws-cluster.ts";
import { record } from "../../support/record.ts";

async function build() {
  const resources = await record(() => void lustreIdentity("lustre", makeAws(), {}), told);
  return (type: string) =>
    resources.find(({ type: each, name }) => name === "lustre" && each.endsWith(`:${type}`))?.inputs;
}

test("the driver's account alone has the rights", async () => {
  const of = await build();
  expect(of("PodIdentityAssociation")).toMatchObject({
    clusterName: "main",
    namespace: "kube-system",
    serviceAccount: "fsx-csi-controller-sa",
  });
  expect(of("RolePolicyAttachment")).toBeUndefined();
});

test("it makes file systems with the cluster's tag, and changes only what has it", async () => {
  const of = await build();
  const Resource = "arn:aws:fsx:us-east-1:123456789012:file-system/*";
  expect(JSON.parse(String(of("RolePolicy")?.policy)).Statement).toEqual([
    {
      Effect: "Allow",
      Action: ["fsx:CreateFileSystem", "fsx:TagResource"],
      Resource,
      Condition: { StringEquals: { "aws:RequestTag/plinth.dev/cluster": "main" } },
    },
    {
      Effect: "Allow",
      Action: ["fsx:UpdateFileSystem", "fsx:DeleteFileSystem"],
      Resource,
      Condition: { StringEquals: { "aws:ResourceTag/plinth.dev/cluster": "main" } },
    },
    {
      Effect: "Allow",
      Action: ["fsx:DescribeFileSystems"],
      Resource: "*",
      Condition: { StringEquals: { "aws:RequestedRegion": "us-east-1" } },
    },
    {
      Effect: "Allow",
      Action: ["iam:CreateServiceLinkedRole"],
      Resource:
        "arn:aws:iam::123456789012:role/aws-service-role/fsx.amazonaws.com/AWSServiceRoleForAmazonFSx",
      Condition: { StringEquals: { "iam:AWSServiceName": "fsx.amazonaws.com" } },
    },
  ]);
});
