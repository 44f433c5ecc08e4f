/** Weights of layers that keep a state instead of keys and values. */
import type { DeltaNet, Mamba, Mamba2 } from "../../catalogue/model-architecture.ts";
import { matrix, type Tensor, vector } from "./tensor.ts";

const byRows = { cut: "rows" } as const;
const byColumns = { cut: "columns" } as const;

export function mambaTensors(hiddenSize: number, mixer: Mamba): Tensor[] {
  const { innerSize, stateSize, kernel, stepRank, innerNorms } = mixer;
  const selected = stepRank + 2 * stateSize;
  return [
    matrix("mixer", 2 * innerSize, hiddenSize, byRows),
    // Convolution with its bias, states, their skips, and the bias of the steps.
    vector(innerSize * (kernel + 1 + stateSize + 2), byColumns),
    matrix("mixer", selected, innerSize, byColumns),
    matrix("mixer", innerSize, stepRank, byRows),
    matrix("mixer", hiddenSize, innerSize, byColumns),
    ...(innerNorms ? [vector(selected)] : []),
  ];
}

export function mamba2Tensors(hiddenSize: number, mixer: Mamba2): Tensor[] {
  const { heads, headSize, stateSize, groups, kernel } = mixer;
  const inner = heads * headSize;
  const mixed = inner + 2 * groups * stateSize;
  return [
    matrix("mixer", inner + mixed + heads, hiddenSize, byRows),
    // Convolution with its bias; steps, states and skips of each head; the normalisation before the output.
    vector(mixed * (kernel + 1) + 3 * heads + inner, byColumns),
    matrix("mixer", hiddenSize, inner, byColumns),
  ];
}

export function deltaTensors(hiddenSize: number, mixer: DeltaNet): Tensor[] {
  const { keyHeads, keySize, valueHeads, valueSize, kernel } = mixer;
  const keys = keyHeads * keySize;
  const values = valueHeads * valueSize;
  return [
    matrix("mixer", 2 * keys + 2 * values, hiddenSize, byRows),
    matrix("mixer", 2 * valueHeads, hiddenSize, byRows),
    // Convolution; steps and decays of each head.
    vector((2 * keys + values) * kernel + 2 * valueHeads, byColumns),
    vector(valueSize),
    matrix("mixer", hiddenSize, values, byColumns),
  ];
}
