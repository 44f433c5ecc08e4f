import { expect, test } from "vitest";
import { seededRandom } from "../../../runtime/tiny/random.ts";

test("a seed gives the same numbers in every run, and another seed others", () => {
  const draw = (seed: number) => {
    const random = seededRandom(seed);
    return [random.below(1000), random.below(1000), random.below(1000)];
  };
  expect(draw(1)).toEqual([627, 2, 527]);
  expect(draw(2)).not.toEqual(draw(1));
});

test("every number below the limit comes about equally often", () => {
  const random = seededRandom(7);
  const counts = [0, 0, 0, 0, 0];
  for (let turn = 0; turn < 50_000; turn += 1) {
    const drawn = random.below(5);
    counts[drawn] = (counts[drawn] ?? 0) + 1;
  }
  // Six standard deviations of a binomial count.
  for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(6 * Math.sqrt(8000));
});

test("the bell has mean 0 and variance 1", () => {
  const random = seededRandom(3);
  let [sum, squares] = [0, 0];
  for (let turn = 0; turn < 100_000; turn += 1) {
    const drawn = random.bell();
    sum += drawn;
    squares += drawn ** 2;
  }
  expect(Math.abs(sum / 100_000)).toBeLessThan(0.02);
  expect(Math.abs(squares / 100_000 - 1)).toBeLessThan(0.03);
});
