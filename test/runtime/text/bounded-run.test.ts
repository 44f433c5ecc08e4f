import { expect, test } from "vitest";
import { withinTime } from "../../../runtime/text/bounded-run.ts";

test("what ends in time is told", () => {
  expect(withinTime(10_000, () => 7)).toEqual({ value: 7 });
  expect(withinTime(10_000, () => undefined)).toEqual({ value: undefined });
});

test("what does not end is ended, and the next one runs", () => {
  const forever = () => {
    for (;;);
  };
  expect(withinTime(20, forever)).toBe(undefined);
  expect(withinTime(10_000, () => "next")).toEqual({ value: "next" });
});

test("what is held up, and computes nothing meanwhile, is run again, and not for ever", () => {
  const still = new Int32Array(new SharedArrayBuffer(4));
  let runs = 0;
  const heldUp = (times: number) => () => {
    runs += 1;
    if (runs <= times) Atomics.wait(still, 0, 0, 60_000);
    return runs;
  };
  expect(withinTime(100, heldUp(2))).toEqual({ value: 3 });
  runs = 0;
  expect(withinTime(100, heldUp(100))).toBe(undefined);
  expect(runs).toBe(10);
});

test("what is thrown comes through as it is", () => {
  const error = new RangeError("own");
  const thrown = () => {
    throw error;
  };
  expect(() => withinTime(10_000, thrown)).toThrow(error);
});

test("one may run within another", () => {
  const inner = () => withinTime(10_000, () => 1)?.value;
  expect(withinTime(10_000, () => [inner(), inner()])).toEqual({ value: [1, 1] });
});
