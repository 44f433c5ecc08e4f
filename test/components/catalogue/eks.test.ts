import { expect, test } from "vitest";
import {
  eksAddons,
  eksPolicies,
  rootDevices,
  systemImage,
  systemMachine,
} from "../../../components/catalogue/eks.ts";
import { eksGpuImages } from "../../../components/catalogue/node-images.ts";
import { awsEnum } from "../../support/vendor-declarations.ts";

test("the platform's own machines are types that EC2 and EKS declare", () => {
  expect(awsEnum("client-ec2", "_InstanceType")).toContain(systemMachine);
  expect(awsEnum("client-eks", "AMITypes")).toContain(systemImage);
});

test("every image has a disk", () => {
  expect(Object.keys(rootDevices)).toEqual(Object.keys(eksGpuImages));
});

test("rights are AWS's own policies, and an add-on has them with the account of its controller", () => {
  const policies = Object.values(eksAddons).flatMap((addon) => (addon ? [addon.policy] : []));
  for (const policy of [...policies, ...eksPolicies.node, eksPolicies.cluster]) {
    expect(policy).toMatch(/^arn:aws:iam::aws:policy\/(service-role\/)?Amazon\w+$/);
  }
  expect(eksAddons["vpc-cni"]).toEqual({
    namespace: "kube-system",
    serviceAccount: "aws-node",
    policy: "arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy",
  });
});

test("a node can join and pull, and read no bucket (F114)", () => {
  expect(eksPolicies.node.map((policy) => policy.split("/")[1])).toEqual([
    "AmazonEKSWorkerNodePolicy",
    "AmazonEC2ContainerRegistryPullOnly",
  ]);
});
