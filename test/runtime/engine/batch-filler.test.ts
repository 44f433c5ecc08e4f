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

test("ahead, each goes on behind the row that it had in the step before", () => {
  const { limits, facts } = new FakeDevice(64, { draftTokens: 1 });
  const [before, batch] = [allocateBatch(limits, facts), allocateBatch(limits, facts)];
  const answers = [answerOf([1, 2], 0, 2), answerOf([3, 4, 5], 2, 1), answerOf([6, 7, 8, 9], 3, 1)];
  const of = new Map(answers.map((answer) => [answer.sequence, answer]));
  const step = answers.map(({ sequence }) => sequence);
  new BatchFiller(before).fill(step, of);
  const behind = step.slice(1);
  for (const sequence of behind) sequence.ahead = 1;
  Object.assign(step[2] ?? {}, { blockCount: 2 });
  step[2]?.blocks.set([7, 5]);
  new BatchFiller(batch).fill(behind, of, true);
  expect([batch.sequences, batch.tokens]).toEqual([2, 2]);
  expect([...batch.tokenIds.subarray(0, 2)]).toEqual([-3, -5]);
  expect([...batch.positions.subarray(0, 2)]).toEqual([3, 4]);
  expect([...batch.contextLength.subarray(0, 2)]).toEqual([4, 5]);
  expect([...batch.queryStart.subarray(0, 3)]).toEqual([0, 1, 2]);
  expect([...batch.isSampled.subarray(0, 2)]).toEqual([1, 1]);
  expect([...batch.blockTable.subarray(batch.blocksPerSequence, batch.blocksPerSequence + 2)]).toEqual([
    7, 5,
  ]);
  expect(step.map(({ row }) => row)).toEqual([0, 0, 2]);
});
