/** Nodes that a stack itself declares, with what each can give to pods. */
import type { V1Node } from "@kubernetes/client-node";
import { parseQuantity } from "./quantity.ts";
import { kindOf, type Resource, type StackResource } from "./resources.ts";

export interface NodeCapacity {
  readonly labels: Readonly<Record<string, string>>;
  /** Amounts in billionths by resource name. */
  readonly allocatable: ReadonlyMap<string, bigint>;
}

type Props = Resource["props"];

/** How the nodes of each kind of resource are read; a cloud's node group is one more row. */
const readers: Readonly<Record<string, (props: Props) => NodeCapacity[]>> = {
  "core/Node": readNode,
};

/** The nodes of every pool whose size the stack tells. */
export function declaredNodes(resources: readonly StackResource[]): NodeCapacity[] {
  return resources.flatMap(({ type, props }) => readers[kindOf(type) ?? type]?.(props) ?? []);
}

/** The nodes that carry all of a flavor's labels; without labels a flavor takes every node. */
export function nodesWithLabels(nodes: readonly NodeCapacity[], labels: Readonly<Record<string, string>>) {
  return nodes.filter((node) => Object.entries(labels).every(([key, value]) => node.labels[key] === value));
}

function readNode(props: Props): NodeCapacity[] {
  const { metadata, status } = props as Partial<V1Node>;
  if (!status?.allocatable) return [];
  const amounts = Object.entries(status.allocatable).map(
    ([name, amount]) => [name, parseQuantity(amount) ?? 0n] as const,
  );
  return [{ labels: metadata?.labels ?? {}, allocatable: new Map(amounts) }];
}
