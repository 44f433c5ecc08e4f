/** Which patterns can be held to, and how much their counts unroll to. */
import { expect, test } from "vitest";
import { isPlainPattern, patternCount } from "../../../runtime/text/schema-pattern.ts";

test.each<[unknown, boolean]>([
  ["^[a-z]{2}-\\d+$", true],
  ["(ab|cd)*", true],
  ["(?:ab)?", true],
  ["a{2,}", true],
  ["(?=a)", false],
  ["[^a]", false],
  ['a"b', false],
  ["é", false],
  ["a{1000}", false],
  [7, false],
])("%j is plain: %j", (pattern, isPlain) => {
  expect(isPlainPattern(pattern)).toBe(isPlain);
});

test.each([
  ["abc*", 0],
  ["a{3}b{2,5}", 8],
  ["a{2,}", 2],
  ["(ab){4}", 4],
  ["(a{3}b{2}){4}", 20],
  ["((a{2}){3}){5}", 30],
])("the counts of %s unroll to %i", (pattern, count) => {
  expect(patternCount(pattern)).toBe(count);
});
