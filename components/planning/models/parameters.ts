/** How many parameters a model has, and how many of them work on one token. */
import type { ModelArchitecture } from "../../catalogue/model-architecture.ts";
import { sum } from "../sum.ts";
import { modelTensors, predictionTensors } from "./model-tensors.ts";
import { activeElements, elements } from "./tensor.ts";

export interface ParameterCount {
  readonly total: number;
  /** The embedding counts whole, as publishers count it. */
  readonly active: number;
  /** Of layers that predict further tokens, beside the total. */
  readonly prediction: number;
}

export function countParameters(model: ModelArchitecture): ParameterCount {
  const tensors = modelTensors(model);
  return {
    total: sum(tensors.map(elements)),
    active: sum(tensors.map(activeElements)),
    prediction: sum(predictionTensors(model).map(elements)),
  };
}
