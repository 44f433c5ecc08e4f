/** What EKS calls things that a cluster of it is made of. */

/** Services whose addresses in the network keep a private cluster's traffic off the internet. */
export const awsEndpoints = {
  services: [
    "autoscaling",
    "ec2",
    "ecr.api",
    "ecr.dkr",
    "eks",
    "eks-auth",
    "elasticloadbalancing",
    "logs",
    "sts",
  ],
  source: "AWS, EKS user guide, private clusters; eks-auth: its Pod Identity page",
  date: "2026-11-21",
} as const;

/** The service account under which an add-on's controller runs, where it has rights of AWS. */
interface EksAddon {
  readonly namespace: string;
  readonly serviceAccount: string;
  /** AWS's own policy for it. */
  readonly policy: string;
}

/** Add-ons by the name that EKS gives them; undefined where one needs no rights, or has some of our own. */
export const eksAddons = {
  "vpc-cni": managed("aws-node", "AmazonEKS_CNI_Policy"),
  "kube-proxy": undefined,
  coredns: undefined,
  "eks-pod-identity-agent": undefined,
  "eks-node-monitoring-agent": undefined,
  "aws-ebs-csi-driver": managed("ebs-csi-controller-sa", "service-role/AmazonEBSCSIDriverPolicy"),
  "aws-efs-csi-driver": managed("efs-csi-controller-sa", "service-role/AmazonEFSCSIDriverPolicy"),
  /** AWS names AmazonFSxFullAccess alone, all of FSx; see lustreDriver. */
  "aws-fsx-csi-driver": undefined,
} as const satisfies Readonly<Record<string, EksAddon | undefined>>;

export type EksAddonName = keyof typeof eksAddons;

/** What the driver of Lustre asks of FSx for a class without a repository in S3. */
export const lustreDriver = {
  namespace: "kube-system",
  serviceAccount: "fsx-csi-controller-sa",
  make: ["fsx:CreateFileSystem", "fsx:TagResource"],
  change: ["fsx:UpdateFileSystem", "fsx:DeleteFileSystem"],
  read: ["fsx:DescribeFileSystems"],
  /** FSx works by a role of its own, which its first caller in an account makes. */
  service: "fsx.amazonaws.com",
  serviceRole: "AWSServiceRoleForAmazonFSx",
  source: "kubernetes-sigs/aws-fsx-csi-driver docs/install.md and pkg/cloud/cloud.go; AWS, FSx, using tags",
  date: "2026-11-21",
} as const;

/** AWS, EKS user guide: add-ons, and the policies that the page of each names. Checked 2026-11-21. */
function managed(serviceAccount: string, policy: string): EksAddon {
  return { namespace: "kube-system", serviceAccount, policy: managedPolicy(policy) };
}

function managedPolicy(name: string): string {
  return `arn:aws:iam::aws:policy/${name}`;
}

export const eksPolicies = {
  cluster: managedPolicy("AmazonEKSClusterPolicy"),
  /** A node joins and pulls images; what its pods may do is theirs. */
  node: [managedPolicy("AmazonEKSWorkerNodePolicy"), managedPolicy("AmazonEC2ContainerRegistryPullOnly")],
  /** Of access entries, which name them apart from IAM's. */
  clusterAdmin: "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy",
} as const;

/** Machines of the platform's own pods. */
export const systemMachine = "m7i.xlarge";

/** Four network interfaces with 15 addresses each leave 58 to pods (AWS, m7i.xlarge). */
export const systemMachineSize = { vcpus: 4, memoryGiB: 16, maxPods: 58, accelerators: 0 } as const;

export const systemImage = "AL2023_x86_64_STANDARD";

/** Device that holds what a node's pods read and write, by the machine image. */
export const rootDevices = {
  AL2023_x86_64_NVIDIA: "/dev/xvda",
  AL2023_ARM_64_NVIDIA: "/dev/xvda",
  /** The first disk holds the system alone. */
  BOTTLEROCKET_x86_64_NVIDIA: "/dev/xvdb",
} as const;

/** Tag of everything that a cluster costs; machines and disks have it from their launch template. */
export const clusterTag = "plinth.dev/cluster";

/** Minor versions by which nodes may be older (Kubernetes, version skew policy; 2026-11-21). */
export const nodeSkewMinors = 3;

/** Characters of a cache's prefix (AWS, ECR API reference, PullThroughCacheRule; 2026-11-21). */
export const longestCachePrefix = 30;

/** The largest gp3 volume (AWS, EBS volume types). */
export const largestVolumeGiB = 16_384;
