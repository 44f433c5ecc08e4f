import { expect, test } from "vitest";
import { BlockPool, noBlock } from "../../../runtime/engine/block-pool.ts";

test("blocks are taken in order, and none when all are held", () => {
  const pool = new BlockPool(3);
  expect([pool.take(), pool.take(), pool.take(), pool.take()]).toEqual([0, 1, 2, noBlock]);
  expect(pool.free).toBe(0);
});

test("what was given back last is taken last", () => {
  const pool = new BlockPool(3);
  for (let count = 0; count < 3; count += 1) pool.take();
  for (const block of [1, 0, 2]) pool.release(block);
  expect([pool.take(), pool.take(), pool.take()]).toEqual([1, 0, 2]);
});

test("a block is free once its last holder has let go", () => {
  const pool = new BlockPool(2);
  const block = pool.take();
  pool.hold(block);
  pool.release(block);
  expect([pool.isFree(block), pool.free]).toEqual([false, 1]);
  pool.release(block);
  expect([pool.isFree(block), pool.free]).toEqual([true, 2]);
});

test("a free block that is held again is not taken", () => {
  const pool = new BlockPool(3);
  pool.hold(1);
  expect([pool.take(), pool.take(), pool.take()]).toEqual([0, 2, noBlock]);
});

test("what is given back as worthless is taken first, once nobody holds it", () => {
  const pool = new BlockPool(4);
  for (let count = 0; count < 3; count += 1) pool.take();
  pool.hold(1);
  pool.release(0);
  pool.giveBack(2);
  pool.giveBack(1);
  expect([pool.free, pool.isFree(1)]).toEqual([3, false]);
  expect([pool.take(), pool.take(), pool.take(), pool.take()]).toEqual([2, 3, 0, noBlock]);
});

test.each([
  { case: "no block at all", act: () => new BlockPool(0), want: "a pool has at least one block, not 0" },
  { case: "half a block", act: () => new BlockPool(1.5), want: "a pool has at least one block, not 1.5" },
  {
    case: "a release too many",
    act: () => new BlockPool(2).release(1),
    want: "block 1 has no holder to lose",
  },
  { case: "a block beyond", act: () => new BlockPool(2).hold(2), want: "there is no block 2 among 2" },
])("refused: $case", ({ act, want }) => {
  expect(act).toThrow(want);
});
