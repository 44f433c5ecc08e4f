/** Ways to choose a node: three published ones, which check that the replay is faithful, and our own. */
import {
  type FreeNode,
  freeGpuMilli,
  type Placement,
  type PodRequest,
  placements,
} from "../../../embedded/scheduler-extender/free-node.ts";
import { LearnedMix } from "../../../embedded/scheduler-extender/learned-mix.ts";
import { fragmentMilli } from "../../../embedded/scheduler-extender/waste.ts";
import { type ScoredPlacement, scorePlacement } from "../../../embedded/scheduler-extender/waste-score.ts";
import type { WorkloadMix } from "../../../embedded/scheduler-extender/workload-mix.ts";
import type { SeededRandom } from "./seeded-random.ts";

export interface Policy {
  readonly name: string;
  /** What the published figures call it; undefined for those that are not among them. */
  readonly published?: string;
  /** Which of several best nodes is taken: the first in the order of nodes, or any. */
  readonly tie: "first" | "random";
  /** Learns from a pod that arrives; whether it now judges nodes differently. */
  observe?(request: PodRequest): boolean;
  /** The best way to place the pod on the node, or undefined if it does not fit. */
  evaluate(node: FreeNode, request: PodRequest): ScoredPlacement | undefined;
  /** Where judgements are remembered but a draw must not be: the way to place the pod on the chosen node. */
  settle?(node: FreeNode, request: PodRequest): Placement | undefined;
}

/** `mix` is of the whole list, which FGD knows from the start; the project's own learns as pods arrive. */
export function policies(mix: WorkloadMix, random: SeededRandom): Policy[] {
  const learned = new LearnedMix();
  return [
    {
      name: "Random",
      published: "01-Random",
      tie: "random",
      evaluate: (node, request) => {
        const [any] = placements(node, request);
        return any && { ...any, score: 0 };
      },
      settle: (node, request) => {
        const ways = placements(node, request);
        return ways[random.below(ways.length)];
      },
    },
    { name: "BestFit", published: "05-BestFit", tie: "first", evaluate: bestFit },
    {
      name: "FGD",
      published: "06-FGD",
      tie: "first",
      evaluate: (node, request) => fragmentationGradient(node, request, mix),
    },
    {
      name: "waste",
      tie: "first",
      observe: (request) => learned.observe(request),
      evaluate: (node, request) => scorePlacement(node, request, learned.mix),
    },
  ];
}

/** The largest node of the published simulator, by which it scales. */
const largest = { cpuMilli: 128_000, gpuMilli: 8000 };

/** The least CPU and accelerators left over, in whole percent; the tightest accelerator on the node. */
function bestFit(node: FreeNode, request: PodRequest): ScoredPlacement | undefined {
  const ways = placements(node, request);
  const left = (device: number | undefined) => node.gpuMilli[device ?? -1] ?? 0;
  const [first, ...others] = ways;
  if (!first) return undefined;
  const tightest = others.reduce(
    (best, way) => (left(way.devices[0]) < left(best.devices[0]) ? way : best),
    first,
  );
  const { after } = tightest;
  const unused = (after.cpuMilli / largest.cpuMilli) * 0.5 + (freeGpuMilli(after) / largest.gpuMilli) * 0.5;
  return { ...tightest, score: Math.trunc((1 - unused) * 100) };
}

/** The least growth of fragments, in whole percent of a sigmoid; being coarse, it fills nodes in order. */
function fragmentationGradient(
  node: FreeNode,
  request: PodRequest,
  mix: WorkloadMix,
): ScoredPlacement | undefined {
  const before = fragmentMilli(node, mix);
  let best: ScoredPlacement | undefined;
  for (const way of placements(node, request)) {
    const avoided = (before - fragmentMilli(way.after, mix)) / 1000;
    const score = Math.trunc(100 / (1 + Math.exp(-avoided)));
    if (!best || score > best.score) best = { ...way, score };
  }
  return best;
}
