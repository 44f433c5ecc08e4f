import { expect, test } from "vitest";
import { Adam } from "../../../runtime/tiny/adam.ts";

const settings = { meanDecay: 0.9, squareDecay: 0.98, epsilon: 0, gradientLength: 1 };

test("the first step goes by the rate, whatever the size of the gradient, and sets it to zero", () => {
  const [weights, gradient] = [Float32Array.of(1, 1, 1), Float32Array.of(0.5, -0.001, 0.25)];
  new Adam([3], settings).step([weights], [gradient], 0.125);
  [0.875, 1.125, 0.875].forEach((want, at) => {
    expect(weights[at]).toBeCloseTo(want, 6);
  });
  expect([...gradient]).toEqual([0, 0, 0]);
});

test("the second step goes by running means that are freed of their zeros", () => {
  const weights = Float32Array.of(0);
  const adam = new Adam([1], settings);
  adam.step([weights], [Float32Array.of(0.5)], 1);
  adam.step([weights], [Float32Array.of(-0.25)], 1);
  const mean = (0.9 * 0.05 - 0.1 * 0.25) / (1 - 0.9 ** 2);
  const square = (0.98 * 0.005 + 0.02 * 0.0625) / (1 - 0.98 ** 2);
  expect(weights[0]).toBeCloseTo(-1 - mean / Math.sqrt(square), 5);
});

test("gradients that are too long together are shortened alike", () => {
  const run = (scale: number) => {
    const weights = [Float32Array.of(0), Float32Array.of(0)];
    const adam = new Adam([1, 1], settings);
    adam.step(weights, [Float32Array.of(0.6), Float32Array.of(0.8)], 1);
    adam.step(weights, [Float32Array.of(0.3 * scale), Float32Array.of(-0.4 * scale)], 1);
    return weights.map(([value]) => value);
  };
  expect(run(2)).not.toEqual(run(1));
  run(200).forEach((value, at) => {
    expect(value).toBeCloseTo(run(2)[at] ?? 0, 5);
  });
});
