import { expect, test } from "vitest";
import { seededRandom } from "../../../runtime/tiny/random.ts";
import { rmsNorm, rmsNormBackward } from "../../../runtime/tiny/rms-norm.ts";
import { expectGradient, fillRandom, weighted } from "../../support/runtime/gradients.ts";

test("a row is divided by its root mean square, and scaled by column", () => {
  const output = new Float32Array(4);
  // Mean squares 12.5 and 0; the latter is held up by epsilon alone.
  const input = Float32Array.of(3, 4, 0, 0);
  rmsNorm({ rows: 2, width: 2, epsilon: 1e-5 }, input, Float32Array.of(1, 10), output);
  expect(output[0]).toBeCloseTo(3 / Math.sqrt(12.5), 5);
  expect(output[1]).toBeCloseTo(40 / Math.sqrt(12.5), 5);
  expect([output[2], output[3]]).toEqual([0, 0]);
});

test("epsilon is added to the mean square", () => {
  const output = new Float32Array(1);
  rmsNorm({ rows: 1, width: 1, epsilon: 3 }, Float32Array.of(1), Float32Array.of(1), output);
  expect(output[0]).toBe(0.5);
});

test("gradients are what small changes do, and are added", () => {
  const random = seededRandom(2);
  const size = { rows: 3, width: 8, epsilon: 0.01 };
  const [input, wanted] = [1, 2].map(() => fillRandom(new Float32Array(24), random)) as [
    Float32Array,
    Float32Array,
  ];
  const weights = fillRandom(new Float32Array(8), random);
  const output = new Float32Array(24);
  const [inputGradient, weightGradient] = [new Float32Array(24), new Float32Array(8)];
  rmsNormBackward(size, input, weights, wanted, weightGradient, inputGradient);
  const loss = () => {
    rmsNorm(size, input, weights, output);
    return weighted(output, wanted);
  };
  expectGradient(input, inputGradient, loss);
  expectGradient(weights, weightGradient, loss);

  const once = [...inputGradient, ...weightGradient];
  rmsNormBackward(size, input, weights, wanted, weightGradient, inputGradient);
  [...inputGradient, ...weightGradient].forEach((twice, at) => {
    expect(twice).toBeCloseTo(2 * (once[at] as number), 4);
  });
});
