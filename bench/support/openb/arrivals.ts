/** The published arrival protocol: which pods arrive, in which order, until the cluster is overloaded. */
import type { FreeNode, PodRequest } from "../../../embedded/scheduler-extender/free-node.ts";
import { BenchRefusal } from "../table.ts";
import type { SeededRandom } from "./seeded-random.ts";

/** Of the cluster's accelerators, so much is asked for in the end. */
const inflation = 1.3;

/**
 * All pods of the list in random order, followed by randomly drawn ones until the next would ask for more
 * than 130 % of the cluster; a list that already asks for more loses random pods instead. Nothing leaves.
 * The draw stops by the amount of one accelerator of a pod, as the published simulator's does.
 */
export function arrivals(
  pods: readonly PodRequest[],
  nodes: readonly FreeNode[],
  random: SeededRandom,
): PodRequest[] {
  if (askedMilli(pods) === 0) throw new BenchRefusal("No pod of the list asks for an accelerator.");
  const limit = inflation * capacityMilli(nodes);
  const arriving = random.shuffled(pods);
  let asked = askedMilli(arriving);
  while (asked > limit) {
    const [removed] = arriving.splice(random.below(arriving.length), 1);
    if (removed) asked -= askedMilli([removed]);
  }
  if (arriving.length < pods.length) return arriving;
  for (;;) {
    const next = pods[random.below(pods.length)];
    if (!next || asked + next.gpuMilli > limit) return arriving;
    arriving.push(next);
    asked += askedMilli([next]);
  }
}

export function askedMilli(pods: readonly PodRequest[]): number {
  return pods.reduce((sum, { gpus, gpuMilli }) => sum + gpus * gpuMilli, 0);
}

export function capacityMilli(nodes: readonly FreeNode[]): number {
  return nodes.reduce((sum, { gpuMilli }) => sum + gpuMilli.length * 1000, 0);
}
