import { expect, test } from "vitest";
import { crossEntropy, noTarget } from "../../../runtime/tiny/cross-entropy.ts";
import { seededRandom } from "../../../runtime/tiny/random.ts";
import { expectGradient, fillRandom } from "../../support/runtime/gradients.ts";

test("the mean over rows that have a target", () => {
  const logits = Float32Array.of(0, 0, 0, 0, /* nobody asks */ 9, 9, 9, 9, Math.log(3), 0, 0, 0);
  const loss = crossEntropy(logits, 4, Int32Array.of(2, noTarget, 0));
  expect(loss).toBeCloseTo((Math.log(4) + Math.log(2)) / 2, 6);
  expect([...logits.subarray(4, 8)]).toEqual([0, 0, 0, 0]);
  expect([...logits.subarray(0, 4)]).toEqual([0.125, 0.125, -0.375, 0.125]);
});

test("large logits do no harm", () => {
  const logits = Float32Array.of(1000, 0);
  expect(crossEntropy(logits, 2, Int32Array.of(1))).toBe(1000);
  expect([...logits]).toEqual([1, -1]);
});

test("the gradient is what small changes do", () => {
  const targets = Int32Array.of(1, noTarget, 4, 0);
  const logits = fillRandom(new Float32Array(20), seededRandom(6));
  const gradient = logits.slice();
  crossEntropy(gradient, 5, targets);
  expectGradient(logits, gradient, () => crossEntropy(logits.slice(), 5, targets));
});
