/** One thread's tokens, another one's masks; both sides are played here. */
import { expect, test } from "vitest";
import { SharedMask } from "../../../runtime/text/shared-mask.ts";

test("a mask is there when the token before it is answered for", () => {
  const steps = SharedMask.create(70);
  const grammars = SharedMask.of(steps.memory);
  expect(steps.words).toHaveLength(3);
  expect([steps.isReady, grammars.next]).toEqual([true, undefined]);
  steps.tell(41);
  expect([steps.isReady, grammars.next]).toEqual([false, 41]);
  grammars.words.set([1, 2, 3]);
  grammars.answer();
  expect([steps.isReady, steps.problem, grammars.next]).toEqual([true, undefined, undefined]);
  expect([...steps.words]).toEqual([1, 2, 3]);
});

test("who waits is let go when the time is over", () => {
  const mask = SharedMask.create(1);
  expect(mask.wait(0)).toBe(true);
  mask.tell(0);
  expect(mask.wait(1)).toBe(false);
  SharedMask.of(mask.memory).answer();
  expect(mask.wait(Number.POSITIVE_INFINITY)).toBe(true);
});

test("a fault stays, with as much of its words as a mask has room for", () => {
  const mask = SharedMask.create(64);
  for (const problem of ["no memory", undefined]) {
    mask.tell(0);
    SharedMask.of(mask.memory).answer(problem);
  }
  expect([mask.isReady, mask.problem]).toEqual([true, "no memor"]);
});
