import { expect, test } from "vitest";
import { sum } from "../../../components/planning/sum.ts";

test.each([
  { amounts: [], want: 0 },
  { amounts: [3], want: 3 },
  { amounts: [1, 0.5, -2], want: -0.5 },
])("the sum of $amounts", ({ amounts, want }) => {
  expect(sum(amounts)).toBe(want);
});
