import { expect, test } from "vitest";
import { exponential } from "../../../runtime/tiny/exponential.ts";

test("is within 3e-10 of the exponential function, relatively, over all 32-bit floats", () => {
  let worst = 0;
  for (let value = -87; value <= 87; value += 0.0007) {
    worst = Math.max(worst, Math.abs(exponential(value) / Math.exp(value) - 1));
  }
  expect(worst).toBeLessThan(3e-10);
  expect(exponential(0)).toBe(1);
});

test("beyond them it stays where it is, and NaN stays NaN", () => {
  expect(exponential(-1000)).toBe(exponential(-87));
  expect(exponential(Number.NEGATIVE_INFINITY)).toBe(exponential(-87));
  expect(exponential(1000)).toBe(exponential(87));
  expect(exponential(Number.NaN)).toBeNaN();
});
