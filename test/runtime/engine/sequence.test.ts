import { expect, test } from "vitest";
import { adaptersMax, Sequence } from "../../../runtime/engine/sequence.ts";

const prompt = Int32Array.from([3, 1, 4, 1, 5]);

test("has room for its whole answer, in whole blocks", () => {
  const sequence = new Sequence({ prompt, answerTokens: 4, tenant: "red" }, 4);
  expect([...sequence.tokens]).toEqual([3, 1, 4, 1, 5, 0, 0, 0, 0]);
  expect(sequence.blocks.length).toBe(3);
  expect([sequence.known, sequence.computed, sequence.priority, sequence.salt]).toEqual([5, 0, 0, 0]);
  expect([[...sequence.answer], sequence.isFull]).toEqual([[], false]);
});

test("its answer is what is known beyond the prompt", () => {
  const sequence = new Sequence({ prompt, answerTokens: 2, tenant: "red" }, 4);
  sequence.tokens.set([9, 2], 5);
  sequence.known = 7;
  expect([[...sequence.answer], sequence.isFull]).toEqual([[9, 2], true]);
});

test("no two pairs of a salt and an adapter share blocks", () => {
  const saltOf = (salt: number, adapter: number) =>
    new Sequence({ prompt, answerTokens: 1, tenant: "red", salt, adapter }, 4).salt;
  const pairs = [0, 1, 2].flatMap((salt) => [0, 1, adaptersMax].map((adapter) => saltOf(salt, adapter)));
  expect(new Set(pairs).size).toBe(9);
});

test("when a step is complete, what was begun behind it is under way", () => {
  const sequence = new Sequence({ prompt, answerTokens: 3, tenant: "red" }, 4);
  Object.assign(sequence, { scheduled: 5, ahead: 1, drafts: 0 });
  expect([sequence.passOn(), sequence.scheduled, sequence.ahead]).toEqual([true, 1, 0]);
  sequence.drafts = 2;
  expect([sequence.passOn(), sequence.scheduled, sequence.drafts]).toEqual([false, 0, 0]);
});

test("for an embedding it has room for the prompt alone, and a mean is over all of it", () => {
  const sequences = (["last", "mean"] as const).map(
    (pooling) => new Sequence({ prompt, answerTokens: 0, tenant: "red", pooling }, 4),
  );
  expect(sequences.map(({ tokens, isFull, isWhole }) => [tokens.length, isFull, isWhole])).toEqual([
    [5, true, false],
    [5, true, true],
  ]);
});

test.each([
  { case: "no prompt", change: { prompt: new Int32Array() }, want: "a prompt has at least one token" },
  { case: "no answer", change: { answerTokens: 0 }, want: "an answer has at least one token, not 0" },
  { case: "half a token", change: { answerTokens: 1.5 }, want: "an answer has at least one token, not 1.5" },
  {
    case: "an embedding with an answer",
    change: { pooling: "last" } as const,
    want: "an embedding has no answer, and none of 1 tokens",
  },
])("refused: $case", ({ change, want }) => {
  expect(() => new Sequence({ prompt, answerTokens: 1, tenant: "red", ...change }, 4)).toThrow(want);
});
