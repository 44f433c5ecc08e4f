import { expect, test } from "vitest";
import {
  type AttentionSize,
  attention,
  attentionBackward,
  shareCount,
} from "../../../runtime/tiny/attention.ts";
import { Arena } from "../../../runtime/tiny/matrix.ts";
import { seededRandom } from "../../../runtime/tiny/random.ts";
import { expectGradient, fillRandom, weighted } from "../../support/runtime/gradients.ts";

const size: AttentionSize = { windows: 2, tokens: 8, heads: 4, keyHeads: 2, headWidth: 8 };

function arrays() {
  const arena = new Arena(1);
  const random = seededRandom(8);
  const made = (heads: number) => fillRandom(arena.floats(2 * 8 * heads * 8), random);
  const inputs = { queries: made(4), keys: made(2), values: made(2) };
  const shares = arena.floats(shareCount(size));
  return { arena, inputs, shares, output: arena.floats(2 * 8 * 4 * 8), wanted: made(4) };
}

test("each token takes the values of itself and those before it, by the softmax of its query", () => {
  const { arena, inputs, shares, output } = arrays();
  attention(arena, size, inputs, shares, output);
  const head = (values: Float32Array, heads: number, row: number, index: number) =>
    values.subarray((row * heads + index) * 8, (row * heads + index + 1) * 8);
  for (const window of [0, 1]) {
    for (const query of [0, 1, 2, 3]) {
      for (const token of [0, 3, 7]) {
        const row = window * 8 + token;
        const seen = Array.from({ length: token + 1 }, (_, at) => window * 8 + at);
        const keyHead = query < 2 ? 0 : 1;
        const scores = seen.map((at) =>
          Math.exp(
            weighted(head(inputs.queries, 4, row, query), head(inputs.keys, 2, at, keyHead)) / Math.sqrt(8),
          ),
        );
        const total = scores.reduce((sum, score) => sum + score, 0);
        for (let column = 0; column < 8; column += 1) {
          const want = seen.reduce(
            (sum, at, index) =>
              sum + ((scores[index] ?? 0) / total) * (head(inputs.values, 2, at, keyHead)[column] ?? 0),
            0,
          );
          expect(head(output, 4, row, query)[column]).toBeCloseTo(want, 5);
        }
      }
    }
  }
});

test("gradients of all three inputs are what small changes do", () => {
  const { arena, inputs, shares, output, wanted } = arrays();
  const gradients = {
    queries: arena.floats(inputs.queries.length),
    keys: arena.floats(inputs.keys.length),
    values: arena.floats(inputs.values.length),
  };
  const loss = () => {
    attention(arena, size, inputs, shares, output);
    return weighted(output, wanted);
  };
  loss();
  attentionBackward(arena, size, inputs, shares, wanted, gradients);
  expectGradient(inputs.queries, gradients.queries, loss);
  expectGradient(inputs.keys, gradients.keys, loss);
  expectGradient(inputs.values, gradients.values, loss);
});

test("rows are computed in blocks, and it does not show", () => {
  const arena = new Arena(4);
  const random = seededRandom(11);
  const long: AttentionSize = { windows: 1, tokens: 136, heads: 1, keyHeads: 1, headWidth: 8 };
  const made = () => fillRandom(arena.floats(136 * 8), random);
  const inputs = { queries: made(), keys: made(), values: made() };
  const [shares, output, wanted] = [arena.floats(shareCount(long)), arena.floats(136 * 8), made()];
  const gradients = {
    queries: arena.floats(136 * 8),
    keys: arena.floats(136 * 8),
    values: arena.floats(136 * 8),
  };
  const loss = () => {
    attention(arena, long, inputs, shares, output);
    return weighted(output, wanted);
  };
  loss();
  attentionBackward(arena, long, inputs, shares, wanted, gradients);
  expectGradient(inputs.queries, gradients.queries, loss);
  expectGradient(inputs.keys, gradients.keys, loss);
  expectGradient(inputs.values, gradients.values, loss);
});
