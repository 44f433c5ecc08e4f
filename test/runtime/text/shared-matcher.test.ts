/** What a step sees of a grammar that another thread knows. */
import { expect, test } from "vitest";
import { SharedMask } from "../../../runtime/text/shared-mask.ts";
import { SharedMatcher } from "../../../runtime/text/shared-matcher.ts";

function followed() {
  const events: string[] = [];
  const thread = {
    stopTokens: new Set([9]),
    isBusy: false,
    ring: () => void events.push("ring"),
    drop: () => void events.push("drop"),
  };
  const mask = SharedMask.create(40);
  return { matcher: new SharedMatcher(thread), mask, other: SharedMask.of(mask.memory), events, thread };
}

test("it is ready when its thread is, and tells it the tokens", () => {
  const { matcher, mask, other, events } = followed();
  expect(matcher.isReady).toBe(false);
  expect(() => matcher.fillMask(new Int32Array(2), 0)).toThrow("its grammar has no mask yet");
  matcher.follow(mask, 0);
  expect(matcher.isReady).toBe(true);
  matcher.accept(7);
  expect([matcher.isReady, other.next, events]).toEqual([false, 7, ["ring"]]);
  expect(() => matcher.fillMask(new Int32Array(2), 0)).toThrow("its grammar has no mask yet");
  other.words.set([5, 6]);
  other.answer();
  const batch = new Int32Array(5);
  matcher.fillMask(batch, 2);
  expect([...batch]).toEqual([0, 0, 5, 6, 0]);
  matcher.dispose();
  expect(events).toEqual(["ring", "drop"]);
});

test("a stop token that was let through is the end, and asks nobody", () => {
  const { matcher, mask, events } = followed();
  matcher.follow(mask, 0);
  expect([matcher.accept(9), matcher.isDone, matcher.isReady, events]).toEqual([true, true, true, []]);
});

test("a step waits for a mask, but not while its thread is at something else", () => {
  const { matcher, mask, other, thread } = followed();
  matcher.follow(mask, 0);
  matcher.accept(1);
  let waits = 0;
  mask.wait = (milliseconds) => {
    waits += milliseconds;
    return false;
  };
  thread.isBusy = true;
  expect(matcher.wait(3)).toBe(0);
  expect(waits).toBe(0);
  thread.isBusy = false;
  expect(matcher.wait(3)).toBeGreaterThanOrEqual(0);
  other.answer();
  expect([waits, matcher.isReady]).toEqual([3, true]);
});

test("a token that came while no thread knew it is told the next one", () => {
  const { matcher, mask } = followed();
  matcher.follow(mask, 0);
  matcher.accept(3);
  matcher.lose();
  const known = matcher.tokens.length;
  matcher.accept(4);
  expect(matcher.isReady).toBe(false);
  const next = SharedMask.create(40);
  matcher.follow(next, known);
  expect([matcher.isReady, next.next, matcher.tokens]).toEqual([false, 4, [3, 4]]);
});

test("one whose grammar is lost for good gives no mask, and is waited for no more", () => {
  const { matcher } = followed();
  matcher.fail(new Error("its thread is gone"));
  expect(matcher.isReady).toBe(true);
  expect(() => matcher.fillMask(new Int32Array(2), 0)).toThrow("its thread is gone");
});

test("a fault of its thread is told when a mask is taken", () => {
  const { matcher, mask, other } = followed();
  matcher.follow(mask, 0);
  matcher.accept(3);
  other.answer("no room");
  expect(matcher.isReady).toBe(true);
  expect(() => matcher.fillMask(new Int32Array(2), 0)).toThrow("its grammar gave no mask: no room");
});
