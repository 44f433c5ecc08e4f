import { describe, expect, test } from "vitest";
import { seededRandom } from "../../../components/planning/random.ts";
import { BlockPool, noBlock } from "../../../runtime/engine/block-pool.ts";
import { Beginning, PrefixCache } from "../../../runtime/engine/prefix-cache.ts";

const blockTokens = 4;

/** A cache as a scheduler uses it: match, take what is missing, remember it, release from the end. */
class Sequences {
  readonly pool: BlockPool;
  readonly cache: PrefixCache;

  constructor(blocks: number) {
    this.pool = new BlockPool(blocks);
    this.cache = new PrefixCache(this.pool, blockTokens);
  }

  /** Tokens that were found, and the blocks in which the prompt stands; its last, started one is left out. */
  start(prompt: Int32Array, salt = 0): { found: number; blocks: Int32Array } {
    const blocks = new Int32Array(Math.floor(prompt.length / blockTokens)).fill(noBlock);
    const found = this.cache.match(prompt, salt, blocks);
    let parent = found === 0 ? noBlock : (blocks[found / blockTokens - 1] ?? noBlock);
    for (let index = found / blockTokens; index < blocks.length; index += 1) {
      const block = this.pool.take();
      if (block === noBlock) throw new Error("the pool is too small for the test");
      blocks[index] = block;
      parent = this.cache.remember(block, prompt, index * blockTokens, { parent, salt });
    }
    return { found, blocks };
  }

  end(blocks: Int32Array): void {
    for (const block of blocks.toReversed()) this.pool.release(block);
  }
}

const prompt = (...tokens: number[]) => Int32Array.from(tokens);
const eight = prompt(1, 2, 3, 4, 5, 6, 7, 8, 9);

describe("a prompt finds", () => {
  test("nothing in an empty cache", () => {
    expect(new Sequences(4).start(eight).found).toBe(0);
  });

  test("all of its whole blocks the second time, in the very blocks", () => {
    const sequences = new Sequences(4);
    const first = sequences.start(eight);
    expect(sequences.start(eight)).toEqual({ found: 8, blocks: first.blocks });
  });

  test("never its last token, which is still to be computed", () => {
    const sequences = new Sequences(4);
    sequences.start(eight);
    expect(sequences.start(eight.slice(0, 8)).found).toBe(4);
  });

  test("what it has in common with another", () => {
    const sequences = new Sequences(8);
    sequences.start(eight);
    expect(sequences.start(prompt(1, 2, 3, 4, 5, 6, 7, 0, 9)).found).toBe(4);
  });

  test("blocks that nobody holds any more, until they are taken for others", () => {
    const sequences = new Sequences(2);
    sequences.end(sequences.start(eight).blocks);
    const again = sequences.start(eight);
    expect([again.found, sequences.pool.free]).toEqual([8, 0]);
    sequences.end(again.blocks);
    sequences.end(sequences.start(prompt(9, 9, 9, 9, 9)).blocks);
    // The end of the prompt went first.
    expect(sequences.start(eight).found).toBe(4);
  });

  test("no block of another salt", () => {
    const sequences = new Sequences(8);
    sequences.start(eight, 1);
    expect(sequences.start(eight, 2).found).toBe(0);
  });

  test("no block whose beginning has gone, though its own tokens are there", () => {
    const sequences = new Sequences(3);
    const { blocks } = sequences.start(eight);
    // The first block goes, and what comes into it ends as the second one goes on.
    sequences.pool.release(blocks[0] ?? noBlock);
    sequences.pool.take();
    const taken = sequences.pool.take();
    sequences.cache.remember(taken, prompt(7, 7, 7, 7), 0, { parent: noBlock, salt: 0 });
    expect(sequences.cache.match(prompt(7, 7, 7, 7, 5, 6, 7, 8, 9), 0, new Int32Array(2))).toBe(4);
  });
});

test("two that compute the same at once leave one to be found, with all that follows", () => {
  const sequences = new Sequences(8);
  const [first, second] = [new Int32Array(2), new Int32Array(2)];
  let parents = [noBlock, noBlock];
  for (const offset of [0, 4]) {
    parents = [first, second].map((blocks, index) => {
      const block = sequences.pool.take();
      blocks[offset / blockTokens] = block;
      return sequences.cache.remember(block, eight, offset, { parent: parents[index] ?? noBlock, salt: 0 });
    });
  }
  sequences.end(second);
  expect(sequences.start(eight)).toEqual({ found: 8, blocks: first });
});

/** What a prompt must find where nothing is ever taken away: its longest beginning that was there. */
class Memory {
  private readonly known = new Set<string>();

  found(given: Int32Array, salt: number): number {
    let blocks = 0;
    const most = Math.floor((given.length - 1) / blockTokens);
    while (blocks < most && this.known.has(this.key(given, blocks + 1, salt))) blocks += 1;
    for (let count = 1; count <= Math.floor(given.length / blockTokens); count += 1) {
      this.known.add(this.key(given, count, salt));
    }
    return blocks * blockTokens;
  }

  private key(given: Int32Array, blocks: number, salt: number): string {
    return `${salt}:${given.slice(0, blocks * blockTokens).join(" ")}`;
  }
}

test("in a pool that is large enough, ten thousand prompts find exactly what was there", () => {
  const random = seededRandom(7);
  const sequences = new Sequences(40_000);
  const memory = new Memory();
  for (let turn = 0; turn < 10_000; turn += 1) {
    const length = 1 + random.below(16);
    const given = Int32Array.from({ length }, () => random.below(3));
    const salt = random.below(2);
    const { found, blocks } = sequences.start(given, salt);
    expect(found).toBe(memory.found(given, salt));
    sequences.end(blocks);
  }
});

test("in one that is too small, no prompt ever finds another's tokens, and no block is lost", () => {
  const random = seededRandom(11);
  const sequences = new Sequences(24);
  const held = new Map<number, string>();
  const running: Int32Array[] = [];
  for (let turn = 0; turn < 20_000; turn += 1) {
    if (running.length === 4) sequences.end(running.splice(random.below(4), 1)[0] ?? new Int32Array());
    const length = 1 + random.below(20);
    const given = Int32Array.from({ length }, () => random.below(2));
    const { found, blocks } = sequences.start(given);
    running.push(blocks);
    const begins = [...blocks.keys()].map((index) => given.slice(0, (index + 1) * blockTokens).join(""));
    const told = begins.slice(0, found / blockTokens);
    expect(told.map((_, index) => held.get(blocks[index] ?? noBlock))).toEqual(told);
    for (const [index, text] of begins.entries()) held.set(blocks[index] ?? noBlock, text);
  }
  for (const blocks of running) sequences.end(blocks);
  expect(sequences.pool.free).toBe(24);
});

test("looks ahead, however old, change nothing of what a prompt finds", () => {
  const random = seededRandom(13);
  const sequences = new Sequences(24);
  const prompts = Array.from({ length: 12 }, () => {
    const given = Int32Array.from({ length: 1 + random.below(24) }, () => random.below(2));
    return { given, beginning: new Beginning(6) };
  });
  const seen = { found: 0, standing: 0 };
  for (let turn = 0; turn < 5000; turn += 1) {
    const { given, beginning } = prompts[random.below(12)] ?? {
      given: prompt(0),
      beginning: new Beginning(0),
    };
    const fresh = new Beginning(6);
    sequences.cache.lookAhead(given, 0, fresh);
    if (beginning.count > 0 && beginning.count === fresh.count) seen.standing += 1;
    sequences.cache.lookAhead(given, 0, beginning);
    expect(beginning.count).toBe(fresh.count);
    expect(beginning.blocks.slice(0, fresh.count)).toEqual(fresh.blocks.slice(0, fresh.count));
    expect(sequences.pool.free).toBe(24);
    const other = prompts[random.below(12)]?.given ?? prompt(0);
    const { found, blocks } = sequences.start(other);
    seen.found += found;
    sequences.end(blocks);
  }
  expect(seen.found).toBeGreaterThan(1000);
  expect(seen.standing).toBeGreaterThan(1000);
});
