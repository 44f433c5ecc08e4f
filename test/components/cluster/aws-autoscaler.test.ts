import { expect, test } from "vitest";
import { autoscalerValues, awsProvisioningClasses } from "../../../components/cluster/aws-autoscaler.ts";
import { makeAws, told } from "../../support/aws-cluster.ts";
import { record } from "../../support/record.ts";

test("its rights end at the groups of its cluster (F92)", async () => {
  const resources = await record(() => void makeAws(), told);
  const own = resources.filter(({ name }) => name === "main-autoscaler");
  expect(own.map(({ type }) => type)).toEqual([
    "aws:eks/podIdentityAssociation:PodIdentityAssociation",
    "aws:iam/role:Role",
    "aws:iam/rolePolicy:RolePolicy",
    "kubernetes:helm.sh/v4:Chart",
  ]);
  const policy = JSON.parse(String(own[2]?.inputs.policy)).Statement;
  expect(policy.map(({ Condition }: { Condition?: object }) => Condition)).toEqual([
    undefined,
    { StringEquals: { "aws:ResourceTag/k8s.io/cluster-autoscaler/main": "owned" } },
    undefined,
  ]);
  expect(policy[2]).toMatchObject({
    Action: ["eks:DescribeNodegroup"],
    Resource: "arn:aws:eks:us-east-1:123456789012:nodegroup/plinth/*",
  });
  expect(policy[1].Action).toEqual([
    "autoscaling:SetDesiredCapacity",
    "autoscaling:TerminateInstanceInAutoScalingGroup",
  ]);
  const [tie, , , chart] = own;
  expect(tie?.inputs).toMatchObject({
    namespace: "cluster-autoscaler",
    serviceAccount: "cluster-autoscaler",
  });
  expect(chart?.dependsOn).toContain("main-autoscaler");
  expect(chart?.inputs).toMatchObject({ values: autoscalerValues("main", "us-east-1") });
});

test("it finds groups by their tags, and orders nodes for whole jobs", () => {
  const { autoDiscovery, awsRegion, rbac, extraArgs } = autoscalerValues("main", "us-east-1");
  expect({ autoDiscovery, awsRegion, rbac }).toEqual({
    autoDiscovery: { clusterName: "main" },
    awsRegion: "us-east-1",
    rbac: { serviceAccount: { name: "cluster-autoscaler" } },
  });
  expect(extraArgs["enable-provisioning-requests"]).toBe(true);
  expect(awsProvisioningClasses).toContain("check-capacity.autoscaling.x-k8s.io");
});
