import { expect, test } from "vitest";
import { seededRandom } from "../../../runtime/tiny/random.ts";
import { turnByPosition } from "../../../runtime/tiny/rope.ts";
import { expectGradient, fillRandom, weighted } from "../../support/runtime/gradients.ts";

test("the first half of a head is turned against the second, each pair at its own speed", () => {
  const values = Float32Array.of(1, 1, 0, 0);
  turnByPosition({ rows: 1, heads: 1, headWidth: 4, theta: 10_000 }, values, () => 2);
  const want = [Math.cos(2), Math.cos(0.02), Math.sin(2), Math.sin(0.02)];
  want.forEach((value, at) => {
    expect(values[at]).toBeCloseTo(value, 6);
  });
});

test("position 0 changes nothing, and every head of a row turns alike", () => {
  const values = Float32Array.of(1, 2, 3, 4, 1, 2, 3, 4);
  turnByPosition({ rows: 2, heads: 2, headWidth: 2, theta: 10_000 }, values, (row) => row);
  expect([...values.subarray(0, 4)]).toEqual([1, 2, 3, 4]);
  expect(values[4]).toBeCloseTo(Math.cos(1) - 2 * Math.sin(1), 6);
  expect(values[6]).toBeCloseTo(3 * Math.cos(1) - 4 * Math.sin(1), 6);
});

test("the way back is its gradient", () => {
  const random = seededRandom(4);
  const size = { rows: 3, heads: 2, headWidth: 8, theta: 100 };
  const positionOf = (row: number) => row + 1;
  const [input, wanted] = [
    fillRandom(new Float32Array(48), random),
    fillRandom(new Float32Array(48), random),
  ];
  const gradient = wanted.slice();
  turnByPosition(size, gradient, positionOf, -1);
  expectGradient(input, gradient, () => {
    const output = input.slice();
    turnByPosition(size, output, positionOf);
    return weighted(output, wanted);
  });
});
