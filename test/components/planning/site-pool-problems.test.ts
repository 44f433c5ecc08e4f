import { expect, test } from "vitest";
import type { SiteNode, SitePool } from "../../../components/planning/site-inventory.ts";
import {
  domainWarnings,
  leastAllocatable,
  sitePoolProblems,
} from "../../../components/planning/site-pool-problems.ts";
import { joinedInventory, makeInventory, makeSitePlan } from "../../support/site.ts";

const plan = makeSitePlan();
const [valid] = plan.pools;
if (valid === undefined) throw new Error("the plan has a pool");

interface Change {
  readonly pool?: Partial<SitePool>;
  /** What is other about the node gpu-2. */
  readonly node?: Partial<SiteNode>;
  readonly label?: Record<string, string>;
}

function problems({ pool, node = {}, label }: Change) {
  const inventory = makeInventory();
  const nodes = inventory.nodes.map((found) => {
    if (found.name !== "gpu-2") return found;
    return { ...found, ...node, labels: { ...found.labels, ...label } };
  });
  return sitePoolProblems(["pools", 0], { ...valid, ...pool } as SitePool, plan, { ...inventory, nodes });
}

test("nodes that are the pool that the plan takes them for", () => {
  expect(problems({})).toEqual([]);
  const label = { "nvidia.com/gpu.product": "NVIDIA-H100-80GB-HBM3", "nvidia.com/gpu.count": "8" };
  expect(problems({ label })).toEqual([]);
  expect(problems({ label: { "nvidia.com/gpu.product": "NVIDIA-H100-80GB-HBM3-SHARED" } })).toEqual([]);
});

test.each([
  {
    case: "too few nodes",
    change: { pool: { nodes: 3 } },
    want: {
      path: ["pools", 0, "nodes"],
      given: "3, but 2 nodes with example.org/pool=h100: gpu-1, gpu-2",
      allowed: "as many nodes as the cluster has with these labels: quotas are shares of them",
      remedy: "label or add nodes, or plan with fewer",
    },
  },
  {
    case: "no node at all",
    change: { pool: { nodeSelector: { "example.org/pool": "h200" } } },
    want: {
      path: ["pools", 0, "nodes"],
      given: "2, but 0 nodes with example.org/pool=h200",
      allowed: "as many nodes as the cluster has with these labels: quotas are shares of them",
      remedy: "label or add nodes, or plan with fewer",
    },
  },
  {
    case: "nodes that the plan does not count",
    change: { pool: { nodes: 1 } },
    want: {
      path: ["pools", 0, "nodes"],
      given: "1, but 2 nodes with example.org/pool=h100: gpu-1, gpu-2",
      allowed: "as many nodes as the cluster has with these labels: quotas are shares of them",
      remedy: "plan with all, or narrow it",
    },
  },
  {
    case: "another accelerator",
    change: { label: { "nvidia.com/gpu.product": "NVIDIA-L40S" } },
    want: {
      path: ["pools", 0, "accelerator"],
      given: "nvidia-h100-80gb-sxm, but node gpu-2 has NVIDIA-L40S",
      allowed: "nodes whose nvidia.com/gpu.product is NVIDIA-H100-80GB-HBM3",
      remedy: "name the accelerator that the nodes have, or select others",
    },
  },
  {
    case: "another number of accelerators",
    change: { label: { "nvidia.com/gpu.count": "4" } },
    want: {
      path: ["pools", 0, "acceleratorsPerNode"],
      given: "8, but node gpu-2 has 4",
      allowed: "nodes that have all the same number, which is this one",
      remedy: "name the number that the nodes have, or select others",
    },
  },
  {
    case: "a driver that does not know the GPU",
    change: {
      pool: { carries: ["driver"] as const },
      label: { "nvidia.com/cuda.driver-version.full": "510.47.03" },
    },
    want: {
      path: ["pools", 0, "driver"],
      given: "510.47.03",
      allowed: "520.61.05 or newer, for nvidia-h100-80gb-sxm",
      remedy: "choose a newer driver, or a machine image that has one",
    },
  },
  {
    case: "taints that one node has alone",
    change: { node: { taints: [] } },
    want: {
      path: ["pools", 0, "nodeSelector"],
      given: "node gpu-2 with taints none, node gpu-1 with example.org/gpu=h100:NoSchedule",
      allowed: "nodes with the same taints, which pods of the pool tolerate",
      remedy: "give all nodes of the pool the same taints",
    },
  },
  {
    case: "too few CPUs for its accelerators",
    change: { node: { allocatable: { cpu: "8", memory: "1000Gi" } } },
    want: {
      path: ["pools", 0, "acceleratorsPerNode"],
      given: "8 on nodes that have 8 CPUs and 1024000 MiB for pods",
      allowed:
        "nodes with at least one CPU and 1 GiB for each accelerator, after half a CPU and 1 GiB for daemons",
      remedy: "select larger nodes, or reserve less of them",
    },
  },
] as { case: string; change: Change; want: unknown }[])("refused: $case", ({ change, want }) => {
  expect(problems(change)).toEqual([want]);
});

test("a device plugin of the nodes' own offers what the plan counts on, on each of them", () => {
  const found = problems({ pool: { carries: ["devicePlugin"] } });
  expect(found.map(({ given }) => given)).toEqual([
    "devicePlugin, but node gpu-1 offers 0 of nvidia.com/gpu",
    "devicePlugin, but node gpu-2 offers 0 of nvidia.com/gpu",
  ]);
});

test("a driver that the operator brings is not the nodes' own", () => {
  expect(problems({ label: { "nvidia.com/cuda.driver-version.full": "510.47.03" } })).toEqual([]);
});

test("nodes without the label of a domain (F48)", () => {
  const inventory = makeInventory();
  const topology = { rack: "example.org/row" };
  expect(sitePoolProblems(["pools", 0], valid, { topology }, inventory)).toEqual([
    {
      path: ["pools", 0, "nodeSelector"],
      given: "gpu-1, gpu-2 without the label example.org/row",
      allowed: "nodes that say their rack: a gang that wants one would never find them",
      remedy: "label the nodes, or leave rack out of domainLabels",
    },
  ]);
});

test.each([
  { case: "all tell it", labelled: ["gpu-1", "gpu-2"], nvlink: [], rack: [] },
  { case: "one does not", labelled: ["gpu-2"], nvlink: ["domain of NVLink"], rack: ["rack"] },
  { case: "none does", labelled: [], nvlink: [], rack: [] },
])("a domain that nodes of a pool tell (F48): $case", ({ labelled, nvlink, rack }) => {
  const label = "nvidia.com/gpu.clique";
  const { nodes } = joinedInventory(labelled);
  const told = (noun: string) =>
    `node gpu-1 of pool h100 has no label ${label}: it counts as a ${noun} of its own`;
  expect(domainWarnings(valid, { nvlink: label }, nodes)).toEqual(nvlink.map(told));
  expect(domainWarnings(valid, { rack: label }, nodes)).toEqual(rack.map(told));
  const refused = (domain: string) =>
    sitePoolProblems(["pools", 0], valid, { topology: { [domain]: label } }, joinedInventory(labelled))
      .length;
  // NVLink may end at the machines of a pool.
  expect([refused("nvlink"), refused("rack")]).toEqual([0, labelled.length === 0 ? 1 : 0]);
});

test("a pool has the least of CPU and memory that any of its nodes has", () => {
  const [, large] = makeInventory().nodes;
  if (!large) throw new Error("there is a node");
  const small = { ...large, allocatable: { cpu: "64", memory: "2000Gi" } };
  expect(leastAllocatable([large, small], 8)).toEqual({
    cpuMillis: 64_000,
    memoryMiB: 1_024_000,
    accelerators: 8,
  });
});
