import { expect, test } from "vitest";
import { percentile } from "../../../../components/planning/serving/percentile.ts";

test.each([
  {
    case: "of twenty, the nineteenth",
    values: Array.from({ length: 20 }, (_, index) => 20 - index),
    want: 19,
  },
  {
    case: "of nineteen, the last: eighteen are not enough",
    values: Array.from({ length: 19 }, (_, i) => i),
    want: 18,
  },
  { case: "numbers, not their digits", values: [10, 9], want: 10 },
  { case: "of none, nothing", values: [], want: 0 },
])("$case", ({ values, want }) => {
  expect(percentile(values, 0.95)).toBe(want);
});
