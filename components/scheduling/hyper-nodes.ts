/** Network domains as HyperNodes of Volcano 1.14, written from what a cluster says of its nodes. */
import type { ProvisionedNodePool } from "../cluster/contract.ts";

type Selector = { readonly exactMatch: { readonly name: string } } | { readonly labelMatch: LabelSelector };

interface LabelSelector {
  readonly matchLabels: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: "NotIn";
    readonly values: readonly string[];
  }[];
}

export interface HyperNode {
  /** Values of its domain's labels from the widest level down, joined by dots. */
  readonly name: string;
  readonly spec: {
    /** 1 is the narrowest above the node. */
    readonly tier: number;
    readonly members: readonly { readonly type: "Node" | "HyperNode"; readonly selector: Selector }[];
  };
}

/**
 * Every domain above the node, narrow ones first; undefined where a pool's domains are not known before its
 * nodes are there, and Volcano has to look for them itself. None has members of both kinds: of nodes that
 * come, Volcano tells at once only those HyperNodes that hold no others, and those above them.
 */
export function hyperNodes(
  pools: readonly Pick<ProvisionedNodePool, "domains">[],
  topologyLevels: readonly string[],
): HyperNode[] | undefined {
  const levels = topologyLevels.slice(0, -1);
  const found = new Map<string, Domain>();
  for (const { domains } of pools) {
    if (domains === undefined) return undefined;
    for (const labels of domains) addDomains(found, labels, levels);
  }
  const narrowFirst = [...found.values()].sort((a, b) => b.depth - a.depth);
  return narrowFirst.flatMap((domain) => ownHyperNodes(domain, levels, found));
}

interface Domain {
  readonly path: readonly string[];
  readonly depth: number;
  /** The narrower ones, by the last value of their path. */
  readonly children: Set<string>;
  /** Whether nodes stand in it and in no narrower one: their pool has no such level. */
  hasNodes: boolean;
}

/** The domains of one node, down to the first level that it has no label of. */
function addDomains(
  found: Map<string, Domain>,
  labels: Readonly<Record<string, string>>,
  levels: readonly string[],
): void {
  const missing = levels.findIndex((level) => labels[level] === undefined);
  const path = levels.slice(0, missing === -1 ? levels.length : missing).map((level) => labels[level] ?? "");
  let above: Domain | undefined;
  for (const depth of path.keys()) {
    const own = path.slice(0, depth + 1);
    const name = own.join(".");
    const domain = found.get(name) ?? { path: own, depth: own.length, children: new Set(), hasNodes: false };
    found.set(name, domain);
    above?.children.add(own.at(-1) ?? "");
    above = domain;
  }
  if (above) above.hasNodes = true;
}

/** One of its nodes, or of the narrower domains in it; these beside one of the nodes that are in none. */
function ownHyperNodes(
  { path, depth, children, hasNodes }: Domain,
  levels: readonly string[],
  found: ReadonlyMap<string, Domain>,
): HyperNode[] {
  const tier = levels.length - depth + 1;
  const name = path.join(".");
  const matchLabels = Object.fromEntries(path.map((value, index) => [levels[index] ?? "", value]));
  if (children.size === 0) return [{ name, spec: { tier, members: [nodesBy({ matchLabels })] } }];
  const narrower = [...children].map((value) => member(`${name}.${value}`));
  if (!hasNodes) return [{ name, spec: { tier, members: narrower } }];
  const key = levels[depth] ?? "";
  const rest = nodesBy({
    matchLabels,
    matchExpressions: [{ key, operator: "NotIn", values: [...children] }],
  });
  const restName = unused(`${name}.rest`, found);
  return [
    // No narrower tier than the whole: these nodes share no more than that.
    { name: restName, spec: { tier, members: [rest] } },
    { name, spec: { tier, members: [...narrower, member(restName)] } },
  ];
}

function member(name: string) {
  return { type: "HyperNode", selector: { exactMatch: { name } } } as const;
}

function nodesBy(labelMatch: LabelSelector) {
  return { type: "Node", selector: { labelMatch } } as const;
}

function unused(name: string, found: ReadonlyMap<string, Domain>): string {
  return found.has(name) ? unused(`${name}-rest`, found) : name;
}
