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

const levels = [
  "topology.plinth.dev/block",
  "topology.plinth.dev/rack",
  "topology.plinth.dev/nvlink",
  "kubernetes.io/hostname",
];
/** Of a node in a site that names no blocks: it is known to share no more than its rack. */
const rack = { "topology.plinth.dev/block": "r1", "topology.plinth.dev/rack": "r1" };

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
    expect(cluster.topologyLevels).toEqual(levels);
    expect(onpremCluster("bare", { ...args, domainLabels: {} }).topologyLevels).toEqual(levels);
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
        "topology.plinth.dev/block": "r1",
        "topology.plinth.dev/rack": "r1",
        "topology.plinth.dev/nvlink": "gpu-1",
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
    domains: [rack, rack],
  });
});

const joined = { rack: "example.org/rack", nvlink: "nvidia.com/gpu.clique" };
const clique = { "topology.plinth.dev/nvlink": "f.0" };
const alone = ["gpu-1", "gpu-2"].map((name) => ({ ...rack, "topology.plinth.dev/nvlink": name }));

test.each([
  { case: "the site says nothing", labels: {}, told: ["node"], domains: [{}, {}], nodes: "alone" },
  {
    case: "racks",
    labels: { rack: joined.rack },
    told: ["rack", "node"],
    domains: [rack, rack],
    nodes: alone,
  },
  {
    case: "NVLink joins all nodes of the pool",
    labels: joined,
    told: ["rack", "nvlink", "node"],
    domains: [rack, rack].map((domains) => ({ ...domains, ...clique })),
    nodes: [rack, rack].map((domains) => ({ ...domains, ...clique })),
  },
  {
    case: "it joins none of them",
    labels: joined,
    labelled: [],
    told: ["rack", "node"],
    domains: [rack, rack],
    nodes: alone,
  },
  {
    case: "one node does not tell what it joins: it is alone, and the pool stays as it is",
    labels: joined,
    labelled: ["gpu-1"],
    told: ["rack", "nvlink", "node"],
    domains: [{ ...rack, ...clique }, rack],
    nodes: [
      { ...rack, ...clique },
      { ...rack, "topology.plinth.dev/nvlink": "gpu-2" },
    ],
  },
  {
    case: "of a rack that one node does not tell it has that of its domain of NVLink",
    labels: joined,
    unracked: "gpu-2",
    told: ["rack", "nvlink", "node"],
    domains: [rack, rack].map((domains) => ({ ...domains, ...clique })),
    nodes: [rack, rack].map((domains) => ({ ...domains, ...clique })),
  },
  {
    case: "the site writes our label of racks itself",
    labels: { rack: "topology.plinth.dev/rack" },
    told: ["rack", "node"],
    domains: [rack, rack],
    nodes: alone,
  },
])("whatever labels say, levels stay as they are, and each node has all (F48): $case", async (row) => {
  const { labelled = ["gpu-1", "gpu-2"] } = row;
  const found = joinedInventory(labelled);
  const nodes = found.nodes.map((node) => ({
    ...node,
    labels: {
      ...Object.fromEntries(
        Object.entries(node.labels).filter(
          ([label]) => node.name !== row.unracked || label !== "example.org/rack",
        ),
      ),
      "topology.plinth.dev/rack": "r1",
    },
  }));
  let provisioned: NodePool["provisioned"] | undefined;
  const resources = await record(() => {
    const inventory = { ...found, nodes };
    const cluster = onpremCluster("onprem", { ...args, inventory, domainLabels: row.labels });
    expect(cluster.topologyLevels).toEqual(levels);
    provisioned = new NodePool("h100", { cluster, ...pool }).provisioned;
  });
  expect(provisioned?.topology).toMatchObject({ name: "default", levels });
  expect(Object.keys(provisioned?.topology?.domains ?? {})).toEqual(row.told);
  expect(provisioned?.domains).toEqual(row.domains);
  const patches = resources.filter(({ type }) => type === "kubernetes:core/v1:NodePatch");
  const written = patches.map(({ inputs }) => (inputs.metadata as { labels: object }).labels);
  const ours = written.map((labels) =>
    Object.fromEntries(Object.entries(labels).filter(([key]) => key.startsWith("topology."))),
  );
  const names = ["gpu-1", "gpu-2"];
  const byName = names.map((name) => Object.fromEntries(levels.slice(0, -1).map((level) => [level, name])));
  expect(ours).toEqual(row.nodes === "alone" ? byName : row.nodes);
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
