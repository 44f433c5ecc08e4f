/**
 * Which nodes a gang gets: Kueue's topology-aware assignment with its default profile. A gang that states no
 * topology goes where least is free; one that does goes into the fitting domain with least to spare.
 */
import { domainLabels, type TopologyDomain, type TopologyShape } from "../topology.ts";

export interface BoardPool extends TopologyShape {
  readonly name: string;
  readonly nodes: number;
  readonly acceleratorsPerNode: number;
}

/** Pods of one size that start together. */
export interface PodRequest {
  readonly nodes: number;
  readonly acceleratorsPerNode: number;
  readonly topology?: { readonly mode: "required" | "preferred"; readonly domain: TopologyDomain };
}

/** How many pods of a gang stand on a node. */
export interface NodeShare {
  readonly node: number;
  readonly pods: number;
}

/** A node, or a rack or block of them. */
interface Domain {
  /** Names from the block down. */
  readonly names: readonly string[];
  readonly children: Domain[];
  /** Only of a node. */
  readonly node: number;
  /** Pods of the request at hand that fit; scratch of one search. */
  pods: number;
}

interface Share {
  readonly domain: Domain;
  readonly pods: number;
}

const levelOf: Readonly<Record<TopologyDomain, number>> = { block: 0, rack: 1, node: 2 };

export class NodeBoard {
  private readonly free: number[];
  private readonly perNode: number;
  /** Blocks, racks and nodes, each in the order of their names. */
  private readonly levels: readonly [Domain[], Domain[], Domain[]];

  constructor(pool: BoardPool) {
    this.perNode = pool.acceleratorsPerNode;
    this.free = new Array(pool.nodes).fill(pool.acceleratorsPerNode);
    this.levels = domainsOf(pool);
  }

  /** Nodes for the whole gang, or undefined; `whenEmpty` asks whether any state of the pool could hold it. */
  place(request: PodRequest, whenEmpty = false): NodeShare[] | undefined {
    this.count(request.acceleratorsPerNode, whenEmpty);
    const shares = request.topology
      ? this.together(request.nodes, request.topology)
      : spread(this.levels[2], request.nodes);
    return shares
      ?.filter(({ pods }) => pods > 0)
      .map(({ domain, pods }) => ({ node: domain.node, pods }))
      .sort((a, b) => a.node - b.node);
  }

  /** Takes the accelerators of a placed gang, or gives them back when `factor` is -1. */
  occupy(shares: readonly NodeShare[], acceleratorsPerPod: number, factor: 1 | -1): void {
    for (const { node, pods } of shares) {
      this.free[node] = (this.free[node] ?? 0) - factor * pods * acceleratorsPerPod;
    }
  }

  /** Whether each node of the placement still has what the gang takes there. */
  holds(shares: readonly NodeShare[], acceleratorsPerPod: number): boolean {
    return shares.every(({ node, pods }) => (this.free[node] ?? 0) >= pods * acceleratorsPerPod);
  }

  private count(acceleratorsPerPod: number, whenEmpty: boolean): void {
    for (const leaf of this.levels[2]) {
      const free = whenEmpty ? this.perNode : (this.free[leaf.node] ?? 0);
      leaf.pods = Math.max(0, Math.floor(free / acceleratorsPerPod));
    }
    for (const parent of [...this.levels[1], ...this.levels[0]]) {
      parent.pods = parent.children.reduce((sum, child) => sum + child.pods, 0);
    }
  }

  private together(pods: number, topology: NonNullable<PodRequest["topology"]>): Share[] | undefined {
    let level = levelOf[topology.domain];
    let sorted = fullestFirst(this.levels[level] ?? []);
    // A preference gives way level by level; a requirement does not.
    while (topology.mode === "preferred" && level > 0 && (sorted[0]?.pods ?? 0) < pods) {
      level -= 1;
      sorted = fullestFirst(this.levels[level] ?? []);
    }
    if (topology.mode === "required" && (sorted[0]?.pods ?? 0) < pods) return undefined;
    let shares = take(sorted, pods);
    for (; shares && level < 2; level += 1) {
      const lower = shares.flatMap(({ domain }) => domain.children);
      shares = take(fullestFirst(lower), pods);
    }
    return shares;
  }
}

function domainsOf(pool: BoardPool): [Domain[], Domain[], Domain[]] {
  const levels: [Map<string, Domain>, Map<string, Domain>, Map<string, Domain>] = [
    new Map(),
    new Map(),
    new Map(),
  ];
  for (let node = 0; node < pool.nodes; node += 1) {
    const names = [...Object.values(domainLabels(pool.name, node, pool)), `${pool.name}-${node}`];
    let parent: Domain | undefined;
    for (const [level, domains] of levels.entries()) {
      const path = names.slice(0, level + 1);
      const key = path.join("/");
      const domain = domains.get(key) ?? { names: path, children: [], node, pods: 0 };
      if (!domains.has(key)) parent?.children.push(domain);
      domains.set(key, domain);
      parent = domain;
    }
  }
  const [blocks, racks, nodes] = levels.map((domains) => [...domains.values()].sort(byNames));
  return [blocks ?? [], racks ?? [], nodes ?? []];
}

/** Kueue compares names as texts, so node 10 comes before node 2. */
function byNames(a: Domain, b: Domain): number {
  const differing = a.names.findIndex((name, index) => name !== b.names[index]);
  if (differing < 0) return 0;
  return (a.names[differing] ?? "") < (b.names[differing] ?? "") ? -1 : 1;
}

/** One node where all fit with least to spare; otherwise from the node with least upwards. */
function spread(leaves: readonly Domain[], pods: number): Share[] | undefined {
  const sorted = leaves.toSorted((a, b) => a.pods - b.pods || byNames(a, b));
  const single = sorted.find((leaf) => leaf.pods >= pods);
  if (single) return [{ domain: single, pods }];
  const shares: Share[] = [];
  let left = pods;
  for (const leaf of sorted) {
    const taken = Math.min(left, leaf.pods);
    shares.push({ domain: leaf, pods: taken });
    left -= taken;
    if (left === 0) return shares;
  }
  return undefined;
}

function fullestFirst(domains: readonly Domain[]): Domain[] {
  return domains.toSorted((a, b) => b.pods - a.pods || byNames(a, b));
}

/** Whole domains, and for the last part the domain that holds it with least to spare. */
function take(sorted: readonly Domain[], pods: number): Share[] | undefined {
  const shares: Share[] = [];
  let left = pods;
  for (const [index, next] of sorted.entries()) {
    const isLast = next.pods >= left;
    const domain = isLast ? tightest(sorted.slice(index), left) : next;
    shares.push({ domain, pods: Math.min(left, domain.pods) });
    if (isLast) return shares;
    left -= next.pods;
  }
  return undefined;
}

function tightest(domains: readonly Domain[], pods: number): Domain {
  const fitting = domains.filter((domain) => domain.pods >= pods);
  return fitting.reduce((best, domain) => (domain.pods < best.pods ? domain : best));
}
