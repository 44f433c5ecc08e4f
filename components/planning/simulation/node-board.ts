/**
 * Which nodes a gang gets: Kueue's topology-aware assignment with its default profile. A gang that states no
 * topology goes where least is free; one that does goes into the fitting domain with least to spare.
 */
import { domainLabels, shapeDomains, type TopologyDomain, type TopologyShape } from "../topology.ts";

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

/** A node, or nodes that share NVLink, a rack or a block. */
interface Domain {
  /** Names from the block down. */
  readonly names: readonly string[];
  /** Place among those of its level in the order of their names. */
  rank: number;
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

export class NodeBoard {
  private readonly free: number[];
  private readonly perNode: number;
  /** What the levels are called, from the block to the node. */
  private readonly names: readonly TopologyDomain[];
  /** The domains of each, in the order of their names. */
  private readonly levels: readonly (readonly Domain[])[];
  private readonly leaves: readonly Domain[];
  /** Answers that no state of the pool changes. */
  private readonly everPossible = new Map<string, boolean>();

  constructor(pool: BoardPool) {
    this.perNode = pool.acceleratorsPerNode;
    this.free = new Array(pool.nodes).fill(pool.acceleratorsPerNode);
    this.names = shapeDomains(pool);
    this.levels = domainsOf(pool, this.names.length);
    this.leaves = this.levels.at(-1) ?? [];
  }

  /** Nodes for the whole gang, or undefined. */
  place(request: PodRequest): NodeShare[] | undefined {
    this.count(request, false);
    return this.choose(request)
      ?.filter(({ pods }) => pods > 0)
      .map(({ domain, pods }) => ({ node: domain.node, pods }))
      .sort((a, b) => a.node - b.node);
  }

  /** Whether the gang has nodes when nobody else has. */
  couldEverPlace(request: PodRequest): boolean {
    const { nodes, acceleratorsPerNode, topology } = request;
    const key = `${nodes}x${acceleratorsPerNode} ${topology?.mode} ${topology?.domain}`;
    const known = this.everPossible.get(key);
    if (known !== undefined) return known;
    this.count(request, true);
    const isPossible = this.choose(request) !== undefined;
    this.everPossible.set(key, isPossible);
    return isPossible;
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

  private choose({ nodes, topology }: PodRequest): Share[] | undefined {
    return topology ? this.together(nodes, topology) : spread(this.leaves, nodes);
  }

  /** Counts, in every domain that the request may look at, the pods that fit. */
  private count({ acceleratorsPerNode, topology }: PodRequest, whenEmpty: boolean): void {
    for (const leaf of this.leaves) {
      const free = whenEmpty ? this.perNode : (this.free[leaf.node] ?? 0);
      leaf.pods = Math.max(0, Math.floor(free / acceleratorsPerNode));
    }
    if (!topology) return;
    for (const parent of this.levels.slice(0, -1).toReversed().flat()) {
      parent.pods = parent.children.reduce((sum, child) => sum + child.pods, 0);
    }
  }

  private together(pods: number, topology: NonNullable<PodRequest["topology"]>): Share[] | undefined {
    let level = this.names.indexOf(topology.domain);
    // Nothing here is such a domain.
    if (level < 0) return undefined;
    let sorted = fullestFirst(this.levels[level] ?? []);
    // A preference gives way level by level; a requirement does not.
    while (topology.mode === "preferred" && level > 0 && (sorted[0]?.pods ?? 0) < pods) {
      level -= 1;
      sorted = fullestFirst(this.levels[level] ?? []);
    }
    if (topology.mode === "required" && (sorted[0]?.pods ?? 0) < pods) return undefined;
    let shares = take(sorted, pods);
    for (; shares && level < this.names.length - 1; level += 1) {
      const lower = shares.flatMap(({ domain }) => domain.children);
      shares = take(fullestFirst(lower), pods);
    }
    return shares;
  }
}

function domainsOf(pool: BoardPool, depth: number): Domain[][] {
  const levels = Array.from({ length: depth }, () => new Map<string, Domain>());
  for (let node = 0; node < pool.nodes; node += 1) {
    const names = [...Object.values(domainLabels(pool.name, node, pool)), `${pool.name}-${node}`];
    let parent: Domain | undefined;
    for (const [level, domains] of levels.entries()) {
      const path = names.slice(0, level + 1);
      const key = path.join("/");
      const domain = domains.get(key) ?? { names: path, rank: 0, children: [], node, pods: 0 };
      if (!domains.has(key)) parent?.children.push(domain);
      domains.set(key, domain);
      parent = domain;
    }
  }
  return levels.map((domains) => ranked([...domains.values()]));
}

function ranked(domains: Domain[]): Domain[] {
  for (const [rank, domain] of domains.sort(byNames).entries()) domain.rank = rank;
  return domains;
}

/** Kueue compares names as texts, so node 10 comes before node 2. */
function byNames(a: Domain, b: Domain): number {
  const differing = a.names.findIndex((name, index) => name !== b.names[index]);
  if (differing < 0) return 0;
  return (a.names[differing] ?? "") < (b.names[differing] ?? "") ? -1 : 1;
}

/** One node where all fit with least to spare; otherwise from the node with least upwards. */
function spread(leaves: readonly Domain[], pods: number): Share[] | undefined {
  let single: Domain | undefined;
  let total = 0;
  for (const leaf of leaves) {
    total += leaf.pods;
    if (leaf.pods >= pods && (!single || leaf.pods < single.pods)) single = leaf;
  }
  if (single) return [{ domain: single, pods }];
  if (total < pods) return undefined;
  const shares: Share[] = [];
  let left = pods;
  for (const leaf of leaves.toSorted((a, b) => a.pods - b.pods || a.rank - b.rank)) {
    const taken = Math.min(left, leaf.pods);
    if (taken > 0) shares.push({ domain: leaf, pods: taken });
    left -= taken;
  }
  return shares;
}

function fullestFirst(domains: readonly Domain[]): Domain[] {
  return domains.toSorted((a, b) => b.pods - a.pods || a.rank - b.rank);
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
