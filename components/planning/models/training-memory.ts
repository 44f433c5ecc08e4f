/** Memory that training takes on one accelerator: weights, gradients, optimizer states, activations. */
import type { ModelArchitecture } from "../../catalogue/model-architecture.ts";
import { quantization } from "../../catalogue/quantization.ts";
import { sum } from "../sum.ts";
import { activationBytes, type Batch } from "./activations.ts";
import { modelTensors } from "./model-tensors.ts";
import { countParameters } from "./parameters.ts";
import { dtypeBytes } from "./stored-bytes.ts";
import type { Tensor, TensorRole } from "./tensor.ts";
import { weightBytes } from "./weights.ts";

/** What is trained: all weights, or adapters beside weights that stay as they are. */
export type TrainingMethod =
  | { readonly method: "full" }
  /** Adapters of a rank beside the linear layers of the named roles, on weights in 16 bits. */
  | Adapters<"lora">
  /** The same on weights in four bits. */
  | Adapters<"qlora">;

interface Adapters<Name extends string> {
  readonly method: Name;
  readonly rank: number;
  /** Default: every linear layer that each token passes. */
  readonly roles?: readonly TensorRole[];
}

export interface Training extends Batch {
  readonly model: ModelArchitecture;
  readonly training: TrainingMethod;
  /** What data-parallel ranks share out: nothing, optimizer states, gradients too, weights too (FSDP). */
  readonly zeroStage: 0 | 1 | 2 | 3;
  readonly dataParallel: number;
}

export interface TrainingMemory {
  readonly weightBytes: number;
  readonly gradientBytes: number;
  readonly optimizerBytes: number;
  readonly activationBytes: number;
  readonly totalBytes: number;
  readonly trainedParameters: number;
}

/**
 * Bytes for one trained parameter under mixed precision with Adam: a gradient of 16 bits, and in 32 bits a
 * master copy, the momentum and the variance (ZeRO, arXiv 1910.02054, section 3.1).
 */
const trainedBytes = { gradient: 2, optimizer: 12 } as const;

const adaptedRoles: readonly TensorRole[] = ["mixer", "feed-forward", "shared-expert"];

export function trainingMemory(plan: Training): TrainingMemory {
  const { zeroStage, dataParallel, tensorParallel = 1 } = plan;
  const trainedParameters = trained(plan);
  const shared = (stage: number, bytes: number) =>
    bytes / tensorParallel / (zeroStage >= stage ? dataParallel : 1);
  const parts = {
    weightBytes: shared(3, heldBytes(plan)),
    gradientBytes: shared(2, trainedParameters * trainedBytes.gradient),
    optimizerBytes: shared(1, trainedParameters * trainedBytes.optimizer),
    activationBytes: activationBytes(plan.model, plan),
  };
  return { ...parts, totalBytes: sum(Object.values(parts)), trainedParameters };
}

/** Weights in 16 bits or in four, and the adapters. */
function heldBytes({ model, training }: Training): number {
  if (training.method === "full") return countParameters(model).total * dtypeBytes.bf16;
  const adapters = adapterParameters(model, training) * dtypeBytes.bf16;
  const format = training.method === "qlora" ? quantization("bitsandbytes") : "none";
  return weightBytes({ ...model, dtype: "bf16" }, { quantization: format }) + adapters;
}

function trained({ model, training }: Training): number {
  return training.method === "full" ? countParameters(model).total : adapterParameters(model, training);
}

/** Two narrow matrices beside each adapted one. */
function adapterParameters(
  model: ModelArchitecture,
  { rank, roles = adaptedRoles }: Adapters<string>,
): number {
  const adapted = modelTensors(model).filter(({ role }) => roles.includes(role));
  return sum(adapted.map(({ rows, columns, copies }: Tensor) => rank * (rows + columns) * copies));
}
