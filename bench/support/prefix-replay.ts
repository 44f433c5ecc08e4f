/**
 * Prompts of a trace through the engine's own blocks and prefix cache, and through the best cache there can
 * be.
 */
import { BlockPool, noBlock } from "../../runtime/engine/block-pool.ts";
import { PrefixCache } from "../../runtime/engine/prefix-cache.ts";

/** A prompt as the names of its blocks: equal names stand for equal tokens and all that came before. */
export type Prompt = readonly number[];

/** Blocks of all prompts that were found, in a pool of so many; one prompt after the other. */
export function replayedHits(prompts: readonly Prompt[], blocks: number): number {
  const pool = new BlockPool(blocks);
  // A token stands for a whole block of the trace.
  const cache = new PrefixCache(pool, 1);
  let hits = 0;
  for (const prompt of prompts) {
    // Of a prompt the last token is always computed: one more, so that this is none of its blocks.
    const tokens = Int32Array.from([...prompt, last]);
    const held = new Int32Array(prompt.length);
    const found = cache.match(tokens, 0, held);
    hits += found;
    let parent = held[found - 1] ?? noBlock;
    let count = found;
    for (; count < prompt.length; count += 1) {
      const block = pool.take();
      if (block === noBlock) break;
      held[count] = block;
      parent = cache.remember(block, tokens, count, { parent, salt: 0 });
    }
    for (let index = count - 1; index >= 0; index -= 1) pool.release(held[index] ?? noBlock);
  }
  return hits;
}

const last = -1;

/** The same for a cache that knows the future and gives up what is needed last (Belady, 1966). */
export function optimalHits(prompts: readonly Prompt[], blocks: number): number {
  const order = prompts.flat();
  const nextUse = new Float64Array(order.length);
  const seen = new Map<number, number>();
  for (let index = order.length - 1; index >= 0; index -= 1) {
    const block = order[index] ?? 0;
    nextUse[index] = seen.get(block) ?? Number.POSITIVE_INFINITY;
    seen.set(block, index);
  }
  const cached = new Map<number, number>();
  const queue = new LatestFirst();
  let hits = 0;
  for (const [index, block] of order.entries()) {
    if (cached.has(block)) hits += 1;
    else if (cached.size >= blocks) cached.delete(queue.takeLatest(cached));
    const use = nextUse[index] ?? Number.POSITIVE_INFINITY;
    cached.set(block, use);
    queue.add(block, use);
  }
  return hits;
}

/** A heap of blocks by their next use; entries that a later use has made void are skipped. */
class LatestFirst {
  private readonly entries: { block: number; use: number }[] = [];

  add(block: number, use: number): void {
    const { entries } = this;
    let place = entries.length;
    entries.push({ block, use });
    for (let above = (place - 1) >> 1; place > 0 && this.useAt(above) < use; above = (place - 1) >> 1) {
      this.swap(place, above);
      place = above;
    }
  }

  takeLatest(valid: ReadonlyMap<number, number>): number {
    for (;;) {
      const top = this.pop();
      if (top === undefined) throw new RangeError("the cache is empty");
      if (valid.get(top.block) === top.use) return top.block;
    }
  }

  private pop(): { block: number; use: number } | undefined {
    const { entries } = this;
    const [top] = entries;
    const end = entries.pop();
    if (end === undefined || entries.length === 0) return top;
    entries[0] = end;
    for (let place = 0; ; ) {
      const below = [2 * place + 1, 2 * place + 2].filter((child) => child < entries.length);
      const [left = place, right = left] = below;
      const larger = this.useAt(right) > this.useAt(left) ? right : left;
      if (this.useAt(larger) <= this.useAt(place)) return top;
      this.swap(place, larger);
      place = larger;
    }
  }

  private useAt(place: number): number {
    return this.entries[place]?.use ?? Number.NEGATIVE_INFINITY;
  }

  private swap(one: number, other: number): void {
    const { entries } = this;
    const [a, b] = [entries[one], entries[other]];
    if (a && b) [entries[one], entries[other]] = [b, a];
  }
}
