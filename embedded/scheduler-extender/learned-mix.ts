/** Learns what pods typically ask for from those that have arrived, knowing nothing of those to come. */
import type { PodRequest } from "./free-node.ts";
import { type WorkloadMix, workloadMix } from "./workload-mix.ts";

/** Fewer say nothing about what is typical. */
const leastPods = 50;
/** Older pods are forgotten, so that the mix follows the workload and memory has a bound. */
const rememberedPods = 10_000;

export class LearnedMix {
  /** Of no pods at all in the beginning: nothing is waste then, and the fullest node wins. */
  mix: WorkloadMix = workloadMix([]);
  private readonly seen: PodRequest[] = [];
  private sinceLearned = 0;

  /** Whether the mix has changed: it is learned anew whenever as many pods again have come. */
  observe(request: PodRequest): boolean {
    this.seen.push(request);
    this.sinceLearned += 1;
    const isDue = this.sinceLearned >= Math.max(leastPods, this.seen.length / 2);
    if (!isDue) return false;
    this.seen.splice(0, this.seen.length - rememberedPods);
    this.mix = workloadMix(this.seen);
    this.sinceLearned = 0;
    return true;
  }
}
