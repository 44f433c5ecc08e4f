/**
 * Which tokens the next step computes. There are no phases: every sequence has tokens that are known and some
 * that are computed, and each step hands out a budget of tokens, to those that run and then to those that
 * wait. Chunks of long prompts, prompts that were found and single tokens of answers are all the same to it.
 */
import { type Batch, sequenceStatus } from "../device/contract.ts";
import { FairShare } from "./fair-share.ts";
import { holdPlaces } from "./places.ts";
import type { Sequence } from "./sequence.ts";
import type { SequenceBlocks } from "./sequence-blocks.ts";
import { WaitQueue } from "./wait-queue.ts";

export interface SchedulerLimits {
  /** The most tokens of a step. */
  readonly stepTokens: number;
  /** The most sequences of a step. */
  readonly sequences: number;
  /** The most that wait beside those; more are refused. A burst may wait before any of it runs. */
  readonly waiting: number;
  /** Blocks that stay free when a sequence is let in, for those that run to grow into. */
  readonly spareBlocks: number;
  /** How often a sequence may lose its blocks before it is given up. */
  readonly preemptions: number;
}

/** What a device answers, as far as it decides what comes next. */
export type StepAnswers = Pick<Batch, "sampled" | "status" | "rowsPerSequence">;

export type Admission = "waiting" | "queue-full" | "never-fits";

export class Scheduler {
  private readonly blocks: SequenceBlocks;
  private readonly limits: SchedulerLimits;
  private readonly share = new FairShare();
  private readonly waiting = new WaitQueue(this.share);
  /** The most urgent first, so that who loses its blocks is always the last. */
  private readonly running: Sequence[] = [];
  /** Those that were given up since whoever reads it emptied it. */
  readonly crowdedOut: Sequence[] = [];
  /** Whether somebody lost blocks in the last step: what found no room then may find it in the next. */
  wasCrowded = false;
  private arrivals = 0;

  constructor(blocks: SequenceBlocks, limits: SchedulerLimits) {
    this.blocks = blocks;
    this.limits = limits;
  }

  /** Those that a place would help: whoever adds engines by this number adds none for slow readers. */
  get waitingCount(): number {
    return this.waiting.size - this.waiting.heldCount;
  }

  /** Those of slow readers among them. */
  get runningCount(): number {
    return this.running.length + this.waiting.heldCount;
  }

  /**
   * Whether it may wait, beside others that are about to; what could never run at its longest is told at
   * once.
   */
  admission(sequence: Sequence, others: number): Admission {
    if (sequence.blocks.length + this.limits.spareBlocks > this.blocks.size) return "never-fits";
    const taken = this.waiting.size + this.running.length + others;
    return taken >= this.limits.sequences + this.limits.waiting ? "queue-full" : "waiting";
  }

  add(sequence: Sequence): void {
    sequence.arrival = this.arrivals;
    this.arrivals += 1;
    this.waiting.add(sequence);
    this.share.enter(sequence.request.tenant);
  }

  /** Looks for the beginning of whoever would be let in next. */
  prepare(): void {
    const next = this.waiting.next();
    if (next) this.lookAhead(next);
  }

  /** Looks where its beginning stands; holds nothing, so that no decision depends on it. */
  lookAhead(sequence: Sequence): void {
    if (sequence.blockCount === 0) this.blocks.lookAhead(sequence);
  }

  /** Nobody wants its answer any more: its blocks are free for the very next step. */
  abort(sequence: Sequence): void {
    if (sequence.state === "waiting" || sequence.state === "running") this.end(sequence, "aborted");
  }

  /**
   * Writes the sequences of the next step to `step`, each with how many tokens it computes; answers their
   * sum.
   */
  schedule(step: Sequence[]): number {
    step.length = 0;
    this.park();
    let budget = this.limits.stepTokens;
    let isCrowded = false;
    for (let index = 0; budget > 0; index += 1) {
      const sequence = this.running[index];
      if (sequence === undefined) break;
      if (sequence.isAwaited) continue;
      const tokens = Math.min(sequence.known - sequence.computed, budget);
      isCrowded = this.makeRoom(sequence, sequence.computed + tokens) || isCrowded;
      if (sequence.state !== "running") break;
      this.put(sequence, tokens, step);
      budget -= tokens;
    }
    this.wasCrowded = isCrowded;
    // Whoever were let in now would take the blocks that others have just lost.
    if (!isCrowded) budget = this.draft(step, this.admit(step, budget));
    return this.limits.stepTokens - budget;
  }

  /** The same for the step behind one that is computed, of the tokens that come after its own. */
  scheduleAhead(step: Sequence[]): void {
    step.length = 0;
    const isAwaited = this.waiting.next() !== undefined;
    const hasPlace = this.running.length < this.limits.sequences;
    if (!isAwaited || !hasPlace) holdPlaces(step, this.running, this.blocks, isAwaited);
  }

  /** What a step has computed; `answers` has rows for each of its sequences whose known tokens all are. */
  complete(step: readonly Sequence[], answers: StepAnswers): void {
    for (let index = 0; index < step.length; index += 1) {
      const sequence = step[index] as Sequence;
      // Ended meanwhile: its blocks are let go with the last step that writes to them.
      if (sequence.state !== "running") {
        if (!sequence.passOn()) this.blocks.letGo(sequence);
        continue;
      }
      const due = sequence.scheduled - sequence.drafts;
      const isDue = sequence.computed + due === sequence.known;
      sequence.gained = 0;
      sequence.status = sequenceStatus.well;
      // One without an answer is full from the beginning.
      if (isDue && !sequence.isFull) this.take(sequence, index * answers.rowsPerSequence, answers);
      // Drafts are charged for only where they were right: without them the step would have cost the same.
      const computed = due + Math.max(sequence.gained - 1, 0);
      sequence.computed += computed;
      this.share.charge(sequence.request.tenant, computed);
      sequence.passOn();
      // What a faulty one left in its blocks is nothing to be found.
      if (sequence.status !== sequenceStatus.well) continue;
      this.blocks.remember(sequence);
      this.blocks.giveBack(sequence);
      if (isDue && sequence.isFull) this.end(sequence, "finished");
    }
  }

  /** Its token, and those behind drafts that were right: just what would have come one by one. */
  private take(sequence: Sequence, first: number, { sampled, status }: StepAnswers): void {
    const { tokens, known, drafts, drafter } = sequence;
    for (let row = 0; row <= drafts; row += 1) {
      sequence.status = status[first + row] ?? sequenceStatus.well;
      if (sequence.status !== sequenceStatus.well) break;
      const draft = tokens[known + row];
      const token = sampled[first + row] ?? 0;
      tokens[known + row] = token;
      sequence.gained += 1;
      if (draft !== token) break;
    }
    sequence.known += sequence.gained;
    if (drafts > 0) drafter?.learn(drafts, Math.max(sequence.gained - 1, 0));
  }

  /** Its answer has come to an end of its own. */
  finish(sequence: Sequence): void {
    if (sequence.state === "running") this.end(sequence, "finished");
  }

  private admit(step: Sequence[], left: number): number {
    let budget = left;
    while (budget > 0 && this.running.length < this.limits.sequences) {
      const sequence = this.waiting.next();
      if (sequence === undefined) return budget;
      const isNew = sequence.blockCount === 0;
      if (isNew) this.blocks.findBeginning(sequence);
      const tokens = Math.min(sequence.known - sequence.computed, budget);
      const wanted = this.blocks.missing(sequence, sequence.computed + tokens) + this.limits.spareBlocks;
      while (this.blocks.free < wanted && this.evict(sequence));
      if (this.blocks.free < wanted) {
        if (isNew) this.blocks.giveUpBeginning(sequence);
        return budget;
      }
      this.waiting.remove(sequence);
      sequence.state = "running";
      this.insert(sequence);
      this.put(sequence, tokens, step);
      budget -= tokens;
    }
    return budget;
  }

  /** Whoever is held leaves its place to others, and keeps its blocks for as long as nobody needs them. */
  private park(): void {
    for (let index = this.running.length - 1; index >= 0; index -= 1) {
      const sequence = this.running[index];
      if (!sequence?.isHeld) continue;
      this.running.splice(index, 1);
      sequence.state = "waiting";
      this.waiting.add(sequence);
    }
  }

  /** Frees the blocks of somebody who waits, other than this one; false if nobody who waits has any. */
  private evict(other?: Sequence): boolean {
    const holder = this.waiting.holder(other);
    if (!holder) return false;
    this.blocks.letGo(holder);
    holder.evictions += 1;
    return true;
  }

  /** Drafts take what is left: of the step's tokens, and of blocks that nobody waits for. */
  private draft(step: readonly Sequence[], left: number): number {
    let budget = left;
    for (let index = 0; index < step.length; index += 1) {
      const sequence = step[index] as Sequence;
      const { drafter, tokens, known, computed, scheduled } = sequence;
      if (!drafter || budget === 0 || computed + scheduled < known) continue;
      // The last row answers with a token of its own.
      const room = Math.min(budget, tokens.length - known - 1, this.roomBehind(sequence));
      const drafts = drafter.draft(tokens, known, room);
      this.blocks.grow(sequence, known + drafts);
      sequence.drafts = drafts;
      sequence.scheduled += drafts;
      budget -= drafts;
    }
    return budget;
  }

  /** Tokens for which it has blocks behind its known ones, with one more where those are not scarce. */
  private roomBehind({ blockCount, known }: Sequence): number {
    const isSpare = this.blocks.free > this.limits.spareBlocks;
    return (blockCount + (isSpare ? 1 : 0)) * this.blocks.blockTokens - known;
  }

  private insert(sequence: Sequence): void {
    const isLater = ({ priority, arrival }: Sequence) =>
      priority > sequence.priority || (priority === sequence.priority && arrival > sequence.arrival);
    const place = this.running.findIndex(isLater);
    this.running.splice(place === -1 ? this.running.length : place, 0, sequence);
  }

  /**
   * Takes the blocks of those that do not run, and then of the least urgent, until these tokens have room,
   * its own at last; whether any lost theirs.
   */
  private makeRoom(sequence: Sequence, tokens: number): boolean {
    let isCrowded = false;
    while (sequence.state === "running" && this.blocks.free < this.blocks.missing(sequence, tokens)) {
      isCrowded = true;
      if (this.evict()) continue;
      const last = this.running.pop();
      if (last !== undefined) this.preempt(last);
    }
    return isCrowded;
  }

  private put(sequence: Sequence, tokens: number, step: Sequence[]): void {
    this.blocks.grow(sequence, sequence.computed + tokens);
    sequence.scheduled = tokens;
    sequence.drafts = 0;
    step.push(sequence);
  }

  /**
   * Its blocks are taken for others, but stay to be found until then: it may cost little to compute them
   * again.
   */
  private preempt(sequence: Sequence): void {
    this.blocks.letGo(sequence);
    sequence.preemptions += 1;
    sequence.state = "waiting";
    if (sequence.preemptions <= this.limits.preemptions) {
      this.waiting.add(sequence);
      return;
    }
    this.end(sequence, "crowded-out");
    this.crowdedOut.push(sequence);
  }

  private end(sequence: Sequence, state: "finished" | "aborted" | "crowded-out"): void {
    this.waiting.remove(sequence);
    const place = this.running.indexOf(sequence);
    if (place !== -1) this.running.splice(place, 1);
    // Else a step writes to them, and lets them go.
    if (sequence.scheduled === 0) this.blocks.letGo(sequence);
    sequence.state = state;
    this.share.leave(sequence.request.tenant);
  }
}
