/** Writes what a step computes into the arrays that the device reads. */
import type { Batch } from "../device/contract.ts";
import type { Answer } from "./answer.ts";
import { noBlock } from "./block-pool.ts";
import type { Sequence } from "./sequence.ts";

export class BatchFiller {
  /** Those whose grammars failed, and how; whoever reads it empties it. */
  readonly spoiled: { readonly sequence: Sequence; readonly problem: string }[] = [];
  private readonly batch: Batch;

  constructor(batch: Batch) {
    this.batch = batch;
  }

  /** `isAhead`: each goes on behind the row that it has in the step under way. */
  fill(step: readonly Sequence[], answers: ReadonlyMap<Sequence, Answer>, isAhead = false): void {
    const { batch } = this;
    let token = 0;
    let adjustments = 0;
    for (let index = 0; index < step.length; index += 1) {
      const sequence = step[index] as Sequence;
      const answer = answers.get(sequence);
      if (!answer) throw new Error("a sequence without an answer was scheduled");
      const { computed, scheduled, ahead, drafts, known } = sequence;
      batch.queryStart[index] = token;
      batch.contextLength[index] = computed + scheduled + ahead;
      if (isAhead) this.placeUnknown(sequence, token);
      else this.place(sequence, token);
      this.placeBlocks(sequence, index);
      sequence.row = index * batch.rowsPerSequence;
      batch.adapter[index] = sequence.adapter;
      const isDue = computed + scheduled - drafts === known;
      batch.isSampled[index] = isDue && !answer.isPooled ? 1 : 0;
      answer.fillPooling(batch, index);
      batch.draftTokens[index] = drafts;
      batch.adjustStart[index] = adjustments;
      if (batch.isSampled[index]) adjustments = this.fillAnswer(answer, index, adjustments);
      token += isAhead ? ahead : scheduled;
    }
    batch.queryStart[step.length] = token;
    batch.adjustStart[step.length] = adjustments;
    batch.sequences = step.length;
    batch.tokens = token;
  }

  /** Loops, where views of the arrays would be made anew for each token of an answer. */
  private place({ computed, scheduled, tokens }: Sequence, from: number): void {
    const { tokenIds, positions } = this.batch;
    for (let offset = 0; offset < scheduled; offset += 1) {
      tokenIds[from + offset] = tokens[computed + offset] ?? 0;
      positions[from + offset] = computed + offset;
    }
  }

  /** The device knows it by then. */
  private placeUnknown({ known, row }: Sequence, at: number): void {
    this.batch.tokenIds[at] = -1 - row;
    this.batch.positions[at] = known;
  }

  private placeBlocks({ blocks, blockCount }: Sequence, index: number): void {
    const { blockTable, blocksPerSequence } = this.batch;
    const first = index * blocksPerSequence;
    for (let block = 0; block < blockCount; block += 1) blockTable[first + block] = blocks[block] ?? noBlock;
  }

  /** A grammar that fails must end its own answer alone. */
  private fillAnswer(answer: Answer, index: number, adjustments: number): number {
    try {
      return answer.fill(this.batch, index, adjustments);
    } catch (error) {
      this.batch.isSampled[index] = 0;
      const problem = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.spoiled.push({ sequence: answer.sequence, problem });
      return adjustments;
    }
  }
}
