import { expect, expectTypeOf, test } from "vitest";
import { isKnown, type Known, unknown } from "../../../components/catalogue/unknown.ts";

test.each([
  { case: "a number", fact: 0, want: true },
  { case: "a word", fact: "none", want: true },
  { case: "a list", fact: [], want: true },
  { case: "nobody knows", fact: unknown("no source gives it"), want: false },
])("$case", ({ fact, want }) => {
  expect(isKnown<unknown>(fact)).toBe(want);
});

test("what is not known tells why", () => {
  expect(unknown("no source gives it")).toEqual({ unknown: "no source gives it" });
});

test("nobody can reckon with a fact before asking whether it is known", () => {
  const fact: Known<number> = 3 as Known<number>;
  // @ts-expect-error: it may be unknown
  const doubled = 2 * fact;
  expect(doubled).toBe(6);
  if (isKnown(fact)) expectTypeOf(fact).toEqualTypeOf<number>();
});
