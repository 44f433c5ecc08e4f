/** How much of the KV cache a request gets when it is let in: what engines did before blocks, and blocks. */
import type { BlockPool } from "../../../runtime/engine/block-pool.ts";
import type { PrefixCache } from "../../../runtime/engine/prefix-cache.ts";
import { Sequence } from "../../../runtime/engine/sequence.ts";
import { SequenceBlocks } from "../../../runtime/engine/sequence-blocks.ts";

/** A request that asks for the longest answer there can be, and whose own ends earlier. */
export class SimulatedSequence extends Sequence {
  readonly arrivesAt: number;
  readonly answerTokens: number;

  constructor(lengths: Lengths, sequenceTokens: number, index: number, arrivesAt: number) {
    const prompt = new Int32Array(lengths.prompt);
    // A salt of its own: nobody's prompt is found in another's blocks.
    super({ prompt, answerTokens: sequenceTokens - lengths.prompt, tenant: "", salt: index }, blockTokens);
    this.arrivesAt = arrivesAt;
    this.answerTokens = lengths.answer;
  }
}

export interface Lengths {
  readonly prompt: number;
  readonly answer: number;
}

export const blockTokens = 16;

export interface Policy {
  readonly name: string;
  /** Tokens that are reserved at once. Default: blocks are taken as they are needed. */
  readonly reserve?: (sequence: SimulatedSequence) => number;
  /** Whether requests are let in only once all those before have ended. */
  readonly isStatic?: boolean;
}

const longest = ({ tokens }: Sequence) => tokens.length;

export const policies: readonly Policy[] = [
  { name: "static batches, maximum length", reserve: longest, isStatic: true },
  { name: "maximum length", reserve: longest },
  {
    name: "answer's next power of two",
    reserve: ({ request, answerTokens, tokens }) =>
      Math.min(request.prompt.length + 2 ** Math.ceil(Math.log2(answerTokens)), tokens.length),
  },
  {
    name: "length known beforehand",
    reserve: ({ request, answerTokens }) => request.prompt.length + answerTokens,
  },
  { name: "paged" },
];

/** Takes all that a request may need with its first token. */
export class ReservedBlocks extends SequenceBlocks {
  private readonly reserve: (sequence: SimulatedSequence) => number;

  constructor(pool: BlockPool, cache: PrefixCache, reserve: (sequence: SimulatedSequence) => number) {
    super(pool, cache);
    this.reserve = reserve;
  }

  override missing(sequence: Sequence, tokens: number): number {
    const wanted = sequence instanceof SimulatedSequence ? this.reserve(sequence) : tokens;
    return Math.ceil(wanted / blockTokens) - sequence.blockCount;
  }
}
