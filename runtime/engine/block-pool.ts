/** Blocks of the KV cache: who holds each, and in which order those that nobody holds are taken. */

/** No block: every one is held. */
export const noBlock = -1;

/** Nothing is allocated once it is made: a step takes and releases blocks of thousands of sequences. */
export class BlockPool {
  readonly size: number;
  private readonly holders: Int32Array;
  /** Free blocks as a ring through `size`, which is no block: after it the first to be taken. */
  private readonly next: Int32Array;
  private readonly previous: Int32Array;
  private freeBlocks: number;

  constructor(size: number) {
    if (!Number.isInteger(size) || size < 1)
      throw new RangeError(`a pool has at least one block, not ${size}`);
    this.size = size;
    this.holders = new Int32Array(size);
    this.next = Int32Array.from({ length: size + 1 }, (_, block) => (block + 1) % (size + 1));
    this.previous = Int32Array.from({ length: size + 1 }, (_, block) => (block + size) % (size + 1));
    this.freeBlocks = size;
  }

  /** Blocks that nobody holds; what they held last may still be known. */
  get free(): number {
    return this.freeBlocks;
  }

  /** Takes the block that has been free for longest, with one holder; `noBlock` when none is free. */
  take(): number {
    const block = this.at(this.next, this.size);
    if (block === this.size) return noBlock;
    this.hold(block);
    return block;
  }

  /** One holder more. */
  hold(block: number): void {
    const holders = this.at(this.holders, block);
    if (holders === 0) this.unlink(block);
    this.holders[block] = holders + 1;
  }

  /** One holder less; a block without any is the last to be taken. */
  release(block: number): void {
    const holders = this.at(this.holders, block);
    if (holders < 1) throw new RangeError(`block ${block} has no holder to lose`);
    this.holders[block] = holders - 1;
    if (holders === 1) this.link(block, this.at(this.previous, this.size));
  }

  /** The same of one that holds nothing of worth: it is the first to be taken. */
  giveBack(block: number): void {
    this.release(block);
    if (!this.isFree(block)) return;
    this.unlink(block);
    this.link(block, this.size);
  }

  isFree(block: number): boolean {
    return this.at(this.holders, block) === 0;
  }

  private unlink(block: number): void {
    const before = this.at(this.previous, block);
    const after = this.at(this.next, block);
    this.next[before] = after;
    this.previous[after] = before;
    this.freeBlocks -= 1;
  }

  /** Behind another in the ring. */
  private link(block: number, before: number): void {
    const after = this.at(this.next, before);
    this.next[before] = block;
    this.previous[block] = before;
    this.next[block] = after;
    this.previous[after] = block;
    this.freeBlocks += 1;
  }

  private at(list: Int32Array, block: number): number {
    const value = list[block];
    if (value === undefined) throw new RangeError(`there is no block ${block} among ${this.size}`);
    return value;
  }
}
