/** All weights of a model, layer by layer. */
import type { Layer, Mixer, ModelArchitecture } from "../../catalogue/model-architecture.ts";
import { attentionTensors, latentTensors } from "./attention-tensors.ts";
import { feedForwardTensors } from "./feed-forward-tensors.ts";
import { deltaTensors, mamba2Tensors, mambaTensors } from "./recurrent-tensors.ts";
import { matrix, type Tensor, vector } from "./tensor.ts";

type Sized = Pick<ModelArchitecture, "hiddenSize">;

export function layerTensors({ hiddenSize }: Sized, { mixer, feedForward, norms }: Layer): Tensor[] {
  return [
    vector(norms * hiddenSize),
    ...(mixer ? mixerTensors(hiddenSize, mixer) : []),
    ...(feedForward ? feedForwardTensors(hiddenSize, feedForward) : []),
  ];
}

function mixerTensors(hiddenSize: number, mixer: Mixer): Tensor[] {
  switch (mixer.kind) {
    case "attention":
      return attentionTensors(hiddenSize, mixer);
    case "latent":
      return latentTensors(hiddenSize, mixer);
    case "mamba":
      return mambaTensors(hiddenSize, mixer);
    case "mamba2":
      return mamba2Tensors(hiddenSize, mixer);
    case "delta":
      return deltaTensors(hiddenSize, mixer);
  }
}

/** The table of tokens, which ranks share by tokens. */
export function embeddingTensor({ vocabularySize, hiddenSize }: ModelArchitecture): Tensor {
  return matrix("embedding", vocabularySize, hiddenSize, { cut: "rows" });
}

/** The last normalisation, and the output layer where it is not the embedding. */
export function outputTensors({ vocabularySize, hiddenSize, tiedEmbeddings }: ModelArchitecture): Tensor[] {
  const output = matrix("output", vocabularySize, hiddenSize, { cut: "rows" });
  return [vector(hiddenSize), ...(tiedEmbeddings ? [] : [output])];
}

export function modelTensors(model: ModelArchitecture): Tensor[] {
  return [
    embeddingTensor(model),
    ...model.layers.flatMap((layer) => layerTensors(model, layer)),
    ...outputTensors(model),
  ];
}

/**
 * Layers that predict further tokens: each joins the last state with the next embedding, and normalises both
 * and the outcome. Embedding and output layer are the model's own.
 */
export function predictionTensors(model: ModelArchitecture): Tensor[] {
  const { hiddenSize, predictionLayers = [] } = model;
  return predictionLayers.flatMap((layer) => [
    matrix("mixer", hiddenSize, 2 * hiddenSize),
    vector(3 * hiddenSize),
    ...layerTensors(model, layer),
  ]);
}
