/** How many nodes pods of several sizes need at once, counted from below. */
import { sum } from "./sum.ts";

/** Pods of one size. */
export interface EqualPods {
  readonly nodes: number;
  readonly acceleratorsPerNode: number;
}

/**
 * The fewest nodes with so many accelerators each that could hold all pods, none of which is larger than a
 * node. What is above the nodes of a pool never fits it; what is not may still not.
 *
 * It counts each pod as a part of a node, in several ways, none of which makes more than a whole node of pods
 * that one node holds: the functions u^(k) of Fekete and Schepers, "New classes of fast lower bounds for bin
 * packing problems", Mathematical Programming 91 (2001). With k = 1 a pod of more than half a node is a whole
 * one, with k = 2 one of more than a third is half, and so on; the last way adds up the accelerators.
 */
export function leastNodes(pods: readonly EqualPods[], acceleratorsPerNode: number): number {
  const ways = Array.from({ length: Math.max(1, acceleratorsPerNode - 1) }, (_, index) => index + 1);
  const counts = ways.map((way) => {
    const parts = pods.map(
      (equal) => equal.nodes * partsOf(equal.acceleratorsPerNode, acceleratorsPerNode, way),
    );
    return Math.ceil(sum(parts) / (way * acceleratorsPerNode));
  });
  return Math.max(...counts);
}

/** What a pod counts, of `way` times `perNode` parts of a node: whole numbers, so that nothing is rounded. */
function partsOf(accelerators: number, perNode: number, way: number): number {
  const scaled = (way + 1) * accelerators;
  return scaled % perNode === 0 ? way * accelerators : Math.floor(scaled / perNode) * perNode;
}
