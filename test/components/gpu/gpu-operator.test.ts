import { expect, test } from "vitest";
import { eksGpuImages } from "../../../components/catalogue/node-images.ts";
import type { Cluster, ProvisionedNodePool } from "../../../components/cluster/contract.ts";
import { onpremCluster } from "../../../components/cluster/onprem.ts";
import { GpuOperator, type GpuOperatorArgs, NodePool } from "../../../components/index.ts";
import { record } from "../../support/record.ts";
import { makeInventory } from "../../support/site.ts";

type Input = Omit<GpuOperatorArgs, "cluster" | "pools">;

/** Builds an operator on a site with one pool, of which the case spoils something. */
async function build({
  input = {},
  cluster: otherCluster = {},
  pools = (pool) => [pool],
}: {
  input?: Input;
  cluster?: Partial<Cluster>;
  pools?: (pool: ProvisionedNodePool) => ProvisionedNodePool[];
}) {
  let refusal = "accepted";
  const resources = await record(() => {
    const inventory = makeInventory();
    const site = { kubeconfig: "/config", inventory, distribution: "kubeadm", diskClass: "disks" } as const;
    const cluster = onpremCluster("onprem", site);
    const { provisioned } = new NodePool("h100", {
      cluster,
      accelerator: "nvidia-h100-80gb-sxm",
      nodes: 2,
      acceleratorsPerNode: 8,
      nodeSelector: { "example.org/pool": "h100" },
    });
    try {
      new GpuOperator("gpu", {
        cluster: { ...cluster, ...otherCluster } as Cluster,
        pools: pools(provisioned),
        ...input,
      });
    } catch (error) {
      refusal = (error as Error).message;
    }
  });
  return { refusal, resources: resources.filter(({ parent }) => /Gpu(Operator|Sharing)/.test(parent)) };
}

const claims = (pool: ProvisionedNodePool): ProvisionedNodePool => ({
  ...pool,
  sharing: { mode: "dra", devices: "whole" },
});

test("a privileged namespace, what the operator reads, then the operator (F31)", async () => {
  const { resources, refusal } = await build({});
  expect(refusal).toBe("accepted");
  expect(resources.map(({ type, name, dependsOn }) => [type.split(":").at(-1), name, dependsOn])).toEqual([
    ["ConfigMap", "gpu-sharing-plinth-device-plugin", ["gpu-operator"]],
    ["ConfigMap", "gpu-sharing-plinth-mig", ["gpu-operator"]],
    ["Namespace", "gpu-operator", []],
    [
      "Chart",
      "gpu-operator",
      ["gpu-sharing-plinth-device-plugin", "gpu-sharing-plinth-mig", "h100-gpu-1", "h100-gpu-2"],
    ],
    ["GpuSharing", "gpu-sharing", []],
  ]);
  expect(resources[2]?.inputs.metadata).toEqual({
    name: "gpu-operator",
    labels: { "pod-security.kubernetes.io/enforce": "privileged" },
  });
  expect(resources[3]?.inputs).toMatchObject({
    chart: "gpu-operator",
    version: "v26.7.0",
    namespace: "gpu-operator",
    repositoryOpts: { repo: "https://helm.ngc.nvidia.com/nvidia" },
    values: { driver: { enabled: true, version: "595.91.07" } },
  });
});

test.each([
  {
    case: "the operator brings the driver",
    pools: (pool: ProvisionedNodePool) => [claims(pool)],
    want: "/run/nvidia/driver",
  },
  {
    case: "the nodes carry the driver",
    pools: (pool: ProvisionedNodePool) => [{ ...claims(pool), software: eksGpuImages.AL2023_x86_64_NVIDIA }],
    want: "/",
  },
])("claims get NVIDIA's driver for them, which finds the GPU driver where $case", async ({ pools, want }) => {
  const { resources } = await build({ pools });
  const driver = resources.find(({ name }) => name === "dra-driver");
  expect(driver?.dependsOn).toEqual(["dra-driver-nvidia-gpu", "gpu-operator"]);
  expect(driver?.inputs).toMatchObject({
    chart: "oci://registry.k8s.io/dra-driver-nvidia/charts/dra-driver-nvidia-gpu",
    version: "0.5.0",
    values: { nvidiaDriverRoot: want, gpuResourcesEnabledOverride: true },
  });
});

test("ready-made drivers are asked for by their branch (F19)", async () => {
  const precompiledDriver = {
    system: "ubuntu22.04" as const,
    branch: 580,
    kernel: "5.15.0-117-generic",
    published: ["580-5.15.0-117-generic-ubuntu22.04"],
  };
  const { resources } = await build({ input: { precompiledDriver } });
  const chart = resources.find(({ type }) => type.endsWith("Chart"))?.inputs;
  expect(chart).toMatchObject({ values: { driver: { version: "580", usePrecompiled: true } } });
});

test.each([
  {
    case: "a Kubernetes that the operator was not made for",
    change: { cluster: { kubernetes: "v1.38.0" } },
    want: ["cluster.kubernetes", "v1.38.0", "1.33 to 1.37, with GPU Operator 26.7.0"],
  },
  {
    case: "claims on a Kubernetes without them",
    change: {
      cluster: { kubernetes: "v1.33.1" },
      pools: (pool: ProvisionedNodePool) => [claims(pool)],
    },
    want: ["cluster.kubernetes", "v1.33.1", "1.34 or newer, with dra-driver-nvidia-gpu 0.5.0"],
  },
  {
    case: "a driver that does not know the GPU",
    change: { input: { driverVersion: "510.47.03" } },
    want: ["driverVersion.driver", "510.47.03", "520.61.05 or newer, for nvidia-h100-80gb-sxm"],
  },
  {
    case: "ready-made drivers for nodes that take kernel updates (F19)",
    change: { input: { precompiledDriver: { system: "ubuntu22.04", branch: 580 } as const } },
    want: [
      "precompiledDriver.kernel",
      "nothing: the nodes take kernel updates",
      "the one kernel that the nodes stay on",
    ],
  },
  {
    case: "nodes of two distributions (F23)",
    change: {
      pools: (pool: ProvisionedNodePool) => [
        pool,
        { ...pool, name: "edge", software: { carries: [], env: { CONTAINERD_SOCKET: "/run/k3s.sock" } } },
      ],
    },
    want: [
      "pools.edge.software.env",
      "CONTAINERD_SOCKET=/run/k3s.sock",
      "no variables, as in pool h100: the toolkit is configured once for all nodes",
    ],
  },
  {
    case: "claims on nodes of which some carry the driver",
    change: {
      pools: (pool: ProvisionedNodePool) => [
        claims(pool),
        { ...claims(pool), name: "imaged", software: eksGpuImages.AL2023_x86_64_NVIDIA },
      ],
    },
    want: [
      "pools.imaged.software.carries",
      "driver",
      "the same as pool h100: the driver for claims looks for the GPU driver in one place",
    ],
  },
] as { case: string; change: Parameters<typeof build>[0]; want: [string, string, string] }[])(
  "refused before anything is made: $case",
  async ({ change, want: [path, given, allowed] }) => {
    const { refusal, resources } = await build(change);
    expect(refusal).toContain('GpuOperator "gpu": 1 problem in the configuration');
    expect(refusal).toContain(`  ${path}\n    given    ${given}\n    allowed  ${allowed}\n`);
    expect(resources).toEqual([]);
  },
);

test("the driver of nodes that carry their own is not the operator's to judge", async () => {
  const { refusal } = await build({
    input: { driverVersion: "510.47.03" },
    pools: (pool) => [{ ...pool, software: eksGpuImages.AL2023_x86_64_NVIDIA }],
  });
  expect(refusal).toBe("accepted");
});
