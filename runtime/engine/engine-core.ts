/**
 * Requests in, tokens out, one step at a time; knows nothing of threads, processes or time. A step is begun
 * and awaited: between both, requests come and go, and what the step before brought is told. Where nothing
 * depends on what it brings, the next one is begun before it has ended.
 */
import { type Batch, type Device, sequenceStatus } from "../device/contract.ts";
import { Answer } from "./answer.ts";
import { BlockPool } from "./block-pool.ts";
import type {
  Admission,
  EngineFacts,
  EngineStats,
  FinishReason,
  Generation,
  GenerationRequest,
  GenerationSink,
} from "./contract.ts";
import { DraftCounts } from "./draft-counts.ts";
import { Drafter, type Speculation } from "./drafter.ts";
import type { GrammarMatcher } from "./grammar-matcher.ts";
import { LateMasks } from "./late-masks.ts";
import { PrefixCache } from "./prefix-cache.ts";
import { Scheduler } from "./scheduler.ts";
import { Sequence } from "./sequence.ts";
import { SequenceBlocks } from "./sequence-blocks.ts";
import { type Step, Steps } from "./steps.ts";

export interface EngineCoreOptions {
  readonly device: Device;
  /** The most requests that wait; more are refused. */
  readonly waiting: number;
  /** Part of the blocks that stays free when a request is let in, for those that run to grow into. */
  readonly spareFraction: number;
  /** How often a request may lose its blocks before it is given up. */
  readonly preemptions: number;
  /** Default: nothing is guessed. */
  readonly speculation?: Speculation;
  /** Whether a step may be begun before the one before it has ended, by a device that can. Default: false. */
  readonly isSchedulingAhead?: boolean;
}

export class EngineCore {
  readonly facts: EngineFacts;
  private readonly pool: BlockPool;
  private readonly scheduler: Scheduler;
  private readonly steps: Steps;
  /** What was asked for while a step is computed. */
  private readonly changes: (() => void)[] = [];
  /** Requests among it. */
  private arriving = 0;
  /** Those that have something to tell. */
  private readonly untold: Answer[] = [];
  private readonly speculation: Speculation;
  private readonly draftCounts = new DraftCounts();
  private readonly answers = new Map<Sequence, Answer>();
  private readonly masks = new LateMasks();
  private readonly counts = {
    preemptions: 0,
    steps: 0,
    prefixQueryTokens: 0,
    prefixHitTokens: 0,
    promptTokens: 0,
    generatedTokens: 0,
  };

  constructor(options: EngineCoreOptions) {
    const { device, waiting, spareFraction, preemptions } = options;
    const { facts, limits } = device;
    const spareBlocks = Math.floor(facts.blocks * spareFraction);
    const { speculation = { tokens: 0, ngram: { min: 1, max: 1 } } } = options;
    this.speculation = { ...speculation, tokens: Math.min(speculation.tokens, limits.draftTokens ?? 0) };
    this.steps = new Steps(device, options.isSchedulingAhead === true);
    this.pool = new BlockPool(facts.blocks);
    const blocks = new SequenceBlocks(this.pool, new PrefixCache(this.pool, facts.blockTokens));
    this.scheduler = new Scheduler(blocks, {
      stepTokens: limits.stepTokens,
      sequences: limits.sequences,
      waiting,
      spareBlocks,
      preemptions,
    });
    const { name, ...sizes } = facts;
    const fitting = (facts.blocks - spareBlocks) * facts.blockTokens;
    this.facts = {
      ...sizes,
      device: name,
      sequenceTokens: Math.min(limits.sequenceTokens, fitting),
      sequences: limits.sequences,
      requests: limits.sequences + waiting,
    };
  }

  get isIdle(): boolean {
    return this.answers.size === 0 && !this.steps.isComputing;
  }

  stats(): EngineStats {
    return {
      ...this.counts,
      ...this.draftCounts.totals(),
      running: this.scheduler.runningCount,
      waiting: this.scheduler.waitingCount,
      usedBlocks: this.pool.size - this.pool.free,
    };
  }

  /** The matcher of the request's grammar, if it has one; it is disposed of with the request's end. */
  submit(
    request: GenerationRequest,
    sink: GenerationSink,
    matcher?: GrammarMatcher,
  ): { admission: Admission; generation?: Generation } {
    if (request.prompt.length + request.answerTokens > this.facts.sequenceTokens) {
      return { admission: "never-fits" };
    }
    const sequence = new Sequence(request, this.facts.blockTokens);
    const admission = this.scheduler.admission(sequence, this.arriving);
    if (admission !== "waiting") return { admission };
    const answer = new Answer(request, sequence, sink, { matcher, hiddenSize: this.facts.hiddenSize });
    const isGuessing = this.speculation.tokens > 0;
    if (isGuessing && answer.isPlain) sequence.drafter = new Drafter(this.speculation);
    sequence.isPlain = answer.isPlain && !isGuessing;
    this.answers.set(sequence, answer);
    sequence.matcher = matcher;
    if (matcher) this.masks.add(sequence);
    this.counts.promptTokens += request.prompt.length;
    if (!sequence.isWhole) this.counts.prefixQueryTokens += request.prompt.length;
    this.arriving += 1;
    if (this.steps.isComputing) this.scheduler.lookAhead(sequence);
    this.betweenSteps(() => this.scheduler.add(sequence));
    const abort = () => this.betweenSteps(() => this.end(answer, "aborted"));
    const hold = (isHeld: boolean) => {
      sequence.isHeld = isHeld;
    };
    return { admission, generation: { abort, hold } };
  }

  /**
   * Begins the next step, unless it was begun ahead, and does not wait for it; false if nothing can be
   * computed before something changes. Throws what the device throws.
   */
  start(): boolean {
    if (this.steps.isComputing) return true;
    this.masks.wait();
    const { members, filler } = this.steps.next;
    this.scheduler.schedule(members);
    for (const sequence of this.scheduler.crowdedOut) this.endOf(sequence, "crowded-out");
    this.scheduler.crowdedOut.length = 0;
    if (members.length === 0) return this.scheduler.wasCrowded;
    filler.fill(members, this.answers);
    this.begin(members);
    this.steps.begin();
    return true;
  }

  /**
   * Begins the step behind the one that is computed, with places for the tokens that are not known yet, where
   * it is the step that would follow if none of them ended an answer. Throws what the device throws.
   */
  startAhead(): void {
    // Who comes or goes does so between two steps: none more is put between.
    if (!this.steps.hasRoomBehind || this.changes.length > 0) return;
    const { members, filler } = this.steps.next;
    this.scheduler.scheduleAhead(members);
    if (members.length === 0) return;
    filler.fill(members, this.answers, true);
    this.steps.begin();
  }

  /**
   * Whether somebody may go on who waited for nothing but a mask when `start` found nothing to compute. Masks
   * are not looked at again: one that has come since is there, and tells nobody.
   */
  get isAwaitingMasks(): boolean {
    return this.masks.isAwaiting;
  }

  /** While a step is computed: looks for the beginning of whoever is let in next. */
  prepare(): void {
    if (this.steps.isComputing) this.scheduler.prepare();
  }

  /**
   * Waits for the step under way, for so many milliseconds at most; true once it has ended, or none is.
   * What was asked for meanwhile takes place as soon as none is, just as if it had been asked for then.
   * Throws what the device throws.
   */
  finish(milliseconds: number): boolean {
    if (!this.steps.isComputing) return true;
    const step = this.steps.finish(milliseconds);
    if (!step) return false;
    this.counts.steps += 1;
    this.refuse(step);
    this.scheduler.complete(step.members, step.batch);
    this.hearAll(step);
    if (!this.steps.isComputing) this.change();
    return true;
  }

  /** Tells what came of the last step, which need not be before the next one has begun. */
  tell(): void {
    // Not by iterators, here and where each step passes: they leave an object for each token.
    for (let index = 0; index < this.untold.length; index += 1) this.untold[index]?.tell();
    this.untold.length = 0;
  }

  /** Ends all that is left. */
  endAll(reason: FinishReason): void {
    this.steps.abandon();
    this.change();
    for (const answer of [...this.answers.values()]) this.end(answer, reason);
    this.tell();
  }

  /** The wait of whoever is in this step for the first time is over. */
  private begin(members: readonly Sequence[]): void {
    for (let index = 0; index < members.length; index += 1) {
      const sequence = members[index];
      if (sequence) this.answers.get(sequence)?.begin();
    }
  }

  /** Nobody is let in and nobody leaves while the blocks that they would change are computed. */
  private betweenSteps(change: () => void): void {
    this.changes.push(change);
    if (this.steps.isComputing) return;
    this.change();
    this.tell();
  }

  private change(): void {
    for (let index = 0; index < this.changes.length; index += 1) this.changes[index]?.();
    this.changes.length = 0;
    this.arriving = 0;
  }

  /** A sequence that cannot go on must not take the others with it. */
  private refuse({ batch, members, filler }: Step): void {
    // Its grammar was compiled, so that the fault is not its writer's.
    for (const { sequence, problem } of filler.spoiled) this.endOf(sequence, "failed", problem);
    filler.spoiled.length = 0;
    for (let index = 0; index < members.length; index += 1) {
      const status = batch.pooling[index] ? batch.status[index * batch.rowsPerSequence] : sequenceStatus.well;
      const sequence = members[index];
      if (sequence && status !== sequenceStatus.well) this.endOf(sequence, "non-finite-logits");
    }
  }

  private hearAll({ batch, members }: Step): void {
    const { draftCounts } = this;
    for (let index = 0; index < members.length; index += 1) {
      const sequence = members[index];
      const answer = sequence && this.answers.get(sequence);
      answer?.takePooled(batch, index);
      if (answer?.isPooled && answer.sequence.state === "finished") this.end(answer, "stop");
      if (!answer || !batch.isSampled[index]) continue;
      const reason = this.hear(answer, batch, index * batch.rowsPerSequence);
      const drafts = batch.draftTokens[index] ?? 0;
      if (drafts > 0) draftCounts.add(drafts, answer.sequence.gained - 1);
      if (reason) this.end(answer, reason);
      else this.untold.push(answer);
    }
  }

  /** What the step brought to one answer; why it ends, if it does. */
  private hear(answer: Answer, batch: Batch, first: number): FinishReason | undefined {
    const { gained, status, state } = answer.sequence;
    for (let row = first; row < first + gained; row += 1) {
      this.counts.generatedTokens += 1;
      if (answer.take(batch, row)) return "stop";
    }
    if (status === sequenceStatus.nothingAllowed) return "stop";
    if (status !== sequenceStatus.well) return "non-finite-logits";
    return state === "finished" ? "length" : undefined;
  }

  private endOf(sequence: Sequence, reason: FinishReason, problem?: string): void {
    const answer = this.answers.get(sequence);
    if (answer) this.end(answer, reason, problem);
  }

  private end(answer: Answer, reason: FinishReason, problem?: string): void {
    const { sequence } = answer;
    if (!this.answers.delete(sequence)) return;
    this.masks.remove(sequence);
    this.counts.preemptions += sequence.preemptions + sequence.evictions;
    this.counts.prefixHitTokens += sequence.found;
    if (reason === "stop") this.scheduler.finish(sequence);
    this.scheduler.abort(sequence);
    answer.reason = reason;
    answer.problem = problem;
    this.untold.push(answer);
  }
}
