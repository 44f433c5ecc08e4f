import { expect, test } from "vitest";
import { SeededRandom } from "../../../../bench/support/openb/seeded-random.ts";

test("the same seed gives the same numbers, another seed others", () => {
  const draw = (seed: number) => {
    const random = new SeededRandom(seed);
    return Array.from({ length: 8 }, () => random.below(100));
  };
  expect(draw(42)).toEqual(draw(42));
  expect(draw(42)).not.toEqual(draw(43));
});

test("every number below the limit comes about equally often, the limit never", () => {
  const random = new SeededRandom(1);
  const counts = Array.from({ length: 4 }, () => 0);
  for (let draws = 0; draws < 4000; draws += 1) {
    const drawn = random.below(4);
    counts[drawn] = (counts[drawn] ?? 0) + 1;
  }
  expect(counts.length).toBe(4);
  expect(counts.every((count) => count > 900 && count < 1100)).toBe(true);
});

test("shuffling keeps every value and the original order of what was given", () => {
  const values = [1, 2, 3, 4, 5, 6, 7, 8];
  const shuffled = new SeededRandom(7).shuffled(values);
  expect(shuffled).not.toEqual(values);
  expect(shuffled.toSorted()).toEqual(values);
  expect(values).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
});
