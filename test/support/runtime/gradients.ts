/** Gradients as they are claimed, beside what small changes of the inputs do. */
import { expect } from "vitest";
import type { SeededRandom } from "../../../runtime/tiny/random.ts";

/** Random numbers between -1 and 1. */
export function fillRandom(values: Float32Array, random: SeededRandom): Float32Array {
  for (let at = 0; at < values.length; at += 1) values[at] = random.next() * 2 - 1;
  return values;
}

/** The sum of products: a loss whose gradient by `output` is `wanted`. */
export function weighted(output: Float32Array, wanted: Float32Array): number {
  return output.reduce((sum, value, at) => sum + value * (wanted[at] as number), 0);
}

/** Changes each input by a little both ways; the loss has to change by what its gradient says. */
export function expectGradient(input: Float32Array, gradient: Float32Array, loss: () => number): void {
  const step = 1 / 256;
  expect(gradient.some((slope) => Math.abs(slope) > 0.01)).toBe(true);
  for (let at = 0; at < input.length; at += 1) {
    const before = input[at] as number;
    input[at] = before + step;
    const above = loss();
    input[at] = before - step;
    const below = loss();
    input[at] = before;
    expect(Math.abs((above - below) / (2 * step) - (gradient[at] as number))).toBeLessThan(1e-3);
  }
}
