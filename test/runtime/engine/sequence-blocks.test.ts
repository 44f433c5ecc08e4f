/** What a sequence holds. */
import { expect, test } from "vitest";
import { BlockPool, noBlock } from "../../../runtime/engine/block-pool.ts";
import { EngineCore } from "../../../runtime/engine/engine-core.ts";
import { PrefixCache } from "../../../runtime/engine/prefix-cache.ts";
import { Sequence } from "../../../runtime/engine/sequence.ts";
import { SequenceBlocks } from "../../../runtime/engine/sequence-blocks.ts";
import { FakeDevice } from "../../support/runtime/fake-device.ts";
import { requestOf, taken } from "../../support/runtime/requests.ts";
import { wholeStep } from "../../support/runtime/whole-step.ts";

function blocksOf(size: number) {
  const pool = new BlockPool(size);
  const blocks = new SequenceBlocks(pool, new PrefixCache(pool, 4));
  const prompt = Int32Array.from([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  const sequence = () => new Sequence({ prompt, answerTokens: 7, tenant: "red" }, 4);
  return { pool, blocks, sequence };
}

test("what it lacks is taken, and all of it is let go, its end first", () => {
  const { pool, blocks, sequence } = blocksOf(6);
  const own = sequence();
  expect(blocks.missing(own, 9)).toBe(3);
  blocks.grow(own, 9);
  expect([blocks.missing(own, 12), blocks.missing(own, 13), blocks.free]).toEqual([0, 1, 3]);
  expect([...own.blocks]).toEqual([0, 1, 2, noBlock]);
  blocks.letGo(own);
  expect([own.blockCount, blocks.free, blocks.size, blocks.blockTokens]).toEqual([0, 6, 6, 4]);
  for (let fresh = 0; fresh < 3; fresh += 1) pool.take();
  expect([pool.take(), pool.take(), pool.take()]).toEqual([2, 1, 0]);
});

test("what is computed is found by another, and held by both", () => {
  const { blocks, sequence } = blocksOf(6);
  const [own, other] = [sequence(), sequence()];
  blocks.grow(own, 9);
  own.computed = 9;
  blocks.remember(own);
  blocks.findBeginning(other);
  expect([other.computed, other.found, other.remembered, [...other.blocks.subarray(0, 2)]]).toEqual([
    8,
    8,
    2,
    [0, 1],
  ]);
  blocks.letGo(own);
  expect(blocks.free).toBe(4);
});

test("of two that computed the same, one block stays", () => {
  const { blocks, sequence } = blocksOf(6);
  const [own, other] = [sequence(), sequence()];
  for (const each of [own, other]) {
    blocks.grow(each, 4);
    each.computed = 4;
    blocks.remember(each);
  }
  expect([other.blocks[0], blocks.free]).toEqual([own.blocks[0], 5]);
});

test("blocks behind what is computed are given back", () => {
  const { blocks, sequence } = blocksOf(6);
  const own = sequence();
  blocks.grow(own, 13);
  own.computed = 8;
  blocks.giveBack(own);
  expect([own.blockCount, [...own.blocks], blocks.free]).toEqual([2, [0, 1, noBlock, noBlock], 4]);
});

test("who never ran was not helped by what was found for it", () => {
  const device = new FakeDevice(6, { sequenceTokens: 24 });
  const core = new EngineCore({ device, waiting: 9, spareFraction: 0, preemptions: 0 });
  const known = requestOf([1, 2, 3, 4, 5, 6], { answerTokens: 1 });
  taken(core, known);
  wholeStep(core);
  // Takes every block but the one that can be found.
  taken(
    core,
    requestOf(
      Array.from({ length: 17 }, () => 9),
      { answerTokens: 7 },
    ),
  );
  wholeStep(core);
  wholeStep(core);
  const { listener, generation } = taken(core, known);
  wholeStep(core);
  generation.abort();
  expect(listener.ends).toEqual([{ reason: "aborted", cachedTokens: 0, promptTokens: 6, answerTokens: 0 }]);
  expect(core.stats()).toMatchObject({ running: 1, usedBlocks: 5, prefixHitTokens: 0 });
});
