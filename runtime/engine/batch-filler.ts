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

  fill(step: readonly Sequence[], answers: ReadonlyMap<Sequence, Answer>): void {
    const { batch } = this;
    let token = 0;
    let adjustments = 0;
    for (let index = 0; index < step.length; index += 1) {
      const sequence = step[index] as Sequence;
      const answer = answers.get(sequence);
      if (!answer) throw new Error("a sequence without an answer was scheduled");
      const { computed, scheduled, drafts, known } = sequence;
      batch.queryStart[index] = token;
      batch.contextLength[index] = computed + scheduled;
      this.place(sequence, index, token);
      batch.adapter[index] = sequence.adapter;
      batch.isSampled[index] = computed + scheduled - drafts === known && !answer.isPooled ? 1 : 0;
      answer.fillPooling(batch, index);
      batch.draftTokens[index] = drafts;
      batch.adjustStart[index] = adjustments;
      if (batch.isSampled[index]) adjustments = this.fillAnswer(answer, index, adjustments);
      token += scheduled;
    }
    batch.queryStart[step.length] = token;
    batch.adjustStart[step.length] = adjustments;
    batch.sequences = step.length;
    batch.tokens = token;
  }

  /** Loops, where views of the arrays would be made anew for each token of an answer. */
  private place({ computed, scheduled, tokens, blocks, blockCount }: Sequence, index: number, from: number) {
    const { tokenIds, positions, blockTable, blocksPerSequence } = this.batch;
    for (let offset = 0; offset < scheduled; offset += 1) {
      tokenIds[from + offset] = tokens[computed + offset] ?? 0;
      positions[from + offset] = computed + offset;
    }
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
