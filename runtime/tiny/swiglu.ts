/** The gate of Llama's feed-forward layer: silu(gate) times up, element by element. */
import { exponential } from "./exponential.ts";

export function swiglu(gate: Float32Array, up: Float32Array, output: Float32Array): void {
  for (let index = 0; index < output.length; index += 1) {
    const value = gate[index] as number;
    output[index] = (value / (1 + exponential(-value))) * (up[index] as number);
  }
}

/** Sets the gradients of both. */
export function swigluBackward(
  gate: Float32Array,
  up: Float32Array,
  outputGradient: Float32Array,
  gateGradient: Float32Array,
  upGradient: Float32Array,
): void {
  for (let index = 0; index < outputGradient.length; index += 1) {
    const value = gate[index] as number;
    const wanted = outputGradient[index] as number;
    const sigmoid = 1 / (1 + exponential(-value));
    upGradient[index] = wanted * value * sigmoid;
    gateGradient[index] = wanted * (up[index] as number) * sigmoid * (1 + value * (1 - sigmoid));
  }
}
