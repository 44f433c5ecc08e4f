import { expect, test } from "vitest";
import { seededRandom } from "../../../components/planning/random.ts";

function drawn(seed: number, count: number): number[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => random.next());
}

test("the same seed gives the same numbers, another seed others", () => {
  expect(drawn(1, 5)).toEqual(drawn(1, 5));
  expect(drawn(1, 5)).not.toEqual(drawn(2, 5));
});

test("numbers are spread evenly over 0 to 1", () => {
  const numbers = drawn(3, 100_000);
  const inTenth = (tenth: number) => numbers.filter((number) => Math.floor(number * 10) === tenth).length;
  for (let tenth = 0; tenth < 10; tenth += 1) expect(inTenth(tenth) / 10_000).toBeCloseTo(1, 1);
  expect(Math.min(...numbers.slice(0, 1000))).toBeGreaterThanOrEqual(0);
});

test("whole numbers stay below their limit, and each occurs", () => {
  const random = seededRandom(4);
  const found = new Set(Array.from({ length: 200 }, () => random.below(6)));
  expect([...found].sort()).toEqual([0, 1, 2, 3, 4, 5]);
});

test("times without memory have the mean that was asked for", () => {
  const random = seededRandom(5);
  const times = Array.from({ length: 100_000 }, () => random.exponential(60));
  expect(Math.min(...times.slice(0, 1000))).toBeGreaterThanOrEqual(0);
  expect(times.reduce((sum, time) => sum + time, 0) / times.length).toBeCloseTo(60, 0);
});
