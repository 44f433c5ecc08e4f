import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { NodePool } from "../../../components/cluster/node-pool.ts";
import {
  type OnpremClusterArgs,
  onpremAbilities,
  onpremCluster,
} from "../../../components/cluster/onprem.ts";
import { record } from "../../support/record.ts";
import { joinedInventory, makeInventory } from "../../support/site.ts";

const args: OnpremClusterArgs = {
  kubeconfig: "/etc/plinth/kubeconfig",
  inventory: makeInventory(),
  distribution: "kubeadm",
  diskClass: "disks",
  domainLabels: { rack: "example.org/rack" },
};

const pool = {
  accelerator: "nvidia-h100-80gb-sxm",
  nodes: 2,
  acceleratorsPerNode: 8,
  nodeSelector: { "example.org/pool": "h100" },
} as const;

test("a cluster with a version, a class of disks, and the domains that its nodes tell (F48)", async () => {
  await record(() => {
    const cluster = onpremCluster("onprem", { ...args, loadBalancerClass: "site.example.org/lb" });
    expect(cluster.kubernetes).toBe("v1.35.2+k3s1");
    expect(cluster.diskClass).toBe("disks");
    expect(cluster.loadBalancerClass).toBe("site.example.org/lb");
    expect(cluster.topologyLevels).toEqual(["topology.plinth.dev/rack", "kubernetes.io/hostname"]);
    expect(onpremCluster("bare", { ...args, domainLabels: {} }).topologyLevels).toEqual([
      "kubernetes.io/hostname",
    ]);
  });
});

test("claims of devices that the cluster does not serve are refused", async () => {
  await record(() => {
    const cluster = onpremCluster("onprem", args);
    const sharing = { mode: "dra", devices: "partitions" } as const;
    expect(() => new NodePool("h100", { cluster, ...pool, sharing })).toThrow(
      '"partitions" on Kubernetes v1.35.2+k3s1',
    );
  });
});

test("nodes are labelled, and nothing else about them is touched", async () => {
  let provisioned: NodePool["provisioned"] | undefined;
  const resources = await record(() => {
    const cluster = onpremCluster("onprem", args);
    const sharing = { mode: "time-slicing", replicas: 4 } as const;
    provisioned = new NodePool("h100", { cluster, ...pool, carries: ["driver"], sharing }).provisioned;
  });
  const patches = resources.filter(({ type }) => type === "kubernetes:core/v1:NodePatch");
  expect(patches.map(({ name, parent, provider }) => [name, parent, provider])).toEqual([
    ["h100-gpu-1", "plinth:cluster:NodePool h100", "onprem"],
    ["h100-gpu-2", "plinth:cluster:NodePool h100", "onprem"],
  ]);
  expect(patches[0]?.inputs).toEqual({
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name: "gpu-1",
      labels: {
        "plinth.dev/pool": "h100",
        "topology.plinth.dev/rack": "r1",
        "nvidia.com/gpu.deploy.driver": "false",
        "nvidia.com/device-plugin.config": "time-slicing-4",
      },
      annotations: { "pulumi.com/patchForce": "true" },
    },
  });
  expect(resources.some(({ type }) => type === "kubernetes:core/v1:Node")).toBe(false);
  expect(provisioned).toMatchObject({
    name: "h100",
    resourceName: "nvidia.com/gpu.shared",
    labels: { "plinth.dev/pool": "h100" },
    taints: [{ key: "example.org/gpu", value: "h100", effect: "NoSchedule" }],
    allocatable: { cpu: "95500m", memory: "1000Gi", "nvidia.com/gpu.shared": "32" },
    software: { carries: ["driver"], env: {} },
    domains: [{ "topology.plinth.dev/rack": "r1" }, { "topology.plinth.dev/rack": "r1" }],
  });
});

test.each([
  {
    case: "all nodes are joined",
    labelled: ["gpu-1", "gpu-2"],
    topology: {
      name: "default",
      levels: ["topology.plinth.dev/rack", "nvidia.com/gpu.clique", "kubernetes.io/hostname"],
    },
    domain: { "topology.plinth.dev/rack": "r1", "nvidia.com/gpu.clique": "f.0" },
  },
  {
    case: "not all are: the level is none of the pool's",
    labelled: ["gpu-1"],
    topology: {
      name: "without-nvlink",
      levels: ["topology.plinth.dev/rack", "kubernetes.io/hostname"],
    },
    domain: { "topology.plinth.dev/rack": "r1" },
  },
])("NVLink between machines is placed by as its own label, uncopied: $case (F48)", async (row) => {
  const inventory = joinedInventory(row.labelled);
  const domainLabels = { rack: "example.org/rack", nvlink: "nvidia.com/gpu.clique" };
  let levels: readonly string[] = [];
  let provisioned: NodePool["provisioned"] | undefined;
  const resources = await record(() => {
    const cluster = onpremCluster("onprem", { ...args, inventory, domainLabels });
    levels = cluster.topologyLevels;
    provisioned = new NodePool("h100", { cluster, ...pool }).provisioned;
  });
  expect(levels).toEqual(["topology.plinth.dev/rack", "nvidia.com/gpu.clique", "kubernetes.io/hostname"]);
  expect(provisioned?.topology).toMatchObject(row.topology);
  expect(provisioned?.domains).toEqual([row.domain, row.domain]);
  const patches = resources.filter(({ type }) => type === "kubernetes:core/v1:NodePatch");
  expect(patches.length).toBe(2);
  expect(JSON.stringify(patches.map(({ inputs }) => inputs))).not.toContain("nvidia.com/gpu.clique");
});

test.each([
  { case: "a path", kubeconfig: args.kubeconfig, want: "/etc/plinth/kubeconfig", isSecret: false },
  { case: "a secret", kubeconfig: pulumi.secret("content"), want: "content", isSecret: true },
])(
  "the provider has its kubeconfig as $case, never in clear (F96)",
  async ({ kubeconfig, want, isSecret }) => {
    const [provider] = await record(() => {
      onpremCluster("onprem", { ...args, kubeconfig, context: "site" });
    });
    const given = provider?.inputs.kubeconfig as { value?: unknown } | string;
    expect(typeof given === "string" ? given : given.value).toBe(want);
    expect(typeof given !== "string").toBe(isSecret);
    expect(provider?.inputs).toMatchObject({
      clusterIdentifier: "onprem",
      context: "site",
      enableServerSideApply: "true",
    });
  },
);

test("no node can be ordered; charts are those that are published, or in the mirror", () => {
  expect(onpremAbilities().provisioningClasses).toEqual([]);
  expect(onpremAbilities().charts).not.toContain("mpi");
  expect(onpremAbilities("https://charts.example.org").charts).toContain("mpi");
});
