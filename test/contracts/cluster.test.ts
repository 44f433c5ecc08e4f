/** What every cluster promises to the components above it: one suite over all four adapters, under mocks. */
import { describe, expect, test } from "vitest";
import type { Cluster, ProvisionedNodePool } from "../../components/cluster/contract.ts";
import { gcpCluster, NodePool, onpremCluster } from "../../components/index.ts";
import { makeAws, told } from "../support/aws-cluster.ts";
import { makeCluster } from "../support/builders.ts";
import { makeGcpCluster } from "../support/gcp-stack.ts";
import { record } from "../support/record.ts";
import { makeInventory } from "../support/site.ts";

/** A pool of H100 machines, eight to each, as each environment says it. */
const h100 = { accelerator: "nvidia-h100-80gb-sxm", acceleratorsPerNode: 8 };
const adapters: { name: string; make: () => Cluster; pool: object; nodes: number }[] = [
  { name: "local", make: makeCluster, pool: { ...h100, nodes: 2 }, nodes: 2 },
  {
    name: "aws",
    make: () => makeAws(),
    pool: { machine: "p5.48xlarge", nodes: 2, zones: ["us-east-1a"] },
    nodes: 2,
  },
  {
    name: "gcp",
    make: () => gcpCluster("ai", makeGcpCluster()),
    pool: { machine: "a3-highgpu-8g", nodes: 2, zones: ["us-central1-a"] },
    nodes: 2,
  },
  {
    name: "onprem",
    make: () =>
      onpremCluster("onprem", {
        kubeconfig: "/etc/plinth/kubeconfig",
        inventory: makeInventory(),
        distribution: "kubeadm",
        diskClass: "disks",
        domainLabels: { rack: "example.org/rack" },
      }),
    pool: { ...h100, nodes: 2, nodeSelector: { "example.org/pool": "h100" } },
    nodes: 2,
  },
];

describe.each(adapters)("$name", ({ make, pool, nodes }) => {
  async function built() {
    let cluster: Cluster | undefined;
    let made: NodePool | undefined;
    const resources = await record(() => {
      cluster = make();
      made = new NodePool("h100", { cluster, ...pool });
    }, told);
    if (!cluster || !made) throw new Error("nothing was made");
    return { cluster, made, provisioned: made.provisioned as ProvisionedNodePool, resources };
  }

  test("its schema is strict, and knows what a pool holds", async () => {
    const { cluster } = await built();
    const parsed = cluster.poolSchema.parse({ name: "h100", ...pool });
    expect([parsed.accelerator, parsed.nodes, parsed.acceleratorsPerNode]).toEqual([
      "nvidia-h100-80gb-sxm",
      nodes,
      8,
    ]);
    expect(cluster.poolSchema.safeParse({ name: "h100", ...pool, colour: "blue" }).success).toBe(false);
    expect(cluster.poolSchema.safeParse({ name: "h100", ...pool, nodes: 0.5 }).success).toBe(false);
  });

  test("a pool tells queues and jobs what they need of it", async () => {
    const { made, provisioned } = await built();
    expect(made.accelerators).toBe(8 * nodes);
    expect(provisioned).toMatchObject({
      name: "h100",
      nodes,
      acceleratorsPerNode: 8,
      sharing: { mode: "dedicated" },
      resourceName: "nvidia.com/gpu",
      devices: [{ resourceName: "nvidia.com/gpu", perNode: 8, total: 8 * nodes }],
      labels: { "plinth.dev/pool": "h100" },
    });
    expect(provisioned.resources.length).toBeGreaterThan(0);
  });

  test("a node's allocatable has CPU, memory, and all of its accelerators", async () => {
    const { provisioned } = await built();
    const { cpu = "", memory = "" } = provisioned.allocatable;
    expect(provisioned.allocatable["nvidia.com/gpu"]).toBe("8");
    expect(Number.parseInt(cpu, 10)).toBeGreaterThan(90_000);
    expect(memory).toMatch(/^\d+(Gi|Mi|Ki)$/);
  });

  test("pods of the pool tolerate its taints, which keep all others away", async () => {
    const { provisioned } = await built();
    for (const taint of provisioned.taints) {
      expect(taint).toEqual({ key: expect.any(String), value: expect.any(String), effect: "NoSchedule" });
    }
  });

  test("it places by hostname at last, and gives disks and system pods a place", async () => {
    const { cluster } = await built();
    expect(cluster.topologyLevels.at(-1)).toBe("kubernetes.io/hostname");
    expect(cluster.diskClass).not.toBe("");
    expect(Object.keys(cluster.systemPlacement).sort()).toEqual(["nodeSelector", "tolerations"]);
  });

  test.each(["kueue", "volcano", "kuberay"] as const)(
    "it can run what a stack file may name, as %s, and installs it with its own provider",
    async (chart) => {
      let cluster: Cluster | undefined;
      const resources = await record(() => {
        cluster = make();
        cluster.install("release", { chart, namespace: `${chart}-system`, values: {} }, {});
      }, told);
      expect(cluster?.abilities.charts).toContain(chart);
      const [release] = resources.filter(({ type, name }) => type.includes("helm") && name === "release");
      expect(release?.type).toBe("kubernetes:helm.sh/v4:Chart");
      const objects = resources.filter(({ type }) => type.startsWith("kubernetes:"));
      const providers = new Set(objects.map(({ provider }) => provider));
      expect([...providers]).toHaveLength(1);
    },
  );

  test("a pool's nodes are its children, and every cloud object has a provider of its own", async () => {
    const { resources } = await built();
    const own = resources.filter(({ parent }) => parent === "plinth:cluster:NodePool h100");
    expect(own.length).toBeGreaterThan(0);
    const custom = resources.filter(({ type }) => /^(kubernetes|aws|gcp):/.test(type));
    expect(custom.filter(({ provider }) => provider === "").map(({ type, name }) => [type, name])).toEqual(
      [],
    );
  });
});
