import { expect, test } from "vitest";
import { eksGpuImages } from "../../../components/catalogue/node-images.ts";
import { NodePool, type ProvisionedNodePool } from "../../../components/index.ts";
import { fakeAccount, makeAws, makePool, told, zones } from "../../support/aws-cluster.ts";
import { record, without } from "../../support/record.ts";

test("who runs this logs in as whom AWS knows them; no credential stands in the state (F96)", async () => {
  const resources = await record(() => void makeAws(), told);
  const provider = resources.find(({ type }) => type === "pulumi:providers:kubernetes");
  const config = JSON.parse(String(provider?.inputs.kubeconfig));
  expect(config).toEqual({
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      { name: "main", cluster: { server: "https://plinth.example", "certificate-authority-data": "Y2E=" } },
    ],
    users: [
      {
        name: "main",
        user: {
          exec: {
            apiVersion: "client.authentication.k8s.io/v1beta1",
            command: "aws",
            args: ["eks", "get-token", "--cluster-name", "main", "--region", "us-east-1"],
            interactiveMode: "Never",
          },
        },
      },
    ],
    contexts: [{ name: "main", context: { cluster: "main", user: "main" } }],
    "current-context": "main",
  });
  expect(provider?.inputs).toMatchObject({ clusterIdentifier: "main", enableServerSideApply: "true" });
});

test("a pool of newer nodes than the control plane is refused", async () => {
  const pool = makePool({ imageRelease: "1.37.0-20261101" });
  await record(() => {
    const cluster = makeAws();
    expect(() => cluster.nodePool(pool, {})).toThrow(
      "1.37.0-20261101: nodes of 1.37 under a control plane of 1.36",
    );
  }, told);
});

test("claims of devices that the control plane does not serve are refused", async () => {
  const pool = makePool({ sharing: { mode: "dra", devices: "shares" } });
  await record(() => {
    const cluster = makeAws(fakeAccount(), { kubernetesVersion: "1.35" });
    expect(() => cluster.nodePool(pool, {})).toThrow('"shares" on Kubernetes 1.35');
  }, told);
});

test("a pool tells what queues need: its machine's size, its label and its taint", async () => {
  let pool: ProvisionedNodePool | undefined;
  await record(() => {
    pool = new NodePool("l4", { cluster: makeAws(), machine: "g6.4xlarge", nodes: 4, zones }).provisioned;
  }, told);
  expect(pool && without(pool, "resources")).toEqual({
    name: "l4",
    accelerator: "nvidia-l4",
    nodes: 4,
    acceleratorsPerNode: 1,
    sharing: { mode: "dedicated" },
    fabric: undefined,
    devices: [
      {
        resourceName: "nvidia.com/gpu",
        noun: "accelerators",
        perNode: 1,
        total: 4,
        parts: 1,
        partsPerNode: 1,
        memoryMiB: 23034,
      },
    ],
    resourceName: "nvidia.com/gpu",
    labels: { "plinth.dev/pool": "l4" },
    taints: [{ key: "nvidia.com/gpu", value: "present", effect: "NoSchedule" }],
    software: eksGpuImages.AL2023_x86_64_NVIDIA,
    allocatable: { cpu: "15890m", memory: "62607Mi", "nvidia.com/gpu": "1" },
  });
  expect(pool?.resources.length).toBe(1);
});

test("a pool of machines whose place AWS tells has the layers of its network (F48)", async () => {
  const found: unknown[] = [];
  await record(() => {
    const cluster = makeAws();
    const machines = [
      ["p5", "p5.48xlarge"],
      ["b200", "p6-b200.48xlarge"],
      ["l4", "g6.4xlarge"],
    ] as const;
    for (const [name, machine] of machines) {
      const { provisioned } = new NodePool(name, { cluster, machine, nodes: 2, zones });
      found.push(provisioned.topology?.levels.map((level) => level.split("/")[1]));
    }
  }, told);
  const layers = [1, 2, 3, 4].map((layer) => `network-node-layer-${layer}`);
  expect(found).toEqual([
    ["zone", ...layers.slice(0, 3), "hostname"],
    ["zone", ...layers, "hostname"],
    undefined,
  ]);
});

test("disks wait for the node of their pod, encrypted (F84)", async () => {
  let diskClass = "";
  const resources = await record(() => {
    diskClass = makeAws().diskClass;
  }, told);
  const made = resources.find(({ type }) => type === "kubernetes:storage.k8s.io/v1:StorageClass");
  expect(diskClass).toBe("gp3");
  expect(made?.inputs).toMatchObject({
    metadata: { name: "gp3" },
    provisioner: "ebs.csi.aws.com",
    parameters: { type: "gp3", encrypted: "true" },
    volumeBindingMode: "WaitForFirstConsumer",
  });
});

test("the contract's plain answers", async () => {
  let answers: object = {};
  await record(() => {
    const { topologyLevels, systemPlacement, repairLabels, podProxy } = makeAws();
    answers = { topologyLevels, systemPlacement, repairLabels, podProxy };
  }, told);
  expect(answers).toEqual({
    topologyLevels: ["topology.kubernetes.io/zone", "kubernetes.io/hostname"],
    systemPlacement: { nodeSelector: { "plinth.dev/pool": "system" }, tolerations: [] },
    repairLabels: undefined,
    podProxy: undefined,
  });
});
