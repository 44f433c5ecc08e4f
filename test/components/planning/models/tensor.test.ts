import { expect, test } from "vitest";
import {
  activeElements,
  elements,
  matrix,
  perExpert,
  vector,
} from "../../../../components/planning/models/tensor.ts";

test("a matrix and a vector count what they hold", () => {
  expect(elements(matrix("mixer", 6, 4, { cut: "rows" }))).toBe(24);
  expect(elements(vector(7))).toBe(7);
});

test("experts count all, and as active those that work on one token", () => {
  const experts = perExpert(matrix("expert", 6, 4), 8, 2);
  expect([elements(experts), activeElements(experts)]).toEqual([192, 48]);
});
