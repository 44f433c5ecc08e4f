/** What the device reads of a step: part of a prompt, a token of an answer, and one whose grammar fails. */
import { expect, test } from "vitest";
import { allocateBatch } from "../../../runtime/device/batch.ts";
import { Answer } from "../../../runtime/engine/answer.ts";
import { BatchFiller } from "../../../runtime/engine/batch-filler.ts";
import type { GrammarMatcher } from "../../../runtime/engine/grammar-matcher.ts";
import { Sequence } from "../../../runtime/engine/sequence.ts";
import { FakeDevice } from "../../support/runtime/fake-device.ts";
import { Listener, requestOf } from "../../support/runtime/requests.ts";

const failing = {
  fillMask: () => {
    throw new Error("out of memory");
  },
} as Partial<GrammarMatcher> as GrammarMatcher;

function answerOf(prompt: readonly number[], computed: number, scheduled: number, matcher?: GrammarMatcher) {
  const request = requestOf(prompt);
  const sequence = new Sequence(request, 4);
  Object.assign(sequence, { computed, scheduled, blockCount: Math.ceil((computed + scheduled) / 4) });
  sequence.blocks.set([7, 5, 9].slice(0, sequence.blockCount));
  return new Answer(request, sequence, new Listener(), { matcher, hiddenSize: 2 });
}

test("tokens lie together, and only who has all of its prompt behind it is sampled", () => {
  const { limits, facts } = new FakeDevice();
  const batch = allocateBatch(limits, facts);
  const filler = new BatchFiller(batch);
  const answers = [
    answerOf([1, 2, 3, 4, 5, 6, 7], 4, 2),
    answerOf([8, 9], 1, 1),
    answerOf([10, 11], 0, 2, failing),
  ];
  const step = answers.map(({ sequence }) => sequence);
  filler.fill(step, new Map(answers.map((answer) => [answer.sequence, answer])));
  expect([batch.sequences, batch.tokens]).toEqual([3, 5]);
  expect([...batch.tokenIds.subarray(0, 5)]).toEqual([5, 6, 9, 10, 11]);
  expect([...batch.positions.subarray(0, 5)]).toEqual([4, 5, 1, 0, 1]);
  expect([...batch.queryStart.subarray(0, 4)]).toEqual([0, 2, 3, 5]);
  expect([...batch.contextLength.subarray(0, 3)]).toEqual([6, 2, 2]);
  expect([...batch.isSampled.subarray(0, 3)]).toEqual([0, 1, 0]);
  expect([...batch.blockTable.subarray(0, 2)]).toEqual([7, 5]);
  expect(batch.blockTable[batch.blocksPerSequence]).toBe(7);
  const problem = expect.stringMatching(/^Error: out of memory\n/);
  expect(filler.spoiled).toEqual([{ sequence: step[2], problem }]);
  expect(() => filler.fill(step, new Map())).toThrow("a sequence without an answer was scheduled");
});
