/** Time is owed for as long as it was taken, and what passes meanwhile is given back. */
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { HeldTime } from "../../../runtime/text/held-time.ts";

beforeAll(() => void vi.useFakeTimers());
afterAll(() => void vi.useRealTimers());

function heldFor(held: HeldTime, milliseconds: number): number {
  held.begin();
  vi.advanceTimersByTime(milliseconds / 2);
  held.begin();
  vi.advanceTimersByTime(milliseconds / 2);
  held.end();
  return held.owedMilliseconds;
}

test("it is counted from the first beginning to the end, and little of it waits for more", () => {
  const held = new HeldTime();
  held.end();
  expect([heldFor(held, 30), heldFor(held, 18), heldFor(held, 2)]).toEqual([0, 0, 50]);
});

test("what passes is given back, but not while they are held again", () => {
  const held = new HeldTime();
  expect(heldFor(held, 1000)).toBe(1000);
  vi.advanceTimersByTime(400);
  expect(held.owedMilliseconds).toBe(600);
  expect(heldFor(held, 100)).toBe(700);
  vi.advanceTimersByTime(700);
  expect(held.owedMilliseconds).toBe(0);
});

test("nothing is owed where nobody is left", () => {
  const held = new HeldTime();
  heldFor(held, 1000);
  held.clear();
  expect(held.owedMilliseconds).toBe(0);
});
