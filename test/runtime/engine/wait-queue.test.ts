/** Who of those that wait goes first. */
import { expect, test } from "vitest";
import { FairShare } from "../../../runtime/engine/fair-share.ts";
import type { GrammarMatcher } from "../../../runtime/engine/grammar-matcher.ts";
import { Sequence } from "../../../runtime/engine/sequence.ts";
import { WaitQueue } from "../../../runtime/engine/wait-queue.ts";

function queueOf(served: Readonly<Record<string, number>> = {}) {
  const share = new FairShare();
  for (const [tenant, tokens] of Object.entries(served)) share.charge(tenant, tokens);
  const queue = new WaitQueue(share);
  let arrival = 0;
  const add = (tenant: string, priority = 0) => {
    const sequence = new Sequence({ prompt: Int32Array.of(1), answerTokens: 1, tenant, priority }, 4);
    sequence.arrival = arrival;
    arrival += 1;
    queue.add(sequence);
    return sequence;
  };
  return { queue, add };
}

test("nobody's turn comes whose mask is not there yet", () => {
  const { queue, add } = queueOf();
  const [first, second] = [add("red"), add("red")];
  const matcher = { isReady: false };
  first.matcher = matcher as Partial<GrammarMatcher> as GrammarMatcher;
  expect(queue.next()).toBe(second);
  matcher.isReady = true;
  expect(queue.next()).toBe(first);
});

test("the more urgent, then whose tenant had less, then who came first", () => {
  const { queue, add } = queueOf({ red: 5, blue: 3 });
  const [red, late, blue, urgent] = [add("red"), add("red"), add("blue"), add("red", -1)];
  const order = [urgent, blue, red, late].map((wanted) => {
    const next = queue.next();
    if (next) queue.remove(next);
    return next === wanted;
  });
  expect(order).toEqual([true, true, true, true]);
  expect([queue.size, queue.next()]).toEqual([0, undefined]);
});

test("who is held is passed over, and who does not wait is not missed", () => {
  const { queue, add } = queueOf();
  const [first, second] = [add("red"), add("red")];
  first.isHeld = true;
  expect(queue.next()).toBe(second);
  expect([queue.size, queue.heldCount]).toEqual([2, 1]);
  queue.remove(second);
  queue.remove(second);
  expect([queue.size, queue.next()]).toEqual([1, undefined]);
});

test("blocks are lost by slow readers first, then by who would go last, never by whom they are for", () => {
  const { queue, add } = queueOf();
  const [first, second, third, slow, empty] = [add("red"), add("red"), add("red"), add("red"), add("red")];
  for (const sequence of [first, second, third, slow]) sequence.blockCount = 1;
  slow.isHeld = true;
  const order = [slow, third, second].map((wanted) => {
    const holder = queue.holder(first);
    if (holder) holder.blockCount = 0;
    return holder === wanted;
  });
  expect(order).toEqual([true, true, true]);
  expect([queue.holder(first), queue.holder(), empty.blockCount]).toEqual([undefined, first, 0]);
});
