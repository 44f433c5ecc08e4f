/** Nodes that are not the pool that a plan takes them for. */
import { accelerators } from "../catalogue/hardware.ts";
import { devicesProblems, driverProblems } from "./compatibility.ts";
import { type NodeSize, podShare } from "./node-size.ts";
import { count, type Path, type Problem } from "./problem.ts";
import { anyCpuMillis, anyMemoryMiB } from "./quantity.ts";
import type { SharedPool } from "./sharing.ts";
import {
  lastingTaints,
  type SiteInventory,
  type SiteNode,
  type SitePool,
  selectedNodes,
  writtenTaint,
} from "./site-inventory.ts";

/** Too few or too many nodes, other accelerators, old drivers, taints of their own, no room for pods. */
export function sitePoolProblems(
  path: Path,
  pool: SitePool,
  { topology }: { readonly topology: Readonly<Record<string, string>> },
  { nodes, kubernetes }: SiteInventory,
): Problem[] {
  const own = selectedNodes(nodes, pool.nodeSelector);
  return [
    ...devicesProblems([...path, "sharing"], pool.sharing, kubernetes),
    ...countProblems(path, pool, own),
    ...own.flatMap((node) => acceleratorProblems(path, pool, node)),
    ...driverOfNodes(path, pool, own),
    ...taintProblems(path, own),
    ...sizeProblems(path, pool, own),
    ...Object.entries(topology).flatMap(([domain, label]) => domainProblems(path, domain, label, own)),
  ];
}

function countProblems(path: Path, pool: SitePool, own: readonly SiteNode[]): Problem[] {
  if (own.length === pool.nodes) return [];
  const selector = Object.entries(pool.nodeSelector).map(([key, value]) => `${key}=${value}`);
  const names = own.length > 0 ? `: ${own.map(({ name }) => name).join(", ")}` : "";
  return [
    {
      path: [...path, "nodes"],
      given: `${pool.nodes}, but ${count(own.length, "node")} with ${selector.join(" and ")}${names}`,
      allowed: "as many nodes as the cluster has with these labels: quotas are shares of them",
      remedy:
        own.length < pool.nodes ? "label or add nodes, or plan with fewer" : "plan with all, or narrow it",
    },
  ];
}

/** What discovery has written on the node, where it ran before; a bare node says nothing yet. */
function acceleratorProblems(path: Path, pool: SitePool, { name, labels, allocatable }: SiteNode): Problem[] {
  const { discovery, resourceName } = accelerators[pool.accelerator];
  const product = labels["nvidia.com/gpu.product"];
  const installed = labels["nvidia.com/gpu.count"];
  const wanted = String(pool.acceleratorsPerNode);
  const problems: Problem[] = [];
  if (product !== undefined && product.replace(/-(SHARED|MIG-.*)$/, "") !== discovery.product) {
    problems.push({
      path: [...path, "accelerator"],
      given: `${pool.accelerator}, but node ${name} has ${product}`,
      allowed: `nodes whose nvidia.com/gpu.product is ${discovery.product}`,
      remedy: "name the accelerator that the nodes have, or select others",
    });
  }
  if (installed !== undefined && installed !== wanted) {
    problems.push({
      path: [...path, "acceleratorsPerNode"],
      given: `${wanted}, but node ${name} has ${installed}`,
      allowed: "nodes that have all the same number, which is this one",
      remedy: "name the number that the nodes have, or select others",
    });
  }
  const offered = allocatable[resourceName] ?? "0";
  if (pool.carries.includes("devicePlugin") && isWhole(pool) && offered !== wanted) {
    problems.push({
      path: [...path, "carries"],
      given: `devicePlugin, but node ${name} offers ${offered} of ${resourceName}`,
      allowed: `${wanted} on every node that has a device plugin of its own`,
      remedy: "mend the node's device plugin, or let the GPU Operator bring it",
    });
  }
  return problems;
}

function isWhole({ sharing }: SharedPool): boolean {
  return sharing.mode === "dedicated";
}

/** Of nodes that carry a driver: the operator brings no other. */
function driverOfNodes(path: Path, pool: SitePool, own: readonly SiteNode[]): Problem[] {
  if (!pool.carries.includes("driver")) return [];
  const found = own.flatMap(({ labels }) => labels["nvidia.com/cuda.driver-version.full"] ?? []);
  const { accelerator } = pool;
  if (accelerators[accelerator].discovery.family === "tpu") return [];
  const gpu = accelerator as Parameters<typeof driverProblems>[1]["gpu"];
  return [...new Set(found)].flatMap((driver) => driverProblems(path, { gpu, driver }));
}

function taintProblems(path: Path, own: readonly SiteNode[]): Problem[] {
  const [first, ...others] = own.map((node) => ({
    name: node.name,
    taints: lastingTaints(node).map(writtenTaint).join(", ") || "none",
  }));
  const odd = others.find(({ taints }) => taints !== first?.taints);
  if (first === undefined || odd === undefined) return [];
  return [
    {
      path: [...path, "nodeSelector"],
      given: `node ${odd.name} with taints ${odd.taints}, node ${first.name} with ${first.taints}`,
      allowed: "nodes with the same taints, which pods of the pool tolerate",
      remedy: "give all nodes of the pool the same taints",
    },
  ];
}

/** The least of CPU and memory that any of the nodes has. */
export function leastAllocatable(own: readonly SiteNode[], acceleratorsPerNode: number): NodeSize {
  return {
    cpuMillis: Math.min(...own.map(({ allocatable }) => anyCpuMillis(allocatable.cpu ?? "0"))),
    memoryMiB: Math.min(...own.map(({ allocatable }) => anyMemoryMiB(allocatable.memory ?? "0"))),
    accelerators: acceleratorsPerNode,
  };
}

/** A pod with one accelerator gets whole cores and whole GiB; a node without them holds none. */
function sizeProblems(path: Path, pool: SitePool, own: readonly SiteNode[]): Problem[] {
  if (own.length === 0) return [];
  const least = leastAllocatable(own, pool.acceleratorsPerNode);
  const share = podShare(least, 1);
  if (share.cpuMillis >= 1000 && share.memoryMiB >= 1024) return [];
  return [
    {
      path: [...path, "acceleratorsPerNode"],
      given:
        `${pool.acceleratorsPerNode} on nodes that have ${least.cpuMillis / 1000} CPUs and ` +
        `${least.memoryMiB} MiB for pods`,
      allowed:
        "nodes with at least one CPU and 1 GiB for each accelerator, after half a CPU and 1 GiB for daemons",
      remedy: "select larger nodes, or reserve less of them",
    },
  ];
}

/** A domain of the site that no node of the pool tells. NVLink may end at the machines of a pool. */
function domainProblems(path: Path, domain: string, label: string, own: readonly SiteNode[]): Problem[] {
  if (domain === "nvlink" || own.length === 0 || own.some((node) => tells(node, label))) return [];
  return [
    {
      path: [...path, "nodeSelector"],
      given: `${own.map(({ name }) => name).join(", ")} without the label ${label}`,
      allowed: `nodes that say their ${domain}: a gang that wants one would never find them`,
      remedy: `label the nodes, or leave ${domain} out of domainLabels`,
    },
  ];
}

/** Nodes that do not tell a domain which others of their pool tell: new ones, or such as have lost a link. */
export function domainWarnings(
  { name, nodeSelector }: Pick<SitePool, "name" | "nodeSelector">,
  topology: Readonly<Record<string, string>>,
  nodes: readonly SiteNode[],
): string[] {
  const own = selectedNodes(nodes, nodeSelector);
  return Object.entries(topology).flatMap(([domain, label]) => {
    const without = own.filter((node) => !tells(node, label));
    if (without.length === own.length) return [];
    const noun = domain === "nvlink" ? "domain of NVLink" : domain;
    return without.map(
      (node) => `node ${node.name} of pool ${name} has no label ${label}: it counts as a ${noun} of its own`,
    );
  });
}

function tells({ labels }: SiteNode, label: string): boolean {
  return labels[label] !== undefined;
}
