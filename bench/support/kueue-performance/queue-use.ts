/**
 * How much of their quota queues use, by what their own status tells over time: as upstream's recorder has it
 * (kubernetes-sigs/kueue 0.18, test/performance/scheduler/runner/recorder/recorder.go).
 */
import { coresOf } from "./configuration.ts";

export interface ClusterQueueState {
  readonly metadata: { readonly name: string };
  readonly status?: { readonly flavorsUsage?: readonly FlavorUsage[] };
}
interface FlavorUsage {
  readonly resources: readonly { readonly name: string; readonly total: string }[];
}

interface QueueState {
  readonly firstAt: number;
  lastAt: number;
  cores: number;
  /** Core-milliseconds until `lastAt`. */
  used: number;
}

export class QueueUse {
  private readonly queues = new Map<string, QueueState>();

  /** Takes what a queue told at such a millisecond; it holds until the queue tells something else. */
  see({ metadata, status }: ClusterQueueState, at: number): void {
    const cores = coresOf(status?.flavorsUsage?.[0]?.resources[0]?.total ?? "0");
    const state = this.queues.get(metadata.name);
    if (!state) {
      this.queues.set(metadata.name, { firstAt: at, lastAt: at, cores, used: 0 });
      return;
    }
    state.used += state.cores * (at - state.lastAt);
    state.lastAt = at;
    state.cores = cores;
  }

  /** Core-milliseconds of all queues. */
  get used(): number {
    return [...this.queues.values()].reduce((sum, state) => sum + state.used, 0);
  }

  /** Of the nominal cores of all queues, from the first thing that any of them told to the last. */
  percentOf(nominalCores: number): number {
    const states = [...this.queues.values()];
    const firstAt = Math.min(...states.map((state) => state.firstAt));
    const lastAt = Math.max(...states.map((state) => state.lastAt));
    return lastAt > firstAt ? (this.used * 100) / (nominalCores * (lastAt - firstAt)) : 0;
  }
}
