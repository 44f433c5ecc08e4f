/**
 * A device that computes nothing, but keeps tokens where keys and values would lie and reads them back by the
 * block table: a sequence that ever saw another's blocks would go astray.
 */
import {
  type Batch,
  type Device,
  poolings,
  type StepLimits,
  sequenceStatus,
} from "../../../runtime/device/contract.ts";

export const vocabularySize = 64;
export const usualLimits: StepLimits = {
  stepTokens: 16,
  sequences: 8,
  sequenceTokens: 64,
  topLogprobs: 4,
  adjustments: 1024,
};

/** Depends on every token before it, and on the adapter. */
export function nextToken(tokens: readonly number[], adapter = 0): number {
  let sum = 17 + adapter;
  for (const token of tokens) sum = (sum * 31 + token) % 1009;
  return sum % vocabularySize;
}

/** Two values, which depend on every token before it. */
export const hiddenSize = 2;
export function hiddenState(tokens: readonly number[]): number[] {
  return [nextToken(tokens) / 64, tokens.length];
}

/** What a request gets that is alone in the world. */
export function alone(prompt: readonly number[], answerTokens: number): number[] {
  const tokens = [...prompt];
  for (let count = 0; count < answerTokens; count += 1) tokens.push(nextToken(tokens));
  return tokens.slice(prompt.length);
}

export class FakeDevice implements Device {
  readonly facts;
  readonly limits: StepLimits;
  /** Of each step: how many tokens each of its sequences computed. */
  readonly steps: number[][] = [];
  /** Throws in this step, counted from 1. */
  failsAt = Number.POSITIVE_INFINITY;
  /** A sequence with this token in its context has logits that are no numbers. */
  poison = -1;
  isClosed = false;
  /** May be 2 before the first step: one is begun while another is computed. */
  stepsAtOnce: 1 | 2 = 1;
  private readonly memory: Int32Array;
  private readonly started: Batch[] = [];
  private before: Batch | undefined;

  constructor(blocks = 64, limits: Partial<StepLimits> = {}) {
    const blockTokens = 4;
    const bytes = { weightBytes: 0, kvCacheBytes: blocks * blockTokens * 4, workspaceBytes: 0 };
    this.facts = { name: "fake", vocabularySize, hiddenSize, blockTokens, blocks, ...bytes };
    this.limits = { ...usualLimits, ...limits };
    this.memory = new Int32Array(blocks * blockTokens).fill(-1);
  }

  start(batch: Batch): void {
    if (this.isClosed) throw new Error("closed");
    const isTaken = this.started.length === this.stepsAtOnce || this.started.includes(batch);
    if (isTaken) throw new Error("a step is under way");
    const isFirst = this.started.length === 0;
    const ids = batch.tokenIds.subarray(0, batch.tokens);
    if (isFirst && ids.some((id) => id < 0)) throw new Error("there is no step to go on behind");
    this.started.push(batch);
  }

  /** Reads the batch as late as a device may: whoever writes to it meanwhile is found out. */
  finish(_milliseconds: number): boolean {
    const batch = this.started.shift();
    if (!batch) throw new Error("no step is under way");
    this.fillIn(batch);
    this.compute(batch);
    this.before = batch;
    return true;
  }

  /** Tokens that the step before has got. */
  private fillIn({ tokenIds, tokens }: Batch): void {
    for (let token = 0; token < tokens; token += 1) {
      const id = tokenIds[token] ?? 0;
      if (id < 0) tokenIds[token] = this.before?.sampled[-1 - id] ?? 0;
    }
  }

  protected compute(batch: Batch): void {
    if (this.steps.length + 1 >= this.failsAt) throw new Error("the device fell off the bus");
    const computed: number[] = [];
    for (let index = 0; index < batch.sequences; index += 1) {
      const from = batch.queryStart[index] ?? 0;
      const to = batch.queryStart[index + 1] ?? 0;
      for (let token = from; token < to; token += 1) {
        const slot = this.slot(batch, index, batch.positions[token] ?? 0);
        this.memory[slot] = (batch.tokenIds[token] ?? 0) + vocabularySize * (batch.adapter[index] ?? 0);
      }
      computed.push(to - from);
      const drafts = batch.draftTokens[index] ?? 0;
      for (let row = 0; batch.isSampled[index] && row <= drafts; row += 1) this.sample(batch, index, row);
      if (batch.pooling[index] !== poolings.none) this.pool(batch, index, to - from);
    }
    this.steps.push(computed);
  }

  close(): void {
    this.isClosed = true;
  }

  /** The likeliest token behind these. */
  next(context: readonly number[], adapter: number): number {
    return nextToken(context, adapter);
  }

  private sample(batch: Batch, index: number, row: number): void {
    const length = (batch.contextLength[index] ?? 0) - (batch.draftTokens[index] ?? 0) + row;
    const answer = index * batch.rowsPerSequence + row;
    const context = this.contextOf(batch, index).slice(0, length);
    const likeliest = this.next(context, batch.adapter[index] ?? 0);
    const order = Array.from({ length: vocabularySize }, (_, rank) => (likeliest + rank) % vocabularySize);
    const isAllowed = (token: number) => this.isAllowed(batch, index, token);
    const chosen = order.find(isAllowed);
    batch.status[answer] = chosen === undefined ? sequenceStatus.nothingAllowed : sequenceStatus.well;
    if (context.includes(this.poison)) batch.status[answer] = sequenceStatus.nonFiniteLogits;
    batch.sampled[answer] = chosen ?? 0;
    batch.logprob[answer] = -1;
    for (let rank = 0; rank < (batch.logprobs[index] ?? 0); rank += 1) {
      batch.topTokens[answer * this.limits.topLogprobs + rank] = order[rank] ?? 0;
      batch.topLogprob[answer * this.limits.topLogprobs + rank] = -1 - rank;
    }
  }

  private pool(batch: Batch, index: number, count: number): void {
    const context = this.contextOf(batch, index);
    const isSum = batch.pooling[index] === poolings.sum;
    const pooled = batch.pooled.subarray(index * hiddenSize, (index + 1) * hiddenSize);
    if (!isSum) pooled.fill(0);
    for (let left = isSum ? count - 1 : 0; left >= 0; left -= 1) {
      const state = hiddenState(context.slice(0, context.length - left));
      for (const [value, part] of state.entries()) pooled[value] = (pooled[value] ?? 0) + part;
    }
    batch.status[index * batch.rowsPerSequence] = context.includes(this.poison)
      ? sequenceStatus.nonFiniteLogits
      : sequenceStatus.well;
  }

  private contextOf(batch: Batch, index: number): number[] {
    const length = batch.contextLength[index] ?? 0;
    return Array.from({ length }, (_, position) => {
      const held = this.memory[this.slot(batch, index, position)] ?? 0;
      // A measurement of speed reads what nobody has written.
      if (held < 0) return held;
      const adapter = Math.floor(held / vocabularySize);
      if (adapter !== batch.adapter[index]) throw new Error(`a block of adapter ${adapter} is not its own`);
      return held % vocabularySize;
    });
  }

  private isAllowed(batch: Batch, index: number, token: number): boolean {
    const word = batch.allowed[index * batch.maskWords + (token >> 5)] ?? 0;
    if (batch.isMasked[index] && ((word >> (token & 31)) & 1) === 0) return false;
    for (let at = batch.adjustStart[index] ?? 0; at < (batch.adjustStart[index + 1] ?? 0); at += 1) {
      if (batch.adjustToken[at] === token && (batch.adjustAdd[at] ?? 0) < 0) return false;
    }
    return true;
  }

  private slot(batch: Batch, index: number, position: number): number {
    const { blockTokens } = this.facts;
    const block =
      batch.blockTable[index * batch.blocksPerSequence + Math.floor(position / blockTokens)] ?? -1;
    return block * blockTokens + (position % blockTokens);
  }
}
