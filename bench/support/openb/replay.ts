/** Replays arriving pods on nodes with a policy, and measures what is allocated and what is fragmented. */
import {
  type FreeNode,
  freeGpuMilli,
  type PodRequest,
} from "../../../embedded/scheduler-extender/free-node.ts";
import { fragmentMilli } from "../../../embedded/scheduler-extender/waste.ts";
import type { ScoredPlacement } from "../../../embedded/scheduler-extender/waste-score.ts";
import type { WorkloadMix } from "../../../embedded/scheduler-extender/workload-mix.ts";
import { ArrivalWindow } from "./arrival-window.ts";
import { askedMilli, capacityMilli } from "./arrivals.ts";
import type { Policy } from "./policies.ts";
import type { SeededRandom } from "./seeded-random.ts";

export interface Replay {
  /** What arrived in all, of the cluster's accelerators. */
  readonly arrivedPercent: number;
  readonly allocationPercent: number;
  readonly fragmentPercent: number;
  readonly rejectedPods: number;
  readonly secondsPerPod: number;
}

export function replay(
  nodes: readonly FreeNode[],
  pods: readonly PodRequest[],
  policy: Policy,
  mix: WorkloadMix,
  random: SeededRandom,
): Replay {
  const cluster = new ReplayedCluster(nodes, mix);
  const window = new ArrivalWindow(capacityMilli(nodes), askedMilli(pods));
  let rejectedPods = 0;
  const started = performance.now();
  for (const pod of pods) {
    if (policy.observe?.(pod)) cluster.forget();
    if (!cluster.schedule(pod, policy, random)) rejectedPods += 1;
    window.after(askedMilli([pod]), cluster.allocatedMilli, () => cluster.fragmentsMilli);
  }
  const secondsPerPod = (performance.now() - started) / 1000 / pods.length;
  return { ...window.figures, rejectedPods, secondsPerPod };
}

/** What a policy said of a node that has not changed since still holds. */
interface Remembered {
  readonly node: FreeNode;
  readonly placement: ScoredPlacement | undefined;
}

class ReplayedCluster {
  allocatedMilli = 0;
  fragmentsMilli = 0;
  private readonly nodes: FreeNode[];
  private readonly mix: WorkloadMix;
  private readonly remembered = new Map<PodRequest, (Remembered | undefined)[]>();

  constructor(nodes: readonly FreeNode[], mix: WorkloadMix) {
    this.nodes = [...nodes];
    this.mix = mix;
    for (const node of nodes) this.fragmentsMilli += fragmentMilli(node, mix);
  }

  /** The policy judges differently from now on. */
  forget(): void {
    this.remembered.clear();
  }

  schedule(request: PodRequest, policy: Policy, random: SeededRandom): boolean {
    const chosen = this.choose(request, policy, random);
    if (!chosen) return false;
    const { index } = chosen;
    const before = this.nodes[index] as FreeNode;
    const placement = policy.settle?.(before, request) ?? chosen.placement;
    this.nodes[index] = placement.after;
    this.allocatedMilli += freeGpuMilli(before) - freeGpuMilli(placement.after);
    this.fragmentsMilli += fragmentMilli(placement.after, this.mix) - fragmentMilli(before, this.mix);
    return true;
  }

  private choose(request: PodRequest, policy: Policy, random: SeededRandom) {
    const known = this.remembered.get(request) ?? [];
    this.remembered.set(request, known);
    let best: { index: number; placement: ScoredPlacement } | undefined;
    let equals = 0;
    for (let index = 0; index < this.nodes.length; index += 1) {
      const node = this.nodes[index] as FreeNode;
      let entry = known[index];
      if (entry?.node !== node) {
        entry = { node, placement: policy.evaluate(node, request) };
        known[index] = entry;
      }
      const { placement } = entry;
      if (!placement || (best && placement.score < best.placement.score)) continue;
      equals = best && placement.score === best.placement.score ? equals + 1 : 1;
      const isTaken = equals === 1 || (policy.tie === "random" && random.below(equals) === 0);
      if (isTaken) best = { index, placement };
    }
    return best;
  }
}
