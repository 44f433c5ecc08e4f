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

const levels = [
  "topology.plinth.dev/block",
  "topology.plinth.dev/rack",
  "topology.plinth.dev/nvlink",
  "kubernetes.io/hostname",
];

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
    topology: {
      name: "default",
      levels,
      domains: { block: levels[0], rack: levels[1], node: levels[3] },
    },
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

test.each([
  { case: "no NVLink between machines", joined: {}, cliques: [undefined, undefined] },
  { case: "NVLink between machines", joined: { nodesPerNvlinkDomain: 2 }, cliques: ["0", "1"] },
])("levels are the same with $case, and every node has a label of each (F48)", async (row) => {
  const nvlink = "topology.plinth.dev/nvlink";
  let pools: ProvisionedNodePool[] = [];
  const resources = await record(() => {
    const topology = { nodesPerRack: 4, racksPerBlock: 4, ...row.joined };
    const cluster = localCluster("local", { installation, topology });
    expect(cluster.topologyLevels).toEqual(levels);
    const nodes = { cluster, nodes: 4 };
    pools = [
      new NodePool("h100", { ...nodes, accelerator: "nvidia-h100-80gb-sxm", acceleratorsPerNode: 8 }),
      new NodePool("l40s", { ...nodes, accelerator: "nvidia-l40s", acceleratorsPerNode: 4 }),
    ].map(({ provisioned }) => provisioned);
  });
  expect(pools.map(({ topology }) => topology)).toMatchObject([
    { name: "default", levels },
    { name: "default", levels },
  ]);
  const number = (value: string | undefined) => value?.split(".")[1];
  const told = pools.map(({ domains = [] }) => domains.map((domain) => number(domain[nvlink])));
  const [first, second] = row.cliques;
  expect(told).toEqual([[first, first, second, second], Array(4).fill(undefined)]);
  const nodes = resources.filter(({ type }) => type === "kubernetes:core/v1:Node");
  const labels = nodes.map(({ inputs }) => (inputs.metadata as { labels: Record<string, string> }).labels);
  expect(labels.map((own) => own["nvidia.com/gpu.clique"])).toEqual(
    labels.map((own) => (own[nvlink] === own["kubernetes.io/hostname"] ? undefined : own[nvlink])),
  );
  expect(labels.map((own) => own[nvlink]).slice(4)).toEqual(["l40s-0", "l40s-1", "l40s-2", "l40s-3"]);
  expect(labels.flatMap((own) => levels.filter((level) => own[level] === undefined))).toEqual([]);
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
