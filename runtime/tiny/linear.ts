/** A matrix of weights, [outputs, inputs] as models keep it, on rows of activations. */
import type { Arena } from "./matrix.ts";

export interface LinearSize {
  /** A multiple of 8, as are the others. */
  readonly rows: number;
  readonly inputs: number;
  readonly outputs: number;
}

/** `output` becomes `input` times the transposed weights. */
export function linear(
  arena: Arena,
  { rows, inputs, outputs }: LinearSize,
  input: Float32Array,
  weights: Float32Array,
  output: Float32Array,
): void {
  const turned = arena.scratch("turned", inputs * outputs);
  for (let out = 0; out < outputs; out += 1) {
    for (let into = 0; into < inputs; into += 1) {
      turned[into * outputs + out] = weights[out * inputs + into] as number;
    }
  }
  arena.multiply(
    { rows, columns: outputs, terms: inputs },
    { values: input, rowStride: inputs },
    { values: turned, rowStride: outputs },
    { values: output, rowStride: outputs },
  );
}

/** Adds to the gradients of weights and, where it is wanted, of the input. */
export function linearBackward(
  arena: Arena,
  { rows, inputs, outputs }: LinearSize,
  input: Float32Array,
  weights: Float32Array,
  outputGradient: Float32Array,
  weightGradient: Float32Array,
  inputGradient: Float32Array,
): void {
  arena.multiply(
    { rows, columns: inputs, terms: outputs },
    { values: outputGradient, rowStride: outputs },
    { values: weights, rowStride: inputs },
    { values: inputGradient, rowStride: inputs },
    true,
  );
  arena.multiply(
    { rows: outputs, columns: inputs, terms: rows },
    { values: outputGradient, rowStride: 1, columnStride: outputs },
    { values: input, rowStride: inputs },
    { values: weightGradient, rowStride: inputs },
    true,
  );
}
