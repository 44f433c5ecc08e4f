/** The least time in which a device can do a piece of work: all bytes and all products once. */
import type { TimedKernel, TimedShape } from "../../../runtime/device/cuda-timing.ts";
import type { ModelConfig } from "../../../runtime/models/model-config.ts";

export interface Work {
  /** Read once and written once. */
  readonly bytes: number;
  /** Multiplications and additions. */
  readonly flops: number;
}

/** What was measured of the device itself. */
export interface Ceilings {
  readonly bytesPerSecond: number;
  readonly flopsPerSecond: number;
}

export interface Floor {
  readonly milliseconds: number;
  readonly bound: "bytes" | "products";
}

/** A transformer without experts, in bf16. */
export type ModelShape = Pick<
  ModelConfig,
  "layers" | "hidden" | "intermediate" | "heads" | "kvHeads" | "headDim" | "vocabularySize"
>;

const half = 2;
const float = 4;

export function floorOf({ bytes, flops }: Work, { bytesPerSecond, flopsPerSecond }: Ceilings): Floor {
  const [moving, computing] = [bytes / bytesPerSecond, flops / flopsPerSecond];
  const bound = moving >= computing ? "bytes" : "products";
  return { milliseconds: Math.max(moving, computing) * 1000, bound };
}

/** Of a kernel on such a shape; each input is read once, and each output written once. */
export function kernelWork(kernel: TimedKernel, shape: TimedShape): Work {
  const { rows = 1, inputs = 0, outputs = 0, contextTokens = 0, vocabulary = 0 } = shape;
  const { heads = 0, kvHeads = 0, headDim = 0 } = shape;
  const queries = heads * headDim;
  const keysAndValues = 2 * kvHeads * headDim;
  const passed = 2 * rows * queries * half;
  const weights = inputs * outputs * half;
  const input = rows * inputs * half;
  switch (kernel) {
    case "read":
      return { bytes: inputs * float, flops: 0 };
    case "copy":
      return { bytes: 2 * inputs * float, flops: 0 };
    case "product":
    case "product-wgmma":
      return { bytes: weights + input + rows * outputs * float, flops: 2 * rows * inputs * outputs };
    case "product-add":
    case "product-add-wgmma":
      return { bytes: weights + input + 2 * rows * outputs * float, flops: 2 * rows * inputs * outputs };
    case "product-gate":
    case "product-gate-wgmma":
      return { bytes: 2 * weights + input + rows * outputs * half, flops: 4 * rows * inputs * outputs };
    case "product-int8":
    case "product-int4": {
      // A scale for each row, or for each 128 of one.
      const isByte = kernel === "product-int8";
      const codes = inputs * outputs * (isByte ? 1 : 1 / 2);
      const scales = outputs * (isByte ? 1 : Math.ceil(inputs / 128)) * half;
      return { bytes: codes + scales + input + rows * outputs * float, flops: 2 * rows * inputs * outputs };
    }
    case "norm":
      return { bytes: rows * inputs * (float + half) + inputs * float, flops: 0 };
    case "embed":
      return { bytes: rows * inputs * (half + float), flops: 0 };
    case "place":
      return {
        bytes: rows * ((queries + keysAndValues) * (float + half) + headDim * float),
        flops: 0,
      };
    case "decode":
      return {
        bytes: rows * contextTokens * keysAndValues * half + passed,
        flops: 4 * rows * contextTokens * queries,
      };
    case "prefill":
      return {
        bytes: contextTokens * keysAndValues * half + passed,
        flops: 4 * queries * seenPairs(rows, contextTokens),
      };
    case "sample":
    case "sample-flat":
      return { bytes: rows * vocabulary * float, flops: 0 };
  }
}

/** Pairs of one of the last tokens and one that it sees. */
function seenPairs(tokens: number, contextTokens: number): number {
  return tokens * (contextTokens - tokens) + (tokens * (tokens + 1)) / 2;
}

/** Weights of all layers that each token is multiplied with. */
function layerWeights({ layers, hidden, intermediate, heads, kvHeads, headDim }: ModelShape): number {
  return layers * hidden * ((2 * heads + 2 * kvHeads) * headDim + 3 * intermediate);
}

/** Of one step: the next token of each of `sequences`, after a context of so many with it. */
export function decodeWork(shape: ModelShape, sequences: number, contextTokens: number): Work {
  const { layers, hidden, heads, kvHeads, headDim, vocabularySize } = shape;
  const weights = layerWeights(shape) + hidden * vocabularySize;
  const seen = sequences * contextTokens * layers;
  return {
    bytes: half * (weights + seen * 2 * kvHeads * headDim),
    flops: 2 * sequences * weights + 4 * seen * heads * headDim,
  };
}

/** Of a prompt that is computed at once, up to its first token's logits. */
export function prefillWork(shape: ModelShape, tokens: number): Work {
  const { layers, hidden, heads, headDim, vocabularySize } = shape;
  const pairs = layers * seenPairs(tokens, tokens);
  return {
    bytes: half * (layerWeights(shape) + hidden * vocabularySize),
    flops: 2 * (tokens * layerWeights(shape) + hidden * vocabularySize) + 4 * pairs * heads * headDim,
  };
}
