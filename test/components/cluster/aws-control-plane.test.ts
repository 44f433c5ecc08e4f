import { Provider } from "@pulumi/aws";
import { expect, test } from "vitest";
import { AwsControlPlane, type AwsControlPlaneArgs } from "../../../components/index.ts";
import { told } from "../../support/aws-cluster.ts";
import { record } from "../../support/record.ts";

const subnetIds = ["subnet-a", "subnet-b", "subnet-c"];

function build(edit: Partial<AwsControlPlaneArgs> = {}, more: (made: AwsControlPlane) => void = () => {}) {
  return record(() => {
    const provider = new Provider("aws", { region: "us-east-1" });
    more(new AwsControlPlane("main", { provider, subnetIds, ...edit }));
  }, told);
}

async function cluster(edit: Partial<AwsControlPlaneArgs> = {}) {
  return (await build(edit)).find(({ type }) => type === "aws:eks/cluster:Cluster");
}

test("the API answers inside alone, keeps secrets under its own key, and writes all down", async () => {
  const made = await cluster();
  expect(made?.inputs).toEqual({
    name: "main",
    version: "1.36",
    roleArn: "arn:aws:iam::123456789012:role/made",
    accessConfig: { authenticationMode: "API", bootstrapClusterCreatorAdminPermissions: true },
    bootstrapSelfManagedAddons: false,
    deletionProtection: true,
    encryptionConfig: {
      provider: { keyArn: "arn:aws:kms:us-east-1:123456789012:key/made" },
      resources: ["secrets"],
    },
    enabledClusterLogTypes: ["api", "audit", "authenticator", "controllerManager", "scheduler"],
    upgradePolicy: { supportType: "STANDARD" },
    vpcConfig: {
      subnetIds: ["subnet-a", "subnet-b", "subnet-c"],
      endpointPrivateAccess: true,
      endpointPublicAccess: false,
    },
  });
  // EKS refuses a cluster whose role has no rights, and makes a log group that keeps for ever.
  expect(made?.dependsOn).toEqual(expect.arrayContaining(["main", "main-cluster"]));
});

test("networks outside that may reach it are named", async () => {
  const made = await cluster({ publicAccessCidrs: ["203.0.113.0/24"] });
  expect(made?.inputs.vpcConfig).toMatchObject({
    endpointPrivateAccess: true,
    endpointPublicAccess: true,
    publicAccessCidrs: ["203.0.113.0/24"],
  });
});

test("its key turns over by itself, and its logs end", async () => {
  const resources = await build({ logDays: 30 });
  const inputs = Object.fromEntries(resources.map((resource) => [resource.type, resource.inputs]));
  expect(inputs["aws:kms/key:Key"]).toMatchObject({ enableKeyRotation: true });
  expect(inputs["aws:cloudwatch/logGroup:LogGroup"]).toEqual({
    name: "/aws/eks/main/cluster",
    retentionInDays: 30,
  });
});

test("who is let in or out touches an entry and no node (F104)", async () => {
  const admins = ["arn:aws:iam::123456789012:role/ops", "arn:aws:iam::123456789012:role/team/lead"];
  const [before, after] = [await build({ admins: admins.slice(0, 1) }), await build({ admins })];
  const known = new Set(before.map((resource) => JSON.stringify(resource)));
  const changed = after.filter((resource) => !known.has(JSON.stringify(resource)));
  expect(changed.map(({ type, name }) => [type, name])).toEqual([
    ["aws:eks/accessEntry:AccessEntry", "main-lead"],
    ["aws:eks/accessPolicyAssociation:AccessPolicyAssociation", "main-lead"],
  ]);
  expect(changed[1]?.inputs).toMatchObject({ principalArn: admins[1], accessScope: { type: "cluster" } });
});

test("an add-on comes after the rights of its controller (F92)", async () => {
  const resources = await build({}, (made) => made.addon("aws-ebs-csi-driver"));
  const own = resources.filter(({ name }) => name === "main-aws-ebs-csi-driver");
  const addon = own.find(({ type }) => type === "aws:eks/addon:Addon");
  expect(own.map(({ type }) => type)).toContain("aws:eks/podIdentityAssociation:PodIdentityAssociation");
  expect(addon?.dependsOn).toContain("main-aws-ebs-csi-driver");
  expect(addon?.inputs).toMatchObject({ addonName: "aws-ebs-csi-driver", clusterName: "main" });
});

test("an add-on is of the version that EKS names, and comes after the control plane", async () => {
  const resources = await build({}, (made) => made.addon("kube-proxy"));
  const addon = resources.find(({ type }) => type === "aws:eks/addon:Addon");
  expect(addon?.inputs.addonVersion).toBe("v1.36.4-eksbuild.1");
  expect(addon?.dependsOn).toContain("main");
});

test.each([
  { case: "everybody outside", edit: { publicAccessCidrs: ["0.0.0.0/0"] } },
  { case: "a user in the place of a role", edit: { admins: ["arn:aws:iam::123456789012:user/ada"] } },
  { case: "a patch version", edit: { kubernetesVersion: "1.36.4" } },
])("refused: $case", async ({ edit }) => {
  await expect(build(edit)).rejects.toThrow('AwsControlPlane "main": 1 problem');
});
