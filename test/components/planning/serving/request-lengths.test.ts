import { expect, test } from "vitest";
import { longTokens, typicalTokens } from "../../../../components/planning/serving/request-lengths.ts";
import { sum } from "../../../../components/planning/sum.ts";

test("without a percentile all are alike", () => {
  expect(typicalTokens({ mean: 700 })).toEqual(new Array(9).fill(expect.closeTo(700, 9)));
  expect(longTokens({ mean: 700 })).toBe(700);
});

test("with one they spread as a lognormal distribution does, around the same mean", () => {
  // sigma 0.5: the 95th percentile is exp(1.645 x 0.5 - 0.125) of the mean, the median exp(-0.125) of it.
  const lengths = { mean: 1000, p95: 1000 * Math.exp(1.645 * 0.5 - 0.125) };
  const tokens = typicalTokens(lengths);
  expect(sum(tokens) / 9).toBeCloseTo(1000, 9);
  expect((tokens[8] ?? 0) / (tokens[4] ?? 1)).toBeCloseTo(Math.exp(0.5 * 1.593), 9);
  expect(longTokens(lengths)).toBeCloseTo(2008.73, 1);
});

test("a percentile further out than any such distribution reaches gives the widest one", () => {
  const widest = typicalTokens({ mean: 100, p95: 100 * Math.exp(1.645 ** 2 / 2) });
  expect(typicalTokens({ mean: 100, p95: 100_000 })).toEqual(
    widest.map((tokens) => expect.closeTo(tokens, 6)),
  );
});

test("no request is shorter than a token, nor the longest than the mean", () => {
  expect(Math.min(...typicalTokens({ mean: 2, p95: 7 }))).toBe(1);
  expect(longTokens({ mean: 10, p95: 3 })).toBe(10);
});
