/** Scores nodes for a pod by what placing it there would waste, so that free accelerators stay useful. */
import { type FreeNode, freeGpuMilli, type Placement, type PodRequest, placements } from "./free-node.ts";
import { fragmentMilli, strandedMilli } from "./waste.ts";
import type { WorkloadMix } from "./workload-mix.ts";

export interface ScoredPlacement extends Placement {
  /** In accelerators that stay useful; higher is better. */
  readonly score: number;
}

/**
 * Chosen on the openb trace with arrival seeds that its figures do not use. Results are flat around them:
 * half or double of either changes allocation by at most 0.1 percentage points (docs/scheduling-openb.md).
 */
const weights = {
  /** An accelerator without CPU or memory is lost to every pod, a fragment only to some. */
  stranded: 2,
  /** Per accelerator still free on the node: among equally good nodes, fill the fullest. */
  free: 0.025,
};

/** The best way to place the pod on the node, or undefined if it does not fit. */
export function scorePlacement(
  node: FreeNode,
  request: PodRequest,
  mix: WorkloadMix,
): ScoredPlacement | undefined {
  const before = wasteMilli(node, mix);
  let best: ScoredPlacement | undefined;
  for (const { devices, after } of placements(node, request)) {
    const avoided = before - wasteMilli(after, mix);
    const score = (avoided - weights.free * freeGpuMilli(after)) / 1000;
    if (best === undefined || score > best.score) best = { devices, after, score };
  }
  return best;
}

function wasteMilli(node: FreeNode, mix: WorkloadMix): number {
  return fragmentMilli(node, mix) + weights.stranded * strandedMilli(node, mix);
}
