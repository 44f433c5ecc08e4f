/** Rows divided by their root mean square, times one weight a column. */

export interface NormSize {
  readonly rows: number;
  readonly width: number;
  readonly epsilon: number;
}

function inverseRoot(input: Float32Array, start: number, width: number, epsilon: number): number {
  let squares = 0;
  for (let column = start; column < start + width; column += 1) squares += (input[column] as number) ** 2;
  return 1 / Math.sqrt(squares / width + epsilon);
}

export function rmsNorm(
  { rows, width, epsilon }: NormSize,
  input: Float32Array,
  weights: Float32Array,
  output: Float32Array,
): void {
  for (let row = 0; row < rows; row += 1) {
    const start = row * width;
    const scale = inverseRoot(input, start, width, epsilon);
    for (let column = 0; column < width; column += 1) {
      output[start + column] = (input[start + column] as number) * scale * (weights[column] as number);
    }
  }
}

/** Adds to the gradients of weights and input. */
export function rmsNormBackward(
  { rows, width, epsilon }: NormSize,
  input: Float32Array,
  weights: Float32Array,
  outputGradient: Float32Array,
  weightGradient: Float32Array,
  inputGradient: Float32Array,
): void {
  for (let row = 0; row < rows; row += 1) {
    const start = row * width;
    const scale = inverseRoot(input, start, width, epsilon);
    let along = 0;
    for (let column = 0; column < width; column += 1) {
      const wanted = outputGradient[start + column] as number;
      const value = input[start + column] as number;
      along += wanted * (weights[column] as number) * value;
      weightGradient[column] = (weightGradient[column] as number) + wanted * value * scale;
    }
    const shared = (along * scale ** 3) / width;
    for (let column = 0; column < width; column += 1) {
      const direct = (outputGradient[start + column] as number) * (weights[column] as number) * scale;
      const change = direct - (input[start + column] as number) * shared;
      inputGradient[start + column] = (inputGradient[start + column] as number) + change;
    }
  }
}
