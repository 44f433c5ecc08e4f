import { expect, test } from "vitest";
import {
  autoscalerTags,
  type NodeGroupCluster,
  nodeGroup,
  nodeLabels,
} from "../../../components/cluster/aws-node-group.ts";
import type { AwsPool } from "../../../components/cluster/aws-pool.ts";
import { block, makePool, told, zones } from "../../support/aws-cluster.ts";
import { record } from "../../support/record.ts";

const cluster: NodeGroupCluster = {
  name: "main",
  version: "1.36",
  nodeRoleArn: "arn:aws:iam::123456789012:role/node",
  subnets: Object.fromEntries(zones.map((zone) => [zone, `subnet-${zone.at(-1)}`])),
  securityGroupId: "sg-cluster",
  efaGroupId: () => "sg-efa",
};

async function build(pool: AwsPool) {
  const resources = await record(() => void nodeGroup(pool, cluster, pool.machine, {}), told);
  const of = (type: string) => resources.find((resource) => resource.type === type);
  return {
    resources,
    group: of("aws:eks/nodeGroup:NodeGroup"),
    template: of("aws:ec2/launchTemplate:LaunchTemplate"),
    placement: of("aws:ec2/placementGroup:PlacementGroup"),
  };
}

test("a pool with a release is of the release's version, wherever the control plane is", async () => {
  const { group } = await build(makePool({ imageRelease: "1.35.2-20260714" }));
  expect(group?.inputs).toMatchObject({ version: "1.35", releaseVersion: "1.35.2-20260714" });
});

test("a pool on demand: its own name and generation, tainted, one node after the other", async () => {
  const { group, template, placement } = await build(makePool());
  expect(group?.name).toMatch(/^l4-[0-9a-f]{6}$/);
  expect(group?.inputs).toEqual({
    clusterName: "main",
    nodeGroupName: group?.name,
    nodeRoleArn: "arn:aws:iam::123456789012:role/node",
    subnetIds: ["subnet-a", "subnet-b", "subnet-c"],
    amiType: "AL2023_x86_64_NVIDIA",
    version: "1.36",
    capacityType: "ON_DEMAND",
    instanceTypes: ["g6.4xlarge"],
    launchTemplate: { id: `${group?.name}-id`, version: "3" },
    scalingConfig: { minSize: 0, maxSize: 4, desiredSize: 0 },
    updateConfig: { maxUnavailable: 1, updateStrategy: "DEFAULT" },
    nodeRepairConfig: { enabled: true },
    labels: {
      "plinth.dev/pool": "l4",
      "k8s.amazonaws.com/accelerator": "nvidia-l4",
      "nvidia.com/gpu.deploy.driver": "false",
      "nvidia.com/gpu.deploy.container-toolkit": "false",
    },
    taints: [{ key: "nvidia.com/gpu", value: "present", effect: "NO_SCHEDULE" }],
  });
  expect(group).toMatchObject({ protect: false, ignoreChanges: ["scalingConfig.desiredSize"] });
  expect(placement).toBeUndefined();
  expect(template?.inputs).not.toHaveProperty("networkInterfaces");
});

test("no pod reads the rights of its node, and what a node writes is encrypted (F114)", async () => {
  const { template } = await build(makePool());
  expect(template?.inputs).toMatchObject({
    metadataOptions: { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 },
    blockDeviceMappings: [
      { deviceName: "/dev/xvda", ebs: { volumeType: "gp3", volumeSize: 40, encrypted: "true" } },
    ],
    tagSpecifications: ["instance", "volume"].map((resourceType) => ({
      resourceType,
      tags: { Name: "main-l4", "plinth.dev/cluster": "main", "plinth.dev/pool": "l4" },
    })),
  });
});

test("pods write on the machine's own disks, joined, where these suffice (F86)", async () => {
  const own = await build(makePool());
  expect(Buffer.from(String(own.template?.inputs.userData), "base64").toString()).toContain(
    "strategy: RAID0",
  );
  const large = await build(makePool({ podStorageGiB: 900 }));
  expect(large.template?.inputs).not.toHaveProperty("userData");
  expect(large.template?.inputs.blockDeviceMappings).toMatchObject([{ ebs: { volumeSize: 940 } }]);
});

test("a capacity block: its template has its id and machine, and it goes by no accident (F106)", async () => {
  const { group, template } = await build(makePool(block));
  expect(group?.inputs).toMatchObject({ capacityType: "CAPACITY_BLOCK", subnetIds: ["subnet-a"] });
  expect(group?.inputs).not.toHaveProperty("instanceTypes");
  expect(group?.inputs.updateConfig).toEqual({ maxUnavailable: 1, updateStrategy: "MINIMAL" });
  expect(group?.protect).toBe(true);
  expect(template?.inputs).toMatchObject({
    instanceType: "p5.48xlarge",
    instanceMarketOptions: { marketType: "capacity-block" },
    capacityReservationSpecification: {
      capacityReservationTarget: { capacityReservationId: "cr-0123456789abcdef0" },
    },
  });
});

test.each([
  { type: "spot", capacity: { type: "spot" }, want: ["SPOT", false, undefined] },
  {
    type: "reservation",
    capacity: { type: "reservation", id: "cr-00000000" },
    want: ["ON_DEMAND", true, { capacityReservationId: "cr-00000000" }],
  },
] as const)("capacity $type", async ({ capacity, want }) => {
  const { group, template } = await build(makePool({ capacity, zones: ["us-east-1a"] }));
  const target = template?.inputs.capacityReservationSpecification as
    | { capacityReservationTarget: object }
    | undefined;
  expect([group?.inputs.capacityType, group?.protect, target?.capacityReservationTarget]).toEqual(want);
  expect(template?.inputs).not.toHaveProperty("instanceMarketOptions");
});

test("EFA: every interface of the machine, close together, in the self-naming group (F46)", async () => {
  const { capacity: _, ...onDemand } = block;
  const { placement, group } = await build(makePool(onDemand));
  expect(placement?.inputs).toEqual({ name: `main-${group?.name}`, strategy: "cluster" });
  // EC2 places a block itself.
  const { template, placement: beside } = await build(makePool(block));
  expect([beside, template?.inputs.placement]).toEqual([undefined, undefined]);
  const interfaces = template?.inputs.networkInterfaces as object[];
  expect(interfaces.length).toBe(33);
  expect(interfaces.slice(0, 3)).toEqual([
    {
      networkCardIndex: 0,
      deviceIndex: 0,
      securityGroups: ["sg-cluster", "sg-efa"],
      deleteOnTermination: "true",
    },
    ...[0, 1].map((card) => ({
      networkCardIndex: card,
      deviceIndex: card === 0 ? 1 : 0,
      interfaceType: "efa-only",
      securityGroups: ["sg-cluster", "sg-efa"],
      deleteOnTermination: "true",
    })),
  ]);
});

test("an autoscaler that has no node to look at knows what one would be (F69)", async () => {
  const pool = makePool({ ...block, podStorageGiB: 4000 });
  const prefix = "k8s.io/cluster-autoscaler/node-template";
  expect(nodeLabels(pool)["k8s.amazonaws.com/accelerator"]).toBe("nvidia-h100-80gb-sxm");
  expect(autoscalerTags(pool)).toEqual({
    [`${prefix}/label/plinth.dev/pool`]: "h100",
    [`${prefix}/label/k8s.amazonaws.com/accelerator`]: "nvidia-h100-80gb-sxm",
    [`${prefix}/label/nvidia.com/gpu.deploy.driver`]: "false",
    [`${prefix}/label/nvidia.com/gpu.deploy.container-toolkit`]: "false",
    [`${prefix}/taint/nvidia.com/gpu`]: "present:NoSchedule",
    [`${prefix}/resources/nvidia.com/gpu`]: "8",
    [`${prefix}/resources/vpc.amazonaws.com/efa`]: "32",
    [`${prefix}/resources/ephemeral-storage`]: "4000Gi",
  });
  const { resources } = await build(pool);
  const tags = resources.filter(({ type }) => type === "aws:autoscaling/tag:Tag");
  expect(tags.length).toBe(8);
  expect(tags.every(({ inputs }) => inputs.autoscalingGroupName === "eks-group")).toBe(true);
});

test("the most nodes of a group are those that quotas are given out of (F71)", async () => {
  const { group } = await build(makePool({ nodes: 7, leastNodes: 2 }));
  expect(group?.inputs.scalingConfig).toEqual({ minSize: 2, maxSize: 7, desiredSize: 2 });
});

test("shared accelerators are counted as the replicas that they are (F69)", () => {
  const pool = makePool({ sharing: { mode: "time-slicing", replicas: 4 } });
  const tags = autoscalerTags(pool);
  expect(tags["k8s.io/cluster-autoscaler/node-template/resources/nvidia.com/gpu.shared"]).toBe("4");
});

test("a zone that the network does not have is refused", async () => {
  await expect(build(makePool({ zones: ["us-east-1f"] }))).rejects.toThrow(
    "zone us-east-1f is none of the network's: us-east-1a, us-east-1b, us-east-1c",
  );
});
