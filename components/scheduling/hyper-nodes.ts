/** Network domains as HyperNodes of Volcano 1.14, written from what a cluster says of its nodes. */
import type { ProvisionedNodePool } from "../cluster/contract.ts";

type Selector =
  | { readonly exactMatch: { readonly name: string } }
  | { readonly labelMatch: { readonly matchLabels: Readonly<Record<string, string>> } };

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
 * nodes are there, and Volcano has to look for them itself.
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
  return [...found.values()].sort((a, b) => b.depth - a.depth).map((domain) => hyperNode(domain, levels));
}

interface Domain {
  readonly path: readonly string[];
  readonly depth: number;
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
    above?.children.add(name);
    above = domain;
  }
  if (above) above.hasNodes = true;
}

function hyperNode({ path, depth, children, hasNodes }: Domain, levels: readonly string[]): HyperNode {
  const matchLabels = Object.fromEntries(path.map((value, index) => [levels[index] ?? "", value]));
  return {
    name: path.join("."),
    spec: {
      tier: levels.length - depth + 1,
      members: [
        ...[...children].map((name) => ({ type: "HyperNode", selector: { exactMatch: { name } } }) as const),
        ...(hasNodes ? [{ type: "Node", selector: { labelMatch: { matchLabels } } } as const] : []),
      ],
    },
  };
}
