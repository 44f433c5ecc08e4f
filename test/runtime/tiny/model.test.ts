import { expect, test } from "vitest";
import { Arena } from "../../../runtime/tiny/matrix.ts";
import { emptyTensors, firstWeights, TinyModel } from "../../../runtime/tiny/model.ts";
import { seededRandom } from "../../../runtime/tiny/random.ts";
import { expectGradient } from "../../support/runtime/gradients.ts";
import { smallShape } from "../../support/runtime/small-shape.ts";

function setUp(windows: number) {
  const arena = new Arena(4);
  const random = seededRandom(10);
  const weights = firstWeights(arena, smallShape, random);
  const embedding = weights.get("model.embed_tokens.weight") as Float32Array;
  // Larger than they begin, so that every gradient is large enough to be seen.
  embedding.forEach((value, at) => {
    embedding[at] = value * 10;
  });
  return {
    arena,
    weights,
    model: new TinyModel(arena, smallShape, { windows, tokens: 8 }),
    tokens: Int32Array.from({ length: windows * 8 }, () => random.below(16)),
    targets: Int32Array.from({ length: windows * 8 }, (_, at) => (at % 3 === 0 ? -1 : random.below(16))),
  };
}

test("gradients of every tensor are what small changes do", () => {
  const { arena, weights, model, tokens, targets } = setUp(2);
  const gradients = emptyTensors(arena, smallShape);
  const unused = emptyTensors(arena, smallShape);
  model.learn(weights, gradients, tokens, targets);
  for (const [name, values] of weights) {
    const loss = () => model.learn(weights, unused, tokens, targets);
    expectGradient(values, gradients.get(name) as Float32Array, loss);
  }
});

test("windows of one batch know nothing of each other", () => {
  const { arena, weights, model, tokens } = setUp(2);
  const both = [...model.logits(weights, tokens)];
  const alone = new TinyModel(arena, smallShape, { windows: 1, tokens: 8 });
  const separate = [0, 1].flatMap((window) => [
    ...alone.logits(weights, tokens.subarray(window * 8, window * 8 + 8)),
  ]);
  expect(both).toEqual(separate);
});

test("the same seed begins with the same weights", () => {
  const begin = () =>
    [...firstWeights(new Arena(1), smallShape, seededRandom(3)).values()].map((v) => [...v]);
  expect(begin()).toEqual(begin());
});
