import { expect, test } from "vitest";
import { linear, linearBackward } from "../../../runtime/tiny/linear.ts";
import { Arena } from "../../../runtime/tiny/matrix.ts";
import { seededRandom } from "../../../runtime/tiny/random.ts";
import { expectGradient, fillRandom, weighted } from "../../support/runtime/gradients.ts";

const size = { rows: 8, inputs: 16, outputs: 24 };

function arrays() {
  const arena = new Arena(1);
  const random = seededRandom(1);
  return {
    arena,
    input: fillRandom(arena.floats(8 * 16), random),
    weights: fillRandom(arena.floats(24 * 16), random),
    output: arena.floats(8 * 24),
    wanted: fillRandom(arena.floats(8 * 24), random),
  };
}

test("an output is the sum of inputs by the weights of its own row", () => {
  const { arena, input, weights, output } = arrays();
  linear(arena, size, input, weights, output);
  for (const [row, out] of [
    [0, 0],
    [3, 23],
    [7, 5],
  ] as const) {
    const rowInput = input.subarray(row * 16, row * 16 + 16);
    expect(output[row * 24 + out]).toBeCloseTo(
      weighted(rowInput, weights.subarray(out * 16, out * 16 + 16)),
      5,
    );
  }
});

test("gradients are what small changes do, and are added", () => {
  const { arena, input, weights, output, wanted } = arrays();
  const inputGradient = arena.floats(input.length);
  const weightGradient = arena.floats(weights.length);
  linearBackward(arena, size, input, weights, wanted, weightGradient, inputGradient);
  const loss = () => {
    linear(arena, size, input, weights, output);
    return weighted(output, wanted);
  };
  expectGradient(input, inputGradient, loss);
  expectGradient(weights, weightGradient, loss);

  const once = [...weightGradient, ...inputGradient];
  linearBackward(arena, size, input, weights, wanted, weightGradient, inputGradient);
  [...weightGradient, ...inputGradient].forEach((twice, at) => {
    expect(twice).toBeCloseTo(2 * (once[at] as number), 4);
  });
});
