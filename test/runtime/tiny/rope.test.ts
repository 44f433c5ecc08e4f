import { expect, test } from "vitest";
import { seededRandom } from "../../../runtime/tiny/random.ts";
import { rotations, turnByPosition } from "../../../runtime/tiny/rope.ts";
import { expectGradient, fillRandom, weighted } from "../../support/runtime/gradients.ts";

test("the first half of a head is turned against the second, each pair at its own speed", () => {
  const values = Float32Array.from({ length: 12 }, (_, at) => (at % 4 < 2 ? 1 : 0));
  turnByPosition({ rows: 3, heads: 1, headWidth: 4 }, values, rotations(3, 4, 10_000));
  const want = [Math.cos(2), Math.cos(0.02), Math.sin(2), Math.sin(0.02)];
  want.forEach((value, at) => {
    expect(values[8 + at]).toBeCloseTo(value, 6);
  });
});

test("position 0 changes nothing, and every head of a row turns alike", () => {
  const values = Float32Array.of(1, 2, 3, 4, 1, 2, 3, 4);
  turnByPosition({ rows: 2, heads: 2, headWidth: 2 }, values, rotations(2, 2, 10_000));
  expect([...values.subarray(0, 4)]).toEqual([1, 2, 3, 4]);
  expect(values[4]).toBeCloseTo(Math.cos(1) - 2 * Math.sin(1), 6);
  expect(values[6]).toBeCloseTo(3 * Math.cos(1) - 4 * Math.sin(1), 6);
});

test("positions begin anew in each window", () => {
  const values = Float32Array.of(1, 0, 1, 0, 1, 0);
  turnByPosition({ rows: 3, heads: 1, headWidth: 2 }, values, rotations(2, 2, 10_000));
  expect([...values.subarray(0, 2)]).toEqual([...values.subarray(4, 6)]);
  expect(values[2]).toBeCloseTo(Math.cos(1), 6);
});

test("the way back is its gradient", () => {
  const random = seededRandom(4);
  const size = { rows: 3, heads: 2, headWidth: 8 };
  const turns = rotations(3, 8, 100);
  const [input, wanted] = [
    fillRandom(new Float32Array(48), random),
    fillRandom(new Float32Array(48), random),
  ];
  const gradient = wanted.slice();
  turnByPosition(size, gradient, turns, -1);
  expectGradient(input, gradient, () => {
    const output = input.slice();
    turnByPosition(size, output, turns);
    return weighted(output, wanted);
  });
});
