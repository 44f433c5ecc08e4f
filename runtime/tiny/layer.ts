/** One layer of a Llama, forwards and backwards. */
import { type AttentionSize, attention, attentionBackward, shareCount } from "./attention.ts";
import { linear, linearBackward } from "./linear.ts";
import type { Arena } from "./matrix.ts";
import { rmsNorm, rmsNormBackward } from "./rms-norm.ts";
import { type Rotations, rotations, turnByPosition } from "./rope.ts";
import { layerTensors, type TinyShape } from "./shape.ts";
import { swiglu, swigluBackward } from "./swiglu.ts";

export type Tensors = ReadonlyMap<string, Float32Array>;

export interface BatchSize {
  readonly windows: number;
  /** Of each window; a multiple of 8. */
  readonly tokens: number;
}

type Role = keyof ReturnType<typeof layerTensors>;

/** What a layer computes on its way forwards, and needs on its way back. */
interface Kept {
  readonly input: Float32Array;
  readonly normed: Float32Array;
  readonly queries: Float32Array;
  readonly keys: Float32Array;
  readonly values: Float32Array;
  readonly shares: Float32Array;
  readonly looked: Float32Array;
  readonly middle: Float32Array;
  readonly gateNormed: Float32Array;
  readonly gate: Float32Array;
  readonly up: Float32Array;
  readonly gated: Float32Array;
}

export class Layer {
  readonly #arena: Arena;
  readonly #shape: TinyShape;
  readonly #size: AttentionSize;
  readonly #rows: number;
  readonly #names: ReturnType<typeof layerTensors>;
  readonly #kept: Kept;
  readonly #rotations: Rotations;

  constructor(arena: Arena, shape: TinyShape, batch: BatchSize, index: number) {
    const { width, feedForward, heads, keyHeads, headWidth } = shape;
    const rows = batch.windows * batch.tokens;
    this.#arena = arena;
    this.#shape = shape;
    this.#size = { ...batch, heads, keyHeads, headWidth };
    this.#rows = rows;
    this.#names = layerTensors(shape, index);
    this.#rotations = rotations(batch.tokens, headWidth, shape.ropeTheta);
    this.#kept = {
      input: arena.floats(rows * width),
      normed: arena.floats(rows * width),
      queries: arena.floats(rows * heads * headWidth),
      keys: arena.floats(rows * keyHeads * headWidth),
      values: arena.floats(rows * keyHeads * headWidth),
      shares: arena.floats(shareCount(this.#size)),
      looked: arena.floats(rows * heads * headWidth),
      middle: arena.floats(rows * width),
      gateNormed: arena.floats(rows * width),
      gate: arena.floats(rows * feedForward),
      up: arena.floats(rows * feedForward),
      gated: arena.floats(rows * feedForward),
    };
  }

  /** The rows of `stream` become what this layer adds to them. */
  forward(weights: Tensors, stream: Float32Array): void {
    const kept = this.#kept;
    const norm = { rows: this.#rows, width: this.#shape.width, epsilon: this.#shape.normEpsilon };
    kept.input.set(stream);
    rmsNorm(norm, kept.input, this.#of(weights, "inputNorm"), kept.normed);
    this.#linear(weights, "query", kept.normed, kept.queries);
    this.#linear(weights, "key", kept.normed, kept.keys);
    this.#linear(weights, "value", kept.normed, kept.values);
    this.#turn(kept.queries, kept.keys, 1);
    attention(this.#arena, this.#size, kept, kept.shares, kept.looked);
    this.#linear(weights, "output", kept.looked, kept.middle);
    add(kept.middle, kept.input);

    rmsNorm(norm, kept.middle, this.#of(weights, "gateNorm"), kept.gateNormed);
    this.#linear(weights, "gate", kept.gateNormed, kept.gate);
    this.#linear(weights, "up", kept.gateNormed, kept.up);
    swiglu(kept.gate, kept.up, kept.gated);
    this.#linear(weights, "down", kept.gated, stream);
    add(stream, kept.middle);
  }

  /** Adds to the gradients of its weights; that of its output becomes that of its input. */
  backward(weights: Tensors, gradients: Tensors, stream: Float32Array): void {
    this.#feedForwardBackward(weights, gradients, stream);
    this.#attentionBackward(weights, gradients, stream);
  }

  #feedForwardBackward(weights: Tensors, gradients: Tensors, stream: Float32Array): void {
    const kept = this.#kept;
    const gated = this.#zeros("gated", kept.gated.length);
    const gate = this.#zeros("gate", kept.gate.length);
    const up = this.#zeros("up", kept.up.length);
    const normed = this.#zeros("normed", kept.gateNormed.length);
    this.#linearBackward(weights, gradients, "down", kept.gated, stream, gated);
    swigluBackward(kept.gate, kept.up, gated, gate, up);
    this.#linearBackward(weights, gradients, "gate", kept.gateNormed, gate, normed);
    this.#linearBackward(weights, gradients, "up", kept.gateNormed, up, normed);
    this.#normBackward(weights, gradients, "gateNorm", kept.middle, normed, stream);
  }

  #attentionBackward(weights: Tensors, gradients: Tensors, stream: Float32Array): void {
    const kept = this.#kept;
    const looked = this.#zeros("looked", kept.looked.length);
    const queries = this.#zeros("queries", kept.queries.length);
    const keys = this.#zeros("keys", kept.keys.length);
    const values = this.#zeros("values", kept.values.length);
    const normed = this.#zeros("normed", kept.normed.length);
    this.#linearBackward(weights, gradients, "output", kept.looked, stream, looked);
    attentionBackward(this.#arena, this.#size, kept, kept.shares, looked, { queries, keys, values });
    this.#turn(queries, keys, -1);
    this.#linearBackward(weights, gradients, "query", kept.normed, queries, normed);
    this.#linearBackward(weights, gradients, "key", kept.normed, keys, normed);
    this.#linearBackward(weights, gradients, "value", kept.normed, values, normed);
    this.#normBackward(weights, gradients, "inputNorm", kept.input, normed, stream);
  }

  #of(tensors: Tensors, role: Role): Float32Array {
    return tensors.get(this.#names[role].name) as Float32Array;
  }

  #sizeOf(role: Role): { rows: number; inputs: number; outputs: number } {
    const [outputs, inputs] = this.#names[role].shape as [number, number];
    return { rows: this.#rows, inputs, outputs };
  }

  #linear(weights: Tensors, role: Role, input: Float32Array, output: Float32Array): void {
    linear(this.#arena, this.#sizeOf(role), input, this.#of(weights, role), output);
  }

  #linearBackward(
    weights: Tensors,
    gradients: Tensors,
    role: Role,
    input: Float32Array,
    outputGradient: Float32Array,
    inputGradient: Float32Array,
  ): void {
    linearBackward(
      this.#arena,
      this.#sizeOf(role),
      input,
      this.#of(weights, role),
      outputGradient,
      this.#of(gradients, role),
      inputGradient,
    );
  }

  #normBackward(
    weights: Tensors,
    gradients: Tensors,
    role: Role,
    input: Float32Array,
    outputGradient: Float32Array,
    inputGradient: Float32Array,
  ): void {
    const norm = { rows: this.#rows, width: this.#shape.width, epsilon: this.#shape.normEpsilon };
    const [own, wanted] = [this.#of(weights, role), this.#of(gradients, role)];
    rmsNormBackward(norm, input, own, outputGradient, wanted, inputGradient);
  }

  #turn(queries: Float32Array, keys: Float32Array, direction: 1 | -1): void {
    const { heads, keyHeads, headWidth } = this.#shape;
    const common = { rows: this.#rows, headWidth };
    turnByPosition({ ...common, heads }, queries, this.#rotations, direction);
    turnByPosition({ ...common, heads: keyHeads }, keys, this.#rotations, direction);
  }

  /** Layers go back one after the other, so all share the memory of their gradients. */
  #zeros(name: string, length: number): Float32Array {
    return this.#arena.scratch(`gradient of ${name}`, length).fill(0);
  }
}

function add(into: Float32Array, values: Float32Array): void {
  for (let at = 0; at < into.length; at += 1) into[at] = (into[at] as number) + (values[at] as number);
}
