/** Simulated accelerator nodes: many, each with exactly what its machine has, and how pods end. */
import type { V1Node, V1Pod } from "@kubernetes/client-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { KubeApi } from "../../embedded/cluster/kube-api.ts";
import { placeholder } from "../support/builders.ts";
import { eventually, TestPlatform } from "../support/platform.ts";

const timeoutMs = 600_000;
/** A node that was just replaced may be taken up only when the lease of its predecessor, 40 s, is over. */
const takeoverMs = 90_000;

let platform: TestPlatform;
let api: KubeApi;
beforeAll(async () => {
  platform = new TestPlatform();
  await platform.must("cluster", "up");
  api = platform.api;
});
afterAll(() => platform.remove());

function stack(nodes: number, acceleratorsPerNode = 8) {
  const pools = [{ name: "h100", accelerator: "nvidia-h100-80gb-sxm", nodes, acceleratorsPerNode }];
  return platform.stackFile({ environment: "local", pools, queueing: { cohorts: ["platform"] } });
}

const poolNodes = () => api.list<V1Node>("/api/v1/nodes?labelSelector=plinth.dev%2Fpool%3Dh100");
const isReady = ({ status }: V1Node) =>
  status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;

test(
  "a machine of another size is another node",
  async () => {
    await platform.must("up", "--json", "--stack-file", stack(2, 4));
    const before = await eventually(poolNodes, (nodes) => nodes.length === 2);
    await platform.must("up", "--json", "--stack-file", stack(2, 8));
    const after = await eventually(poolNodes, (nodes) => nodes.every(isReady));
    expect(after.map(({ metadata }) => metadata?.name)).toEqual(["h100-0", "h100-1"]);
    for (const [index, { metadata, status }] of after.entries()) {
      expect(metadata?.uid).not.toBe(before[index]?.metadata?.uid);
      expect(metadata?.labels?.["node.kubernetes.io/instance-type"]).toBe("p5.48xlarge");
      expect(status?.capacity?.["nvidia.com/gpu"]).toBe("8");
    }
  },
  timeoutMs,
);

test.each([
  { name: "succeeds", annotations: {}, phase: "Succeeded", exitCode: 0, reason: "Completed" },
  {
    name: "fails",
    annotations: { "plinth.dev/exit-code": "137" },
    phase: "Failed",
    exitCode: 137,
    reason: "Error",
  },
])("a simulated pod $name after its time", async ({ name, annotations, phase, exitCode, reason }) => {
  const pod = {
    metadata: { name, annotations: { "plinth.dev/finish-after": "2s", ...annotations } },
    spec: {
      restartPolicy: "Never",
      tolerations: [{ key: "nvidia.com/gpu", operator: "Exists" }],
      containers: [
        { name: "trainer", image: placeholder, resources: { limits: { "nvidia.com/gpu": 8 } } },
        { name: "sidecar", image: placeholder },
      ],
    },
  };
  await api.create("/api/v1/namespaces/default/pods", pod);
  const read = () => api.get<V1Pod>(`/api/v1/namespaces/default/pods/${name}`);
  await eventually(read, ({ status }) => status?.phase === "Running", takeoverMs);
  const { status } = await eventually(read, (found) => found.status?.phase !== "Running");
  expect(status?.phase).toBe(phase);
  const ends = status?.containerStatuses?.map(({ name, ready, state }) => ({
    name,
    ready,
    ...state?.terminated,
  }));
  expect(ends).toMatchObject(
    ["trainer", "sidecar"].map((name) => ({ name, ready: false, exitCode, reason })),
  );
  const { startedAt, finishedAt } = ends?.[0] ?? {};
  const seconds = (Date.parse(String(finishedAt)) - Date.parse(String(startedAt))) / 1000;
  expect(seconds).toBeGreaterThanOrEqual(1);
  expect(seconds).toBeLessThanOrEqual(4);
});

test("without a time a simulated pod runs on", async () => {
  const spec = {
    tolerations: [{ key: "nvidia.com/gpu", operator: "Exists" }],
    containers: [{ name: "trainer", image: placeholder }],
  };
  await api.create("/api/v1/namespaces/default/pods", { metadata: { name: "runs" }, spec });
  const read = () => api.get<V1Pod>("/api/v1/namespaces/default/pods/runs");
  const { status } = await eventually(read, (pod) => pod.status?.phase === "Running");
  expect(status?.conditions?.filter(({ status }) => status === "True").map(({ type }) => type)).toEqual(
    expect.arrayContaining(["Ready", "ContainersReady", "PodScheduled", "Initialized"]),
  );
  await api.remove("/api/v1/namespaces/default/pods/runs", { gracePeriodSeconds: 0 });
});

test(
  "a pool of 500 nodes becomes Ready",
  async () => {
    await platform.must("up", "--json", "--stack-file", stack(500));
    const nodes = await eventually(poolNodes, (found) => found.filter(isReady).length === 500, 60_000);
    expect(nodes).toHaveLength(500);
    const { stdout } = await platform.must("status", "--json");
    expect(JSON.parse(stdout).pools).toEqual([
      {
        name: "h100",
        accelerator: "NVIDIA-H100-80GB-HBM3",
        resource: "nvidia.com/gpu",
        total: 4000,
        used: 0,
        free: 4000,
        nodes: 500,
      },
    ]);
    const racks = new Set(nodes.map(({ metadata }) => metadata?.labels?.["topology.plinth.dev/rack"]));
    const blocks = new Set(nodes.map(({ metadata }) => metadata?.labels?.["topology.plinth.dev/block"]));
    expect([racks.size, blocks.size]).toEqual([250, 63]);
  },
  timeoutMs,
);

test("a node has the labels, taints and sizes of the catalogue's machine and nothing else", async () => {
  const { metadata, spec, status } = await api.get<V1Node>("/api/v1/nodes/h100-137");
  expect(metadata?.labels).toEqual({
    "beta.kubernetes.io/arch": "amd64",
    "beta.kubernetes.io/os": "linux",
    "feature.node.kubernetes.io/pci-10de.present": "true",
    "kubernetes.io/arch": "amd64",
    "kubernetes.io/hostname": "h100-137",
    "kubernetes.io/os": "linux",
    "node.kubernetes.io/instance-type": "p5.48xlarge",
    "nvidia.com/cuda.driver-version.full": "595.91.07",
    "nvidia.com/cuda.driver-version.major": "595",
    "nvidia.com/cuda.driver-version.minor": "91",
    "nvidia.com/cuda.driver-version.revision": "07",
    "nvidia.com/gpu.compute.major": "9",
    "nvidia.com/gpu.compute.minor": "0",
    "nvidia.com/gpu.count": "8",
    "nvidia.com/gpu.deploy.container-toolkit": "true",
    "nvidia.com/gpu.deploy.dcgm": "true",
    "nvidia.com/gpu.deploy.dcgm-exporter": "true",
    "nvidia.com/gpu.deploy.device-plugin": "true",
    "nvidia.com/gpu.deploy.driver": "true",
    "nvidia.com/gpu.deploy.gpu-feature-discovery": "true",
    "nvidia.com/gpu.deploy.mig-manager": "true",
    "nvidia.com/gpu.deploy.node-status-exporter": "true",
    "nvidia.com/gpu.deploy.operator-validator": "true",
    "nvidia.com/gpu.family": "hopper",
    "nvidia.com/gpu.machine": "p5.48xlarge",
    "nvidia.com/gpu.memory": "81559",
    "nvidia.com/gpu.mode": "compute",
    "nvidia.com/gpu.present": "true",
    "nvidia.com/gpu.product": "NVIDIA-H100-80GB-HBM3",
    "nvidia.com/gpu.replicas": "1",
    "nvidia.com/gpu.sharing-strategy": "none",
    "nvidia.com/mig.capable": "true",
    "nvidia.com/mig.config": "all-disabled",
    "nvidia.com/mig.config.state": "success",
    "nvidia.com/mig.strategy": "single",
    "nvidia.com/mps.capable": "false",
    "nvidia.com/vgpu.present": "false",
    "plinth.dev/pool": "h100",
    "topology.plinth.dev/nvlink": "h100-137",
    "topology.plinth.dev/block": "h100-block-17",
    "topology.plinth.dev/rack": "h100-rack-68",
  });
  expect(spec?.taints).toEqual([{ key: "nvidia.com/gpu", value: "present", effect: "NoSchedule" }]);
  expect(status?.capacity).toEqual({ cpu: "192", memory: "2Ti", "nvidia.com/gpu": "8", pods: "100" });
  expect(status?.allocatable).toEqual({
    cpu: "191450m",
    memory: "2095697Mi",
    "nvidia.com/gpu": "8",
    pods: "100",
  });
});
