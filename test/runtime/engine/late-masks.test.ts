/** How long a step waits for masks, and for whose. */
import { expect, test } from "vitest";
import type { GrammarMatcher } from "../../../runtime/engine/grammar-matcher.ts";
import { LateMasks } from "../../../runtime/engine/late-masks.ts";
import { Sequence } from "../../../runtime/engine/sequence.ts";
import { requestOf } from "../../support/runtime/requests.ts";

function waitingFor(asked: number[], takes: number, isReady = false): Sequence {
  const sequence = new Sequence(requestOf([1]), 4);
  sequence.state = "running";
  sequence.matcher = {
    fillMask: () => undefined,
    accept: () => true,
    isDone: false,
    isReady,
    wait: (milliseconds) => {
      asked.push(milliseconds);
      return takes;
    },
    dispose: () => undefined,
  } satisfies GrammarMatcher;
  return sequence;
}

test("all that are late have a millisecond together; who is there, held or has not begun has none", () => {
  const masks = new LateMasks();
  const asked: number[] = [];
  const [ready, held, queued] = [waitingFor(asked, 0, true), waitingFor(asked, 0), waitingFor(asked, 0)];
  held.isHeld = true;
  queued.state = "waiting";
  for (const sequence of [ready, held, queued]) masks.add(sequence);
  for (const takes of [0.25, 0.75, 0]) masks.add(waitingFor(asked, takes));
  masks.wait();
  expect(asked).toEqual([1, 0.75]);
});

test("nobody is awaited once all have ended, or are held", () => {
  const masks = new LateMasks();
  expect(masks.isAwaiting).toBe(false);
  const sequence = waitingFor([], 0);
  masks.add(sequence);
  expect(masks.isAwaiting).toBe(true);
  sequence.isHeld = true;
  expect(masks.isAwaiting).toBe(false);
  sequence.isHeld = false;
  masks.remove(sequence);
  expect(masks.isAwaiting).toBe(false);
});
