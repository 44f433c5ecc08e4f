/** Cluster Autoscaler on EKS: nodes come for pods that wait, and go when nothing runs on them. */
import type * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import type { AwsControlPlane } from "./aws-control-plane.ts";
import { podIdentity } from "./aws-identity.ts";
import type { ChartRelease } from "./contract.ts";

export interface AutoscalerPlace {
  readonly cluster: string;
  readonly region: string;
  readonly control: AwsControlPlane;
  readonly provider: aws.Provider;
  install(name: string, release: ChartRelease, opts: pulumi.ComponentResourceOptions): pulumi.Resource;
}

const serviceAccount = "cluster-autoscaler";
const namespace = "cluster-autoscaler";

/** Its rights end at the groups of this cluster. */
export function awsAutoscaler(name: string, place: AutoscalerPlace): pulumi.Resource {
  const { cluster, region, control, provider } = place;
  const opts = { parent: control, provider };
  const owned = { StringEquals: { [`aws:ResourceTag/k8s.io/cluster-autoscaler/${cluster}`]: "owned" } };
  const identity = podIdentity(
    name,
    {
      cluster: control.cluster.name,
      namespace,
      serviceAccount,
      rights: {
        statements: [
          { Effect: "Allow", Action: reads, Resource: "*" },
          { Effect: "Allow", Action: writes, Resource: "*", Condition: owned },
          {
            Effect: "Allow",
            Action: ["eks:DescribeNodegroup"],
            Resource: control.cluster.arn.apply((arn) => `${arn.replace(":cluster/", ":nodegroup/")}/*`),
          },
        ],
      },
    },
    opts,
  );
  return place.install(
    name,
    { chart: "clusterAutoscaler", namespace, values: autoscalerValues(cluster, region) },
    { parent: control, dependsOn: [identity] },
  );
}

/** kubernetes/autoscaler, cloudprovider/aws/README.md: the policy with discovery of groups by their tags. */
const reads = [
  "autoscaling:DescribeAutoScalingGroups",
  "autoscaling:DescribeAutoScalingInstances",
  "autoscaling:DescribeLaunchConfigurations",
  "autoscaling:DescribeScalingActivities",
  "ec2:DescribeImages",
  "ec2:DescribeInstanceTypes",
  "ec2:DescribeLaunchTemplateVersions",
  "ec2:GetInstanceTypesFromInstanceRequirements",
];
const writes = ["autoscaling:SetDesiredCapacity", "autoscaling:TerminateInstanceInAutoScalingGroup"];

/** Class by which Kueue has it order the nodes of a whole job at once. */
export const atomicScaleUp = "best-effort-atomic-scale-up.autoscaling.x-k8s.io";

export const awsProvisioningClasses: readonly string[] = [
  atomicScaleUp,
  "check-capacity.autoscaling.x-k8s.io",
];

/** Nodes with accelerators go ten minutes after their last pod. */
export function autoscalerValues(cluster: string, region: string) {
  return {
    cloudProvider: "aws",
    awsRegion: region,
    autoDiscovery: { clusterName: cluster },
    rbac: { serviceAccount: { name: serviceAccount } },
    extraArgs: {
      expander: "least-waste",
      "enable-provisioning-requests": true,
      "scale-down-unneeded-time": "10m",
      "skip-nodes-with-local-storage": false,
      "skip-nodes-with-system-pods": false,
      "balance-similar-node-groups": true,
    },
  };
}
