import { expect, test } from "vitest";
import { Layer } from "../../../runtime/tiny/layer.ts";
import { Arena } from "../../../runtime/tiny/matrix.ts";
import { emptyTensors, firstWeights } from "../../../runtime/tiny/model.ts";
import { seededRandom } from "../../../runtime/tiny/random.ts";
import { layerTensors } from "../../../runtime/tiny/shape.ts";
import { expectGradient, fillRandom, weighted } from "../../support/runtime/gradients.ts";
import { smallShape } from "../../support/runtime/small-shape.ts";

function setUp() {
  const arena = new Arena(2);
  const random = seededRandom(9);
  const weights = firstWeights(arena, smallShape, random);
  const layer = new Layer(arena, smallShape, { windows: 1, tokens: 8 }, 0);
  const input = fillRandom(arena.floats(8 * smallShape.width), random);
  const wanted = fillRandom(arena.floats(input.length), random);
  return { arena, weights, layer, input, wanted };
}

test("gradients of its input and of every weight are what small changes do", () => {
  const { arena, weights, layer, input, wanted } = setUp();
  const gradients = emptyTensors(arena, smallShape);
  const stream = arena.floats(input.length);
  const loss = () => {
    stream.set(input);
    layer.forward(weights, stream);
    return weighted(stream, wanted);
  };
  loss();
  const inputGradient = arena.floats(input.length);
  inputGradient.set(wanted);
  layer.backward(weights, gradients, inputGradient);
  expectGradient(input, inputGradient, loss);
  for (const { name } of Object.values(layerTensors(smallShape, 0))) {
    expectGradient(weights.get(name) as Float32Array, gradients.get(name) as Float32Array, loss);
  }
});

test("no token sees what comes after it", () => {
  const { arena, weights, layer, input } = setUp();
  const run = () => {
    const stream = arena.floats(input.length);
    stream.set(input);
    layer.forward(weights, stream);
    return stream;
  };
  const before = run();
  input.fill(0.5, 5 * smallShape.width, 6 * smallShape.width);
  const after = run();
  const changed = [...after.keys()].filter((at) => after[at] !== before[at]);
  expect(Math.min(...changed)).toBe(5 * smallShape.width);
  expect(Math.max(...changed)).toBeGreaterThan(7 * smallShape.width);
});
