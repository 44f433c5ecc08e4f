import { expect, test } from "vitest";
import { beginningAtEnd, JsonEnd } from "../../../runtime/text/text-marks.ts";

test.each([
  { text: "a <th", length: 3 },
  { text: "a <think", length: 6 },
  { text: "a <think>", length: 0 },
  { text: "<<", length: 1 },
  { text: "a", length: 0 },
  { text: "", length: 0 },
])("$text ends in $length characters of a mark's beginning", ({ text, length }) => {
  expect(beginningAtEnd(text, "<think>")).toBe(length);
});

test.each([
  { case: "an object", text: '{"a":1} rest', end: 7 },
  { case: "brackets within texts", text: '{"a":"}]"}x', end: 10 },
  { case: "quotes within texts", text: '["\\"]"]x', end: 7 },
  { case: "a backslash at a text's end", text: '["\\\\"]x', end: 6 },
  { case: "values within values", text: '[{"a":[[]]}]', end: 12 },
  { case: "one that does not end", text: '{"a":{}', end: undefined },
])("$case ends where its last bracket is, whole or letter by letter", ({ text, end }) => {
  expect(new JsonEnd(0).find(text)).toBe(end);
  const finder = new JsonEnd(0);
  const ends = Array.from(text, (_, index) => finder.find(text.slice(0, index + 1)));
  expect(ends.find((each) => each !== undefined)).toBe(end);
  expect(finder.find(text)).toBe(end);
});
