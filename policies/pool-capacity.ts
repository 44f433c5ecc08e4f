/** Nodes that a stack itself declares, with what each can give to pods. */
import type { V1Node } from "@kubernetes/client-node";
import { devicesByNode } from "./device-slices.ts";
import { parseQuantity } from "./quantity.ts";
import { kindOf, type Resource, type StackResource } from "./resources.ts";

export interface NodeCapacity {
  readonly labels: Readonly<Record<string, string>>;
  /** Amounts in billionths by resource name; undefined where the size is not told. */
  readonly allocatable: ReadonlyMap<string, bigint> | undefined;
}

type Props = Resource["props"];

interface NamedNode extends NodeCapacity {
  readonly name: string | undefined;
}

/** How the nodes of each kind of resource are read; a cloud's node group is one more row. */
const readers: Readonly<Record<string, (props: Props) => NamedNode[]>> = {
  "core/Node": readNode,
};

/** The nodes that the stack tells of, with what they offer to requests and to claims. */
export function declaredNodes(resources: readonly StackResource[]): NodeCapacity[] {
  const devices = devicesByNode(resources);
  const nodes = resources.flatMap(({ type, props }) => readers[kindOf(type) ?? type]?.(props) ?? []);
  return nodes.map(({ name = "", labels, allocatable }) => ({
    labels,
    allocatable: allocatable && new Map([...allocatable, ...(devices.get(name) ?? [])]),
  }));
}

/** The nodes that carry all of a flavor's labels; without labels a flavor takes every node. */
export function nodesWithLabels(nodes: readonly NodeCapacity[], labels: Readonly<Record<string, string>>) {
  return nodes.filter((node) => Object.entries(labels).every(([key, value]) => node.labels[key] === value));
}

/** The provider leaves the status out of the preview of a node that is new. */
function readNode(props: Props): NamedNode[] {
  const { metadata, status } = props as Partial<V1Node>;
  const amounts = Object.entries(status?.allocatable ?? {}).map(
    ([name, amount]) => [name, parseQuantity(amount) ?? 0n] as const,
  );
  const allocatable = status?.allocatable ? new Map(amounts) : undefined;
  return [{ name: metadata?.name, labels: metadata?.labels ?? {}, allocatable }];
}
