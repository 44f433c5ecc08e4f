/** Finds blocks that already hold the beginning of a prompt, whether a sequence still holds them or not. */
import { type BlockPool, noBlock } from "./block-pool.ts";

/** What a block holds, beside its own tokens: all that came before, as the block before it. */
export interface Place {
  /** The block before, or `noBlock` for the first of a prompt. */
  readonly parent: number;
  /** Prompts of one salt never share blocks with those of another. */
  readonly salt: number;
}

/** Where the beginning of one prompt stood when it was looked for. */
export class Beginning {
  readonly blocks: Int32Array;
  /** By block: the number of its content. */
  readonly contents: Float64Array;
  count = 0;

  /** `blocks`: of the whole prompt. */
  constructor(blocks: number) {
    this.blocks = new Int32Array(blocks);
    this.contents = new Float64Array(blocks);
  }
}

/**
 * A block counts as found only if its tokens, its salt and the very content of the block before are equal: a
 * hash chooses where to look and decides nothing, so no prompt ever meets the blocks of another that hashes
 * alike.
 */
export class PrefixCache {
  readonly blockTokens: number;
  private readonly pool: BlockPool;
  private readonly tokens: Int32Array;
  private readonly parents: Int32Array;
  /** Of the parent when it was remembered; a block that was taken since has another. */
  private readonly parentContents: Float64Array;
  private readonly salts: Int32Array;
  /** Number of what a block holds; 0 for what is not known. */
  private readonly contents: Float64Array;
  /** Open addressing: blocks by hash, `noBlock` where there is none. */
  private readonly table: Int32Array;
  private readonly slots: Int32Array;
  private contentsMade = 0;

  constructor(pool: BlockPool, blockTokens: number) {
    this.pool = pool;
    this.blockTokens = blockTokens;
    this.tokens = new Int32Array(pool.size * blockTokens);
    this.parents = new Int32Array(pool.size);
    this.parentContents = new Float64Array(pool.size);
    this.salts = new Int32Array(pool.size);
    this.contents = new Float64Array(pool.size);
    this.table = new Int32Array(2 ** Math.ceil(Math.log2(pool.size * 2 + 2))).fill(noBlock);
    this.slots = new Int32Array(pool.size).fill(noBlock);
  }

  /**
   * Holds the blocks that begin `prompt`, writes them to `blocks`, and answers how many tokens they have:
   * whole blocks, and never the last token, whose logits are still to be computed. `beginning` is what
   * earlier looks at the same prompt have found. Default: nobody has looked.
   */
  match(
    prompt: Int32Array,
    salt: number,
    blocks: Int32Array,
    beginning = new Beginning(blocks.length),
  ): number {
    this.lookAhead(prompt, salt, beginning);
    for (let index = 0; index < beginning.count; index += 1) {
      const block = beginning.blocks[index] ?? noBlock;
      this.pool.hold(block);
      blocks[index] = block;
    }
    return beginning.count * this.blockTokens;
  }

  /** Finds the same blocks, as far as they stand now, and holds none of them. */
  lookAhead(prompt: Int32Array, salt: number, beginning: Beginning): void {
    const most = Math.floor((prompt.length - 1) / this.blockTokens);
    let count = this.standing(beginning);
    for (; count < most; count += 1) {
      const parent = beginning.blocks[count - 1] ?? noBlock;
      const block = this.find(prompt, count * this.blockTokens, { parent, salt });
      if (block === noBlock) break;
      beginning.blocks[count] = block;
      beginning.contents[count] = this.contentOf(block);
    }
    beginning.count = count;
  }

  /** What a block holds is held by no other: while the number of its content is the same, it is the one. */
  private standing({ blocks, contents, count }: Beginning): number {
    for (let index = 0; index < count; index += 1) {
      if (this.contentOf(blocks[index] ?? noBlock) !== contents[index]) return index;
    }
    return count;
  }

  /**
   * Tells that a block holds these tokens now. Answers the block that is found for them from here on, which
   * the next one names as its parent: another one that held the same before stays the one that is found.
   */
  remember(block: number, source: Int32Array, offset: number, place: Place): number {
    this.forget(block);
    const known = this.find(source, offset, place);
    if (known !== noBlock) return known;
    this.contentsMade += 1;
    this.contents[block] = this.contentsMade;
    this.parents[block] = place.parent;
    this.parentContents[block] = this.contentOf(place.parent);
    this.salts[block] = place.salt;
    const own = block * this.blockTokens;
    for (let index = 0; index < this.blockTokens; index += 1) {
      this.tokens[own + index] = source[offset + index] ?? 0;
    }
    this.insert(block);
    return block;
  }

  /** Before a block is written anew. */
  forget(block: number): void {
    this.contents[block] = 0;
    const slot = this.slots[block] ?? noBlock;
    if (slot === noBlock) return;
    this.slots[block] = noBlock;
    this.vacate(slot);
  }

  private find(source: Int32Array, offset: number, place: Place): number {
    const mask = this.table.length - 1;
    for (let slot = this.hash(source, offset, place) & mask; ; slot = (slot + 1) & mask) {
      const block = this.table[slot] ?? noBlock;
      if (block === noBlock || this.holds(block, source, offset, place)) return block;
    }
  }

  private holds(block: number, source: Int32Array, offset: number, { parent, salt }: Place): boolean {
    if (this.parents[block] !== parent || this.salts[block] !== salt) return false;
    if (this.parentContents[block] !== this.contentOf(parent)) return false;
    const own = block * this.blockTokens;
    for (let index = 0; index < this.blockTokens; index += 1) {
      if (this.tokens[own + index] !== source[offset + index]) return false;
    }
    return true;
  }

  private contentOf(block: number): number {
    return block === noBlock ? 0 : (this.contents[block] ?? 0);
  }

  private insert(block: number): void {
    const mask = this.table.length - 1;
    let slot = this.ownHash(block) & mask;
    while (this.table[slot] !== noBlock) slot = (slot + 1) & mask;
    this.table[slot] = block;
    this.slots[block] = slot;
  }

  /** Moves back those after it that could have stood in its place, so that no search stops too early. */
  private vacate(start: number): void {
    const mask = this.table.length - 1;
    let hole = start;
    this.table[hole] = noBlock;
    for (let slot = (hole + 1) & mask; this.table[slot] !== noBlock; slot = (slot + 1) & mask) {
      const block = this.table[slot] ?? noBlock;
      const home = this.ownHash(block) & mask;
      // Its way from home to here passes the hole.
      if (((slot - home) & mask) < ((slot - hole) & mask)) continue;
      this.table[hole] = block;
      this.slots[block] = hole;
      this.table[slot] = noBlock;
      hole = slot;
    }
  }

  private ownHash(block: number): number {
    const place = { parent: this.parents[block] ?? noBlock, salt: this.salts[block] ?? 0 };
    return this.mix(this.tokens, block * this.blockTokens, place, this.parentContents[block] ?? 0);
  }

  private hash(source: Int32Array, offset: number, place: Place): number {
    return this.mix(source, offset, place, this.contentOf(place.parent));
  }

  private mix(source: Int32Array, offset: number, { parent, salt }: Place, content: number): number {
    let hash = scramble(scramble(scramble(seed, parent), salt), content | 0);
    for (let index = 0; index < this.blockTokens; index += 1)
      hash = scramble(hash, source[offset + index] ?? 0);
    return hash >>> 1;
  }
}

const seed = 0x9e3779b9 | 0;

/** The step and the end of MurmurHash3 on 32 bits (Austin Appleby, public domain). */
function scramble(hash: number, value: number): number {
  let mixed = Math.imul(value, 0xcc9e2d51);
  mixed = Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593);
  const rotated = hash ^ mixed;
  return (Math.imul((rotated << 13) | (rotated >>> 19), 5) + 0xe6546b64) | 0;
}
