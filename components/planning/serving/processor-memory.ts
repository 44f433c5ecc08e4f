/** Memory that the runtime takes where the processor computes: what a pod of it requests. */
import type { FeedForward, ModelArchitecture } from "../../catalogue/model-architecture.ts";
import { runtimeProcesses } from "../../catalogue/serving-engines.ts";
import { weightBytes } from "../models/weights.ts";
import { sum } from "../sum.ts";

export interface ProcessorServing {
  readonly model: ModelArchitecture;
  readonly kvCacheMiB: number;
  /** Tokens that are computed at once. */
  readonly stepTokens: number;
  /** Sequences that are answered at once. */
  readonly sequences: number;
  /** Tokens of the longest sequence. */
  readonly context: number;
}

export interface ProcessorMemory {
  readonly weightBytes: number;
  readonly cacheBytes: number;
  readonly workspaceBytes: number;
  readonly processBytes: number;
  /** All together, in whole mebibytes. */
  readonly totalMiB: number;
}

const mebibyte = 2 ** 20;
/** Rows are padded to tiles of so many, and columns to units of twice as many. */
const tile = 16;
const unit = 32;
/** The most that a number takes between two products; half as much where the processor knows bfloat16. */
const activationBytes = 4;

export function processorMemory(serving: ProcessorServing): ProcessorMemory {
  const { model, kvCacheMiB } = serving;
  const processes = runtimeProcesses.memoryMiB * mebibyte;
  const parts = {
    weightBytes: heldBytes(model),
    cacheBytes: kvCacheMiB * mebibyte,
    workspaceBytes: workspaceBytes(serving),
    processBytes: processes + runtimeProcesses.bytesPerToken * model.vocabularySize,
  };
  return { ...parts, totalMiB: Math.ceil(sum(Object.values(parts)) / mebibyte) };
}

/** Weights are kept as bfloat16, or as integers with their scales; eight-bit floats are expanded. */
function heldBytes(model: ModelArchitecture): number {
  const isFloat = model.quantization?.format.startsWith("fp8") === true;
  return weightBytes({ ...model, dtype: "bf16" }, isFloat ? { quantization: "none" } : {});
}

/** The arrays that are made when a model is loaded (runtime/native/model-memory.cpp), at their widest. */
function workspaceBytes({ model, stepTokens, sequences, context }: ProcessorServing): number {
  const { hiddenSize, vocabularySize, layers } = model;
  const rows = padded(Math.max(stepTokens, sequences), tile) + tile;
  const heads = layers.flatMap(({ mixer }) => (mixer?.kind === "attention" ? [mixer] : []));
  const most = (values: readonly number[]) => Math.max(0, ...values);
  const query = most(heads.map((mixer) => mixer.heads * mixer.headSize));
  const keyValue = most(heads.map((mixer) => 2 * mixer.keyValueHeads * mixer.headSize));
  const headSize = most(heads.map((mixer) => mixer.headSize));
  const feedForwards = layers.flatMap(({ feedForward }) => (feedForward ? [feedForward] : []));
  const width = most(feedForwards.map((layer) => (layer.kind === "dense" ? layer.size : layer.sharedSize)));
  // Hidden states twice and what is gathered, in 32 bits; what products read, as the path keeps it.
  const inFull = 2 * padded(hiddenSize) + padded(query + keyValue);
  const between = padded(hiddenSize) + 2 * padded(query) + padded(width);
  const expertBytes = most(feedForwards.map((layer) => mixtureBytes(layer, stepTokens, hiddenSize)));
  // Layers with a window turn their heads at a rate of their own.
  const rotations = 2 * context * headSize * 4;
  const logits = padded(sequences, tile) * padded(vocabularySize) * 4;
  return rows * (inFull * 4 + between * activationBytes) + logits + rotations + expertBytes;
}

/** Each expert's rows are padded to whole tiles. */
function mixtureBytes(layer: FeedForward, tokens: number, hiddenSize: number): number {
  if (layer.kind === "dense") return 0;
  const pairs = tokens * layer.active;
  const rows = padded(pairs + Math.min(pairs, layer.experts) * (tile - 1), tile) + tile;
  const inputs = (padded(hiddenSize) + padded(layer.size)) * activationBytes;
  return tokens * padded(layer.experts) * 4 + rows * (inputs + padded(hiddenSize) * 4);
}

function padded(value: number, to: number = unit): number {
  return Math.ceil(value / to) * to;
}
