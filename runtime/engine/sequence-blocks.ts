/** Which blocks a sequence holds: those that it found, takes, makes known to others and gives back. */
import { type BlockPool, noBlock } from "./block-pool.ts";
import type { PrefixCache } from "./prefix-cache.ts";
import type { Sequence } from "./sequence.ts";

export class SequenceBlocks {
  private readonly pool: BlockPool;
  private readonly cache: PrefixCache;

  constructor(pool: BlockPool, cache: PrefixCache) {
    this.pool = pool;
    this.cache = cache;
  }

  get size(): number {
    return this.pool.size;
  }

  /** Blocks that nobody holds. */
  get free(): number {
    return this.pool.free;
  }

  get blockTokens(): number {
    return this.cache.blockTokens;
  }

  /** Looks for the blocks in which its beginning stands already, and holds none of them. */
  lookAhead(sequence: Sequence): void {
    if (sequence.isWhole) return;
    this.cache.lookAhead(sequence.said, sequence.salt, sequence.beginning);
  }

  /** Holds the blocks in which its beginning stands already. */
  findBeginning(sequence: Sequence): void {
    const { blocks, salt, beginning } = sequence;
    sequence.computed = sequence.isWhole ? 0 : this.cache.match(sequence.said, salt, blocks, beginning);
    if (sequence.preemptions + sequence.evictions === 0) sequence.found = sequence.computed;
    sequence.blockCount = sequence.computed / this.cache.blockTokens;
    sequence.remembered = sequence.blockCount;
    sequence.parent = sequence.blocks[sequence.blockCount - 1] ?? noBlock;
  }

  /** Blocks that it lacks for so many tokens. */
  missing({ blockCount }: Sequence, tokens: number): number {
    return Math.ceil(tokens / this.cache.blockTokens) - blockCount;
  }

  /** Takes the blocks that it lacks for so many tokens. */
  grow(sequence: Sequence, tokens: number): void {
    for (let lacking = this.missing(sequence, tokens); lacking > 0; lacking -= 1) {
      const block = this.pool.take();
      this.cache.forget(block);
      sequence.blocks[sequence.blockCount] = block;
      sequence.blockCount += 1;
    }
  }

  /** Blocks that only drafts needed which were wrong; those of a step that has begun since are needed. */
  giveBack(sequence: Sequence): void {
    for (let spare = -this.missing(sequence, sequence.computed + sequence.scheduled); spare > 0; spare -= 1) {
      sequence.blockCount -= 1;
      this.pool.giveBack(sequence.blocks[sequence.blockCount] ?? noBlock);
      sequence.blocks[sequence.blockCount] = noBlock;
    }
  }

  /** Whole blocks whose tokens are all computed can be found from now on. */
  remember(sequence: Sequence): void {
    const { blockTokens } = this.cache;
    for (; (sequence.remembered + 1) * blockTokens <= sequence.computed; sequence.remembered += 1) {
      const block = sequence.blocks[sequence.remembered] ?? noBlock;
      const place = { parent: sequence.parent, salt: sequence.salt };
      const offset = sequence.remembered * blockTokens;
      const known = this.cache.remember(block, sequence.tokens, offset, place);
      if (known !== block) this.join(sequence, known);
      sequence.parent = known;
    }
  }

  /** What it has found is given up again before it ran; nobody is told that it was found. */
  giveUpBeginning(sequence: Sequence): void {
    this.letGo(sequence);
    if (sequence.preemptions + sequence.evictions === 0) sequence.found = 0;
  }

  /** The end of a prompt first: its beginning is what others may have in common with it. */
  letGo(sequence: Sequence): void {
    for (let index = sequence.blockCount - 1; index >= 0; index -= 1) {
      this.pool.release(sequence.blocks[index] ?? noBlock);
      sequence.blocks[index] = noBlock;
    }
    sequence.blockCount = 0;
    sequence.computed = 0;
    sequence.scheduled = 0;
    sequence.ahead = 0;
    sequence.drafts = 0;
    sequence.remembered = 0;
    sequence.parent = noBlock;
  }

  /** Another block holds the same: it is held in place of the own, or others could fill it anew meanwhile. */
  private join(sequence: Sequence, known: number): void {
    const own = sequence.blocks[sequence.remembered] ?? noBlock;
    this.pool.hold(known);
    sequence.blocks[sequence.remembered] = known;
    this.pool.release(own);
  }
}
