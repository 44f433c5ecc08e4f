/** Edits of the shipped stack of AWS, and every step that an update takes for each. */
import type { makeAwsStack } from "./aws-stack.ts";

type Stack = ReturnType<typeof makeAwsStack>;

export interface Edit {
  readonly edit: string;
  readonly change: (stack: Stack) => void;
  readonly want: readonly string[];
}

/** What a node group comes and goes with; `carried` are parts of NVIDIA's software that its image has. */
function generation(op: "create" | "delete", pool: string, carried = ["container-toolkit", "driver"]) {
  const tags = [
    "label-k8s.amazonaws.com-accelerator",
    ...carried.map((part) => `label-nvidia.com-gpu.deploy.${part}`),
    "label-plinth.dev-pool",
    "resources-ephemeral-storage",
    "resources-nvidia.com-gpu",
    "taint-nvidia.com-gpu",
  ];
  return [
    `${op} LaunchTemplate ${pool}-#`,
    `${op} NodeGroup ${pool}-#`,
    ...tags.map((tag) => `${op} Tag ${pool}-#-${tag}`),
  ];
}

const services = [
  "autoscaling",
  "ec2",
  "ecr.api",
  "ecr.dkr",
  "eks",
  "eks-auth",
  "elasticloadbalancing",
  "logs",
  "s3",
  "sts",
];

const addons = [
  "aws-ebs-csi-driver",
  "aws-efs-csi-driver",
  "aws-fsx-csi-driver",
  "coredns",
  "eks-node-monitoring-agent",
  "eks-pod-identity-agent",
  "kube-proxy",
  "vpc-cni",
];

export const edits: readonly Edit[] = [
  { edit: "nothing", change: () => {}, want: [] },
  {
    edit: "a larger pool",
    change: ({ pools }) => Object.assign(pools[1], { nodes: 10 }),
    want: ["update NodeGroup l4-#"],
  },
  {
    edit: "nodes that stay",
    change: ({ pools }) => Object.assign(pools[1], { leastNodes: 1 }),
    want: ["update NodeGroup l4-#"],
  },
  {
    edit: "a fourth zone of the network",
    change: ({ aws }) => aws.zones.push("us-east-1d"),
    want: [
      "create Eip plinth-us-east-1d",
      "create NatGateway plinth-us-east-1d",
      "create Route plinth-us-east-1d",
      "create RouteTable plinth-us-east-1d",
      "create RouteTableAssociation plinth-nodes-us-east-1d",
      "create RouteTableAssociation plinth-public-us-east-1d",
      "create Subnet plinth-nodes-us-east-1d",
      "create Subnet plinth-public-us-east-1d",
      "create Subnet plinth-services-us-east-1d",
      "create MountTarget plinth-efs-us-east-1d",
      "update NetworkPolicy research-allow-object-store",
      ...services.map((service) => `update VpcEndpoint plinth-${service}`),
      "update VpcEndpoint plinth-s3-gateway",
    ],
  },
  { edit: "zones in another order", change: ({ aws }) => aws.zones.reverse(), want: [] },
  {
    edit: "the next version of Kubernetes",
    change: ({ aws }) => Object.assign(aws, { kubernetesVersion: "1.37" }),
    want: [
      ...addons.map((addon) => `update Addon plinth-${addon}`),
      "update Cluster plinth",
      "update NodeGroup h100-#",
      "update NodeGroup l4-#",
      "update NodeGroup system-#",
    ],
  },
  {
    edit: "another release of the image",
    change: ({ pools }) => Object.assign(pools[1], { imageRelease: "1.36.0-20260714" }),
    want: ["update NodeGroup l4-#"],
  },
  {
    edit: "another kind of image",
    change: ({ pools }) => Object.assign(pools[1], { image: "BOTTLEROCKET_x86_64_NVIDIA" }),
    want: [
      ...generation("create", "l4", ["container-toolkit", "device-plugin", "driver"]),
      ...generation("delete", "l4"),
    ],
  },
  {
    edit: "spot in the place of on demand",
    change: ({ pools, prices }) => {
      Object.assign(pools[1], { capacity: { type: "spot" } });
      // Of which the catalogue knows no price, and the stack has a budget.
      prices.push({ pool: "l4", usdPerHour: 0.5 });
    },
    want: [...generation("create", "l4"), ...generation("delete", "l4")],
  },
  {
    edit: "one zone less of a pool",
    change: ({ pools }) => Object.assign(pools[1], { zones: ["us-east-1a", "us-east-1b"] }),
    want: [...generation("create", "l4"), ...generation("delete", "l4")],
  },
  {
    edit: "larger disks",
    change: ({ pools }) => Object.assign(pools[1], { podStorageGiB: 2000 }),
    want: [
      "update LaunchTemplate l4-#",
      "update NodeGroup l4-#",
      "update Tag l4-#-resources-ephemeral-storage",
    ],
  },
  {
    edit: "a new pool",
    change: ({ pools }) => pools.push({ ...pools[1], name: "a10g", machine: "g5.4xlarge", leastNodes: 8 }),
    want: [
      ...generation("create", "a10g"),
      "create NodePool a10g",
      "create ResourceFlavor kueue-resourceflavor-a10g",
    ],
  },
  {
    edit: "one more administrator (F104)",
    change: ({ aws }) => aws.admins.push("arn:aws:iam::123456789012:role/second"),
    want: ["create AccessEntry plinth-second", "create AccessPolicyAssociation plinth-second"],
  },
  {
    edit: "logs kept longer",
    change: ({ aws }) => Object.assign(aws, { logDays: 365 }),
    want: ["update LogGroup plinth"],
  },
  {
    edit: "no access from outside",
    change: ({ aws }) => Object.assign(aws, { publicAccessCidrs: [] }),
    want: ["update Cluster plinth"],
  },
  {
    edit: "old versions kept longer",
    change: ({ aws }) => Object.assign(aws.buckets, { oldVersionDays: 60 }),
    want: ["data", "models"].map((kind) => `update BucketLifecycleConfiguration acme-plinth-${kind}`),
  },
  {
    edit: "one more cache of images",
    change: ({ aws }) => aws.imageCaches.push("public.ecr.aws"),
    want: ["PullThroughCacheRule", "RepositoryCreationTemplate", "RolePolicy"].map(
      (kind) => `create ${kind} plinth-public.ecr.aws`,
    ),
  },
  {
    edit: "a larger budget",
    change: ({ aws }) => Object.assign(aws.budget, { usdPerMonth: 400_000 }),
    want: ["update Budget plinth"],
  },
  {
    edit: "another quota",
    change: ({ teams }) => Object.assign(teams[1].quotas[1], { accelerators: 4 }),
    want: ["update ClusterQueue kueue-clusterqueue-vision-l4"],
  },
];
