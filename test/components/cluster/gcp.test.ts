import { expect, test } from "vitest";
import type { ProvisionedNodePool } from "../../../components/cluster/contract.ts";
import { gcpCluster } from "../../../components/cluster/gcp.ts";
import { NodePool } from "../../../components/cluster/node-pool.ts";
import { makeGcpPool, makeTpuPool, type WrittenGcpPool } from "../../support/gcp-pools.ts";
import { makeGcpCluster, nodePoolType, ofType } from "../../support/gcp-stack.ts";
import { record } from "../../support/record.ts";

async function build(pools: WrittenGcpPool[], spoil: object = {}) {
  const provisioned: ProvisionedNodePool[] = [];
  const resources = await record(() => {
    const cluster = gcpCluster("ai", { ...makeGcpCluster(), ...spoil });
    for (const { name, ...pool } of pools)
      provisioned.push(new NodePool(name, { cluster, ...pool }).provisioned);
  });
  return { resources, provisioned };
}

test("all of the project has one provider, and all in the cluster waits for its nodes", async () => {
  const { resources } = await build([makeGcpPool()]);
  const [cloud] = ofType(resources, "pulumi:providers:gcp");
  expect(cloud?.inputs).toEqual({
    project: "acme-ai",
    region: "us-central1",
    defaultLabels: JSON.stringify({ "managed-by": "plinth", "plinth-cluster": "ai" }),
  });
  const google = resources.filter(({ type }) => type.startsWith("gcp:"));
  expect(google.filter(({ provider }) => provider !== "ai")).toEqual([]);
  const [provider] = ofType(resources, "pulumi:providers:kubernetes");
  expect(provider?.dependsOn).toContain("ai-system");
  expect(provider?.inputs).toMatchObject({
    clusterIdentifier: "acme-ai/us-central1/ai",
    enableServerSideApply: "true",
  });
});

test("the provider of the cluster is given no credential (F96, F124)", async () => {
  const { resources } = await build([]);
  const kubeconfig = String(ofType(resources, "pulumi:providers:kubernetes")[0]?.inputs.kubeconfig);
  expect(JSON.parse(kubeconfig).users[0].user).toEqual({
    exec: expect.objectContaining({ command: "gke-gcloud-auth-plugin" }),
  });
});

test("a pool is what queues count, and its nodes come after those of the system", async () => {
  const { resources, provisioned } = await build([makeGcpPool()]);
  const { resources: made, ...pool } = provisioned[0] as ProvisionedNodePool;
  expect(made).toHaveLength(2);
  expect(pool).toEqual({
    name: "h100",
    accelerator: "nvidia-h100-80gb-sxm",
    nodes: 4,
    acceleratorsPerNode: 8,
    sharing: { mode: "dedicated" },
    devices: [
      {
        resourceName: "nvidia.com/gpu",
        noun: "accelerators",
        perNode: 8,
        total: 32,
        parts: 1,
        partsPerNode: 8,
        memoryMiB: 81559,
      },
    ],
    slices: undefined,
    resourceName: "nvidia.com/gpu",
    labels: { "plinth.dev/pool": "h100" },
    taints: [{ key: "nvidia.com/gpu", value: "present", effect: "NoSchedule" }],
    topology: expect.objectContaining({ name: "gce-blocks" }),
    sharedByMaker: true,
    allocatable: { cpu: "207410m", memory: "1871567Mi", "nvidia.com/gpu": "8" },
  });
  const pools = ofType(resources, nodePoolType).filter(({ name }) => name !== "ai-system");
  expect(pools.map(({ dependsOn, parent }) => [dependsOn.includes("ai-system"), parent])).toEqual([
    [true, "plinth:cluster:NodePool h100"],
    [true, "plinth:cluster:NodePool h100"],
  ]);
});

test("partitions have the one name that Google's device plugin gives them", async () => {
  const layouts = [{ nodes: 4, profiles: { "1g.10gb": 7 } }];
  const sharing = { mode: "mig", layouts } as const;
  const { provisioned } = await build([makeGcpPool({ sharing: { ...sharing, layouts: [...layouts] } })]);
  expect([provisioned[0]?.resourceName, provisioned[0]?.allocatable["nvidia.com/gpu"]]).toEqual([
    "nvidia.com/gpu",
    "56",
  ]);
});

test("machines whose place Google tells have blocks, and others the cluster's levels (F48)", async () => {
  const { provisioned } = await build([
    makeGcpPool(),
    makeGcpPool({ name: "spot", capacity: { type: "spot" } }),
    makeTpuPool(),
  ]);
  expect(provisioned.map(({ topology }) => topology?.levels)).toEqual([
    [
      "topology.kubernetes.io/zone",
      "cloud.google.com/gce-topology-block",
      "cloud.google.com/gce-topology-subblock",
      "kubernetes.io/hostname",
    ],
    undefined,
    undefined,
  ]);
});

test("slices are told with the label of their node pool", async () => {
  const { provisioned } = await build([makeTpuPool()]);
  expect(provisioned[0]?.slices).toMatchObject({
    topology: "4x4",
    hosts: 4,
    level: "cloud.google.com/gke-nodepool",
  });
  expect(provisioned[0]?.taints).toEqual([{ key: "google.com/tpu", value: "present", effect: "NoSchedule" }]);
});

test("the GPU Operator is told of GPU pools, on its own profile alone", async () => {
  const pools = [makeGcpPool(), makeTpuPool()];
  const softwareOf = async (gpuProfile: string) =>
    (await build(pools, { gpuProfile })).provisioned.map(({ software, sharedByMaker }) => [
      software?.carries,
      sharedByMaker,
    ]);
  expect(await softwareOf("operator")).toEqual([
    [["driver"], false],
    [undefined, false],
  ]);
  expect(await softwareOf("managed")).toEqual([
    [undefined, true],
    [undefined, true],
  ]);
});

test("what the cluster answers", async () => {
  await record(() => {
    const cluster = gcpCluster("ai", { ...makeGcpCluster(), gpuProfile: "operator" });
    expect(cluster).toMatchObject({
      topologyLevels: [
        "topology.kubernetes.io/zone",
        "cloud.google.com/gke-nodepool",
        "kubernetes.io/hostname",
      ],
      systemPlacement: { nodeSelector: { "plinth.dev/system": "true" }, tolerations: [] },
      diskClass: "standard-rwo",
      repairLabels: { replace: { "cloud.google.com/fault-behavior": "XID" } },
    });
    expect(cluster.programImage("node-health")).toBe(undefined);
  });
});

test("a chart comes from its mirror where there is one", async () => {
  const resources = await record(() => {
    const cluster = gcpCluster("ai", { ...makeGcpCluster(), chartMirror: "https://charts.acme.com" });
    cluster.install("kueue", { chart: "kueue", namespace: "kueue-system", values: {} }, {});
  });
  const [chart] = ofType(resources, "kubernetes:helm.sh/v4:Chart");
  expect(chart?.inputs).toMatchObject({
    chart: "kueue",
    repositoryOpts: { repo: "https://charts.acme.com" },
  });
});

test("a pool in another region is refused by the cluster that it is given to", async () => {
  await expect(build([makeGcpPool({ zones: ["us-east4-a"] })])).rejects.toThrow(
    'NodePool "h100": 1 problem in the configuration',
  );
});
