import { expect, test } from "vitest";
import { NodePool } from "../../../components/index.ts";
import { block, makeAws, told } from "../../support/aws-cluster.ts";
import { record } from "../../support/record.ts";

const { name: _, ...fields } = block;

const build = () => record(() => void makeAws(), told);

test("the platform's own nodes stand in three zones, untainted, under a name of their own", async () => {
  const resources = await build();
  const group = resources.find(({ type }) => type === "aws:eks/nodeGroup:NodeGroup");
  expect(group?.name).toMatch(/^system-[0-9a-f]{6}$/);
  expect(group?.inputs).toMatchObject({
    nodeGroupName: group?.name,
    labels: { "plinth.dev/pool": "system" },
    scalingConfig: { minSize: 2, maxSize: 6, desiredSize: 2 },
    subnetIds: ["a", "b", "c"].map((letter) => `main-nodes-us-east-1${letter}-id`),
  });
  expect(group?.inputs).not.toHaveProperty("taints");
  expect(group?.ignoreChanges).toEqual(["scalingConfig.desiredSize"]);
});

test("network and identity are there before the first node, name resolution after it", async () => {
  const resources = await build();
  const group = resources.find(({ type }) => type === "aws:eks/nodeGroup:NodeGroup");
  expect(group?.dependsOn).toEqual(
    expect.arrayContaining(["main-vpc-cni", "main-kube-proxy", "main-eks-pod-identity-agent"]),
  );
  const resolver = resources.find(
    ({ type, name }) => type === "aws:eks/addon:Addon" && name === "main-coredns",
  );
  expect(resolver?.dependsOn).toContain(group?.name);
});

test("nothing in the cluster is made before the platform's nodes are (F64)", async () => {
  const resources = await build();
  const provider = resources.find(({ type }) => type === "pulumi:providers:kubernetes");
  expect(provider?.dependsOn).toEqual(
    expect.arrayContaining([expect.stringMatching(/^system-/), "main-coredns", "main-aws-ebs-csi-driver"]),
  );
});

test("nodes with EFA reach each other by rules that name their own group, made once (F46)", async () => {
  const resources = await record(() => {
    const cluster = makeAws();
    for (const name of ["one", "two"]) {
      new NodePool(name, { cluster, ...fields, machine: "p5.48xlarge", nodes: 2, zones: ["us-east-1a"] });
    }
  }, told);
  const rules = resources.filter(
    ({ type, name }) => /SecurityGroup\w+Rule$/.test(type) && name === "main-efa",
  );
  expect(rules.map(({ type }) => type.split(":").at(-1))).toEqual([
    "SecurityGroupEgressRule",
    "SecurityGroupIngressRule",
  ]);
  for (const { inputs } of rules) {
    expect(inputs).toEqual({
      securityGroupId: "main-efa-id",
      referencedSecurityGroupId: "main-efa-id",
      ipProtocol: "-1",
    });
  }
  const charts = resources.filter(({ name }) => name === "efa-device-plugin");
  expect(charts.length).toBe(1);
});
