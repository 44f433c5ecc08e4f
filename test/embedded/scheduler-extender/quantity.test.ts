import { expect, test } from "vitest";
import { quantity } from "../../../embedded/scheduler-extender/quantity.ts";

test.each([
  { text: undefined, want: 0 },
  { text: "0", want: 0 },
  { text: "4", want: 4 },
  { text: "250m", want: 0.25 },
  { text: "1.5", want: 1.5 },
  { text: "2Gi", want: 2_147_483_648 },
  { text: "512Mi", want: 536_870_912 },
  { text: "3k", want: 3000 },
  { text: "1e3", want: 1000 },
  { text: "1E", want: 1e18 },
])("$text is $want", ({ text, want }) => {
  expect(quantity(text)).toBe(want);
});

test.each(["", "Gi", "1Xi", "one"])('"%s" is none', (text) => {
  expect(() => quantity(text)).toThrow(`"${text}" is not a quantity`);
});
