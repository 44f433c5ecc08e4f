import { expect, test } from "vitest";
import { localCluster, NodePool, type ProvisionedNodePool } from "../../../components/index.ts";
import { installation, makeCluster } from "../../support/builders.ts";
import { record, without } from "../../support/record.ts";

const request = {
  name: "l40s",
  accelerator: "nvidia-l40s",
  nodes: 2,
  acceleratorsPerNode: 4,
  sharing: { mode: "dedicated" },
} as const;

test("the provider applies on the server and knows only the kubeconfig's path (F96, F124)", async () => {
  const [provider] = await record(() => makeCluster());
  expect(provider).toMatchObject({
    type: "pulumi:providers:kubernetes",
    name: "local",
    inputs: {
      kubeconfig: "/state/kubeconfig",
      clusterIdentifier: "local",
      enableServerSideApply: "true",
      suppressDeprecationWarnings: "true",
      suppressHelmHookWarnings: "true",
      kubeClientSettings: JSON.stringify({ qps: 500, burst: 1000 }),
    },
  });
});

test("taints are stated at first and then left to whoever adds to them (F128)", async () => {
  const resources = await record(() => makeCluster().nodePool(request, {}));
  const [node] = resources.filter(({ type }) => type === "kubernetes:core/v1:Node");
  expect(node?.inputs.spec).toEqual({
    taints: [{ key: "nvidia.com/gpu", value: "present", effect: "NoSchedule" }],
  });
  expect(node?.ignoreChanges).toEqual(["spec.taints"]);
});

const l40sDomain = {
  "topology.plinth.dev/block": "l40s-block-0",
  "topology.plinth.dev/rack": "l40s-rack-0",
};

test("a pool is one Node per machine; another size is another machine (F122)", async () => {
  let pool: unknown;
  const resources = await record(() => {
    pool = without(makeCluster().nodePool(request, {}), "resources");
  });
  const nodes = resources.filter(({ type }) => type === "kubernetes:core/v1:Node");
  expect(nodes.map(({ name }) => name)).toEqual(["l40s-0", "l40s-1"]);
  for (const node of nodes) {
    expect(node).toMatchObject({ deleteBeforeReplace: true, replaceOnChanges: ["status"] });
    expect(node.inputs.status).toEqual({
      capacity: { cpu: "48", memory: "384Gi", pods: "292", "nvidia.com/gpu": "4" },
      allocatable: { cpu: "47810m", memory: "389649Mi", pods: "292", "nvidia.com/gpu": "4" },
    });
  }
  expect(pool).toEqual({
    ...request,
    devices: [
      {
        resourceName: "nvidia.com/gpu",
        noun: "accelerators",
        perNode: 4,
        total: 8,
        parts: 1,
        partsPerNode: 4,
        memoryMiB: 46068,
      },
    ],
    resourceName: "nvidia.com/gpu",
    labels: { "plinth.dev/pool": "l40s" },
    taints: [{ key: "nvidia.com/gpu", value: "present", effect: "NoSchedule" }],
    allocatable: { cpu: "47810m", memory: "389649Mi", "nvidia.com/gpu": "4" },
    domains: [l40sDomain, l40sDomain],
  });
});

test("the platform's own pods run on the host node, and disks wait for the node of their pod (F84)", () => {
  const { systemPlacement, diskClass, podProxy } = makeCluster();
  expect({ systemPlacement, diskClass, podProxy }).toEqual({
    systemPlacement: {
      nodeSelector: { "plinth.dev/host": "true" },
      tolerations: [{ key: "plinth.dev/host", operator: "Equal", value: "true", effect: "NoSchedule" }],
    },
    diskClass: "simulated",
    podProxy: undefined,
  });
});

test("topology levels end with the node itself (F48)", () => {
  expect(makeCluster().topologyLevels).toEqual([
    "topology.plinth.dev/block",
    "topology.plinth.dev/rack",
    "kubernetes.io/hostname",
  ]);
});

test("in a room with NVLink between machines, pools without it tell one level less (F48)", async () => {
  const clique = "nvidia.com/gpu.clique";
  let pools: ProvisionedNodePool[] = [];
  await record(() => {
    const topology = { nodesPerRack: 4, racksPerBlock: 4, nodesPerNvlinkDomain: 2 };
    const cluster = localCluster("local", { installation, topology });
    expect(cluster.topologyLevels).toContain(clique);
    const nodes = { cluster, nodes: 4 };
    pools = [
      new NodePool("h100", { ...nodes, accelerator: "nvidia-h100-80gb-sxm", acceleratorsPerNode: 8 }),
      new NodePool("l40s", { ...nodes, accelerator: "nvidia-l40s", acceleratorsPerNode: 4 }),
    ].map(({ provisioned }) => provisioned);
  });
  expect(pools.map(({ topology }) => topology?.name)).toEqual(["default", "without-nvlink"]);
  for (const { topology, domains = [] } of pools) {
    const labels = [...Object.keys(domains[0] ?? {}), "kubernetes.io/hostname"];
    expect(topology?.levels).toEqual(labels);
  }
  const cliques = pools[0]?.domains?.map((domain) => domain[clique]?.split(".")[1]);
  expect(cliques).toEqual(["0", "0", "1", "1"]);
});

test("a release is its namespace, then its chart from the machine's own directory", async () => {
  const resources = await record(() => {
    makeCluster().install("queues", { chart: "kueue", namespace: "kueue-system", values: {} }, {});
  });
  expect(resources.map(({ type, name, dependsOn }) => [type, name, dependsOn])).toEqual([
    ["kubernetes:core/v1:Namespace", "kueue-system", []],
    ["kubernetes:helm.sh/v4:Chart", "queues", ["kueue-system"]],
    ["pulumi:providers:kubernetes", "local", []],
  ]);
  expect(resources[0]?.inputs.metadata).toEqual({
    name: "kueue-system",
    labels: {
      "plinth.dev/system": "true",
      "pod-security.kubernetes.io/enforce": "restricted",
      "pod-security.kubernetes.io/enforce-version": "latest",
    },
  });
  expect(resources[1]?.inputs).toMatchObject({
    chart: "/charts/kueue",
    name: "kueue",
    namespace: "kueue-system",
    postRenderer: { command: "node", args: ["/bin/post-render.ts", "kueue"] },
  });
});
