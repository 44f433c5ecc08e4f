/** The engine's scheduler on a device that computes nothing and takes the time that a cost model says. */
import { seededRandom } from "../../../components/planning/random.ts";
import { BlockPool } from "../../../runtime/engine/block-pool.ts";
import { PrefixCache } from "../../../runtime/engine/prefix-cache.ts";
import { Scheduler } from "../../../runtime/engine/scheduler.ts";
import type { Sequence } from "../../../runtime/engine/sequence.ts";
import { SequenceBlocks } from "../../../runtime/engine/sequence-blocks.ts";
import { blockTokens, type Lengths, type Policy, ReservedBlocks, SimulatedSequence } from "./policies.ts";

/** A model on a card, as data sheets have them. */
export interface Card {
  readonly weightBytes: number;
  readonly kvBytesPerToken: number;
  /** Left for the KV cache. */
  readonly kvCacheBytes: number;
  readonly bytesPerSecond: number;
  readonly operationsPerSecond: number;
}

export interface Workload {
  readonly name: string;
  readonly card: Card;
  /** The longest that a request may become. */
  readonly sequenceTokens: number;
  readonly lengths: readonly Lengths[];
}

export interface Outcome {
  /** Mean over requests of the seconds from arrival to end for each token of the answer. */
  readonly secondsPerToken: number;
  /** Part of the reserved KV cache in which nothing stands, over time. */
  readonly waste: number;
  /** Requests that run, over time. */
  readonly running: number;
}

const requests = 500;
/** The first ones meet an empty engine, which says little about a rate. */
const warmRequests = 100;
const limits = { stepTokens: 512, sequences: 512, waiting: requests, preemptions: requests };
/** Of blocks taken as needed, the part that stays free when a request is let in; the engine's default. */
const spareFraction = 0.02;

/**
 * Weights are read once a step or multiplied with each token, whichever takes longer; of each token of a
 * context its keys and values are read. Two operations for each weight, which has two bytes.
 */
export function stepSeconds(card: Card, tokens: number, contextTokens: number): number {
  const weights = card.weightBytes / card.bytesPerSecond;
  const products = (tokens * card.weightBytes) / card.operationsPerSecond;
  return Math.max(weights, products) + (contextTokens * card.kvBytesPerToken) / card.bytesPerSecond;
}

/** Requests come at random, so many in a second. */
export function simulate(workload: Workload, policy: Policy, rate: number): Outcome {
  return new Simulation(workload, policy, rate).run();
}

class Simulation {
  private readonly workload: Workload;
  private readonly policy: Policy;
  private readonly scheduler: Scheduler;
  private readonly blocks: SequenceBlocks;
  private readonly arriving: SimulatedSequence[];
  private readonly active = new Set<SimulatedSequence>();
  private readonly answers = {
    sampled: new Int32Array(limits.sequences),
    status: new Int32Array(limits.sequences),
    rowsPerSequence: 1,
  };
  private now = 0;
  private latencies: number[] = [];
  private readonly sums = { seconds: 0, used: 0, reserved: 0, running: 0 };

  constructor(workload: Workload, policy: Policy, rate: number) {
    this.workload = workload;
    this.policy = policy;
    const { kvCacheBytes, kvBytesPerToken } = workload.card;
    const pool = new BlockPool(Math.floor(kvCacheBytes / kvBytesPerToken / blockTokens));
    const cache = new PrefixCache(pool, blockTokens);
    this.blocks = policy.reserve
      ? new ReservedBlocks(pool, cache, policy.reserve)
      : new SequenceBlocks(pool, cache);
    const spareBlocks = policy.reserve ? 0 : Math.floor(pool.size * spareFraction);
    this.scheduler = new Scheduler(this.blocks, { ...limits, spareBlocks });
    const random = seededRandom(1);
    let at = 0;
    this.arriving = Array.from({ length: requests }, (_, index) => {
      at += random.exponential(1 / rate);
      const lengths = workload.lengths[random.below(workload.lengths.length)] as Lengths;
      return new SimulatedSequence(lengths, workload.sequenceTokens, index, at);
    });
  }

  run(): Outcome {
    const step: Sequence[] = [];
    while (this.arriving.length + this.active.size > 0) {
      this.letIn();
      const tokens = this.scheduler.schedule(step);
      if (step.length === 0) {
        this.now = Math.max(this.now, this.arriving[0]?.arrivesAt ?? this.now);
        continue;
      }
      const context = step.reduce((sum, { computed, scheduled }) => sum + computed + scheduled, 0);
      this.pass(stepSeconds(this.workload.card, tokens, context));
      this.scheduler.complete(step, this.answers);
      this.endThose(step);
    }
    const { seconds, used, reserved, running } = this.sums;
    const measured = this.latencies.slice(warmRequests);
    const secondsPerToken = measured.reduce((sum, latency) => sum + latency, 0) / measured.length;
    return { secondsPerToken, waste: 1 - used / reserved, running: running / seconds };
  }

  private letIn(): void {
    // A batch that is static is chosen once, as large as the cache allows.
    const perRequest = Math.ceil(this.workload.sequenceTokens / blockTokens);
    const batch = Math.floor(this.blocks.size / perRequest);
    if (this.policy.isStatic && this.active.size > 0) return;
    for (let next = this.arriving[0]; next && next.arrivesAt <= this.now; next = this.arriving[0]) {
      if (this.policy.isStatic && this.active.size >= batch) return;
      this.arriving.shift();
      this.scheduler.add(next);
      this.active.add(next);
    }
  }

  private pass(seconds: number): void {
    this.now += seconds;
    const { sums } = this;
    let used = 0;
    for (const { computed, scheduled } of this.active) used += computed + scheduled;
    sums.seconds += seconds;
    sums.used += seconds * used;
    sums.reserved += seconds * (this.blocks.size - this.blocks.free) * blockTokens;
    sums.running += seconds * this.scheduler.runningCount;
  }

  private endThose(step: readonly Sequence[]): void {
    for (const sequence of step) {
      if (!(sequence instanceof SimulatedSequence) || sequence.answer.length < sequence.answerTokens)
        continue;
      if (this.policy.isStatic) sequence.isHeld = true;
      else this.end(sequence);
    }
    const isWhole = [...this.active].every(({ isHeld }) => isHeld);
    if (this.policy.isStatic && isWhole) for (const sequence of this.active) this.end(sequence);
  }

  private end(sequence: SimulatedSequence): void {
    this.scheduler.abort(sequence);
    this.active.delete(sequence);
    this.latencies.push((this.now - sequence.arrivesAt) / sequence.answerTokens);
  }
}
