/** Guesses at what comes next. */
import { expect, test } from "vitest";
import { Drafter, type Speculation } from "../../../runtime/engine/drafter.ts";

const usual: Speculation = { tokens: 4, ngram: { min: 2, max: 3 } };

function drafted(drafter: Drafter, known: readonly number[], room = 10): number[] {
  const tokens = new Int32Array(known.length + 10);
  tokens.set(known);
  const count = drafter.draft(tokens, known.length, room);
  return [...tokens.subarray(known.length, known.length + count)];
}

test.each([
  { case: "what followed the same before", known: [1, 2, 3, 4, 5, 6, 1, 2], want: [3, 4, 5, 6] },
  { case: "no more than there is room for", known: [1, 2, 3, 4, 5, 6, 1, 2], room: 2, want: [3, 4] },
  { case: "no room", known: [1, 2, 3, 1, 2], room: 0, want: [] },
  { case: "the last place of those that are alike", known: [1, 2, 7, 1, 2, 8, 1, 2], want: [8, 1, 2, 8] },
  {
    case: "a longer likeness before a later one",
    known: [5, 1, 2, 7, 6, 1, 2, 8, 5, 1, 2],
    want: [7, 6, 1, 2],
  },
  {
    case: "no more is compared than `max`",
    known: [4, 5, 1, 2, 7, 5, 1, 2, 8, 4, 5, 1, 2],
    want: [8, 4, 5, 1],
  },
  { case: "what repeats itself goes on", known: [9, 3, 3, 3], want: [3, 3, 3, 3] },
  { case: "a likeness that is too short", known: [1, 2, 3, 9, 2], want: [] },
  { case: "nothing like it", known: [1, 2, 3, 4], want: [] },
  { case: "one token", known: [1], want: [] },
  { case: "the same token at the very beginning", known: [7, 1, 7], want: [] },
])("$case", ({ known, room, want }) => {
  expect(drafted(new Drafter(usual), known, room)).toEqual(want);
});

test("a single token may be enough", () => {
  const drafter = new Drafter({ tokens: 2, ngram: { min: 1, max: 1 } });
  expect(drafted(drafter, [7, 1, 7])).toEqual([1, 7]);
});

test("only so much of a context is searched, however long it is", () => {
  const looked: number[] = [];
  class Counted extends Int32Array {
    override lastIndexOf(token: number, from: number): number {
      const place = super.lastIndexOf(token, from);
      looked.push(from - place);
      return place;
    }
  }
  const tokens = new Counted(100_000).fill(1);
  tokens.set([5, 6], 99_988);
  const drafter = new Drafter({ tokens: 2, ngram: { min: 1, max: 2 } });
  expect(drafter.draft(tokens, 99_990, 2)).toBe(0);
  expect(looked).toEqual([32_768]);
  tokens.set([6, 7], 99_989 - 32_769);
  expect(drafter.draft(tokens, 99_990, 2)).toBe(0);
  tokens.set([6, 7], 99_989 - 32_768);
  expect(drafter.draft(tokens, 99_990, 2)).toBe(2);
  expect([...tokens.subarray(99_990, 99_992)]).toEqual([7, 1]);
});

test("who guesses wrong guesses less, and with growing pauses", () => {
  const known = [3, 3, 3, 3];
  const drafter = new Drafter(usual);
  drafter.learn(4, 2);
  expect(drafted(drafter, known)).toHaveLength(2);
  drafter.learn(2, 2);
  expect(drafted(drafter, known)).toHaveLength(4);
  const pauses: number[] = [];
  for (let miss = 0; miss < 7; miss += 1) {
    drafter.learn(1, 0);
    let pause = 0;
    while (drafted(drafter, known).length === 0) pause += 1;
    pauses.push(pause);
  }
  expect(pauses).toEqual([1, 3, 7, 15, 31, 31, 31]);
  expect(drafted(drafter, known)).toHaveLength(1);
  drafter.learn(1, 1);
  expect(drafted(drafter, known)).toHaveLength(2);
});
