import { expect, test } from "vitest";
import { seededRandom } from "../../../runtime/tiny/random.ts";
import { swiglu, swigluBackward } from "../../../runtime/tiny/swiglu.ts";
import { expectGradient, fillRandom, weighted } from "../../support/runtime/gradients.ts";

test("silu of the gate, times up", () => {
  const output = new Float32Array(3);
  swiglu(Float32Array.of(0, 2, -2), Float32Array.of(5, 3, 3), output);
  const sigmoid = 1 / (1 + Math.exp(-2));
  [0, 6 * sigmoid, -6 * (1 - sigmoid)].forEach((want, at) => {
    expect(output[at]).toBeCloseTo(want, 6);
  });
});

test("gradients are what small changes do", () => {
  const random = seededRandom(5);
  const made = () => fillRandom(new Float32Array(10), random);
  const [gate, up, wanted] = [made(), made(), made()];
  const [gateGradient, upGradient, output] = [made(), made(), made()];
  swigluBackward(gate, up, wanted, gateGradient, upGradient);
  const loss = () => {
    swiglu(gate, up, output);
    return weighted(output, wanted);
  };
  expectGradient(gate, gateGradient, loss);
  expectGradient(up, upGradient, loss);
});
