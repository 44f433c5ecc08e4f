/** A small Llama that can be trained: logits forwards, gradients backwards, for one size of batch. */
import { crossEntropy } from "./cross-entropy.ts";
import { type BatchSize, Layer, type Tensors } from "./layer.ts";
import { linear, linearBackward } from "./linear.ts";
import type { Arena } from "./matrix.ts";
import type { SeededRandom } from "./random.ts";
import { rmsNorm, rmsNormBackward } from "./rms-norm.ts";
import { embeddingName, lastNormName, type TinyShape, tensorShapes } from "./shape.ts";

/** Zeros in the shape of every tensor. */
export function emptyTensors(arena: Arena, shape: TinyShape): Map<string, Float32Array> {
  return new Map(
    tensorShapes(shape).map(({ name, shape: lengths }) => [
      name,
      arena.floats(lengths.reduce((product, length) => product * length, 1)),
    ]),
  );
}

/** Weights before the first step: norms of 1, matrices small and random, smaller where layers add up. */
export function firstWeights(
  arena: Arena,
  shape: TinyShape,
  random: SeededRandom,
): Map<string, Float32Array> {
  const tensors = emptyTensors(arena, shape);
  for (const { name, shape: lengths } of tensorShapes(shape)) {
    const values = tensors.get(name) as Float32Array;
    const isAddedUp = /(o_proj|down_proj)/.test(name);
    const spread = (name === embeddingName ? 0.05 : (lengths[1] ?? 1) ** -0.5) / (isAddedUp ? 2 : 1);
    for (let at = 0; at < values.length; at += 1)
      values[at] = lengths.length === 1 ? 1 : random.bell() * spread;
  }
  return tensors;
}

export class TinyModel {
  readonly #arena: Arena;
  readonly #shape: TinyShape;
  readonly #rows: number;
  readonly #layers: readonly Layer[];
  readonly #stream: Float32Array;
  readonly #normed: Float32Array;
  readonly #logits: Float32Array;

  constructor(arena: Arena, shape: TinyShape, batch: BatchSize) {
    this.#arena = arena;
    this.#shape = shape;
    this.#rows = batch.windows * batch.tokens;
    this.#layers = Array.from({ length: shape.layers }, (_, index) => new Layer(arena, shape, batch, index));
    this.#stream = arena.floats(this.#rows * shape.width);
    this.#normed = arena.floats(this.#rows * shape.width);
    this.#logits = arena.floats(this.#rows * shape.vocabulary);
  }

  /** For each token the logits of what follows; they are gone with the next call. */
  logits(weights: Tensors, tokens: Int32Array): Float32Array {
    const { width } = this.#shape;
    const embedding = weights.get(embeddingName) as Float32Array;
    tokens.forEach((token, row) => {
      this.#stream.set(embedding.subarray(token * width, (token + 1) * width), row * width);
    });
    for (const layer of this.#layers) layer.forward(weights, this.#stream);
    rmsNorm(this.#normSize(), this.#stream, weights.get(lastNormName) as Float32Array, this.#normed);
    linear(this.#arena, this.#headSize(), this.#normed, embedding, this.#logits);
    return this.#logits;
  }

  /** The mean loss of these tokens; adds to the gradients. */
  learn(weights: Tensors, gradients: Tensors, tokens: Int32Array, targets: Int32Array): number {
    const { width, vocabulary } = this.#shape;
    const loss = crossEntropy(this.logits(weights, tokens), vocabulary, targets);
    const embedding = weights.get(embeddingName) as Float32Array;
    const embeddingGradient = gradients.get(embeddingName) as Float32Array;
    const normed = this.#arena.scratch("gradient of the last norm", this.#rows * width).fill(0);
    const stream = this.#arena.scratch("gradient of the stream", this.#rows * width).fill(0);
    linearBackward(
      this.#arena,
      this.#headSize(),
      this.#normed,
      embedding,
      this.#logits,
      embeddingGradient,
      normed,
    );
    const norm = weights.get(lastNormName) as Float32Array;
    const normGradient = gradients.get(lastNormName) as Float32Array;
    rmsNormBackward(this.#normSize(), this.#stream, norm, normed, normGradient, stream);
    for (const layer of [...this.#layers].reverse()) layer.backward(weights, gradients, stream);
    tokens.forEach((token, row) => {
      for (let column = 0; column < width; column += 1) {
        const at = token * width + column;
        embeddingGradient[at] = (embeddingGradient[at] as number) + (stream[row * width + column] as number);
      }
    });
    return loss;
  }

  #normSize(): { rows: number; width: number; epsilon: number } {
    return { rows: this.#rows, width: this.#shape.width, epsilon: this.#shape.normEpsilon };
  }

  #headSize(): { rows: number; inputs: number; outputs: number } {
    return { rows: this.#rows, inputs: this.#shape.width, outputs: this.#shape.vocabulary };
  }
}
