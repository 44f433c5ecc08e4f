/** Who has a place in the step behind one that is computed. */
import { expect, test } from "vitest";
import { BlockPool } from "../../../runtime/engine/block-pool.ts";
import { holdPlaces } from "../../../runtime/engine/places.ts";
import { PrefixCache } from "../../../runtime/engine/prefix-cache.ts";
import { Sequence } from "../../../runtime/engine/sequence.ts";
import { SequenceBlocks } from "../../../runtime/engine/sequence-blocks.ts";
import { requestOf } from "../../support/runtime/requests.ts";

function blocksOf(size: number) {
  const pool = new BlockPool(size);
  return new SequenceBlocks(pool, new PrefixCache(pool, 4));
}

/** The step under way computes its last known token, and it has the block for that. */
function running(blocks: SequenceBlocks, known: number, change: Partial<Sequence> = {}): Sequence {
  const sequence = new Sequence(requestOf([1, 2], { answerTokens: 8 }), 4);
  Object.assign(sequence, { state: "running", isPlain: true, known, computed: known - 1, scheduled: 1 });
  blocks.grow(sequence, known);
  return Object.assign(sequence, change);
}

test("who goes on has one, with the block that it needs; whose last token is on its way has none", () => {
  const blocks = blocksOf(8);
  const [within, across, last] = [2, 4, 9].map((known) => running(blocks, known));
  const step: Sequence[] = [];
  holdPlaces(step, [within, across, last] as Sequence[], blocks, false);
  expect(step).toEqual([within, across]);
  expect([within, across, last].map((sequence) => [sequence?.ahead, sequence?.blockCount])).toEqual([
    [1, 1],
    [1, 2],
    [0, 3],
  ]);
});

test.each([
  { case: "one has to be known first", change: { isPlain: false } },
  { case: "one is held", change: { isHeld: true } },
  { case: "one is not in the step under way", change: { scheduled: 0 } },
  { case: "one has more of its prompt to come", change: { computed: 0 } },
  { case: "blocks are missing", change: {}, free: 0 },
  {
    case: "the last token of one leaves a place to who waits",
    change: { known: 9, computed: 8 },
    isAwaited: true,
  },
])("nobody has one where $case", ({ change, free = 2, isAwaited = false }) => {
  const blocks = blocksOf(2 + free);
  const sequences = [running(blocks, 4), running(blocks, 2, change)];
  const step: Sequence[] = [];
  holdPlaces(step, sequences, blocks, isAwaited);
  expect([step, sequences.map(({ ahead }) => ahead), blocks.free]).toEqual([[], [0, 0], free]);
});
