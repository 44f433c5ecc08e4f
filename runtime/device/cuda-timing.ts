/** How long single kernels of the CUDA device take, and how much of its memory nobody has. */
import { createRequire } from "node:module";

/** `copy` is the device's own, and no kernel. */
export type TimedKernel =
  | "copy"
  | "read"
  | "product"
  | "product-add"
  | "product-gate"
  | "product-wgmma"
  | "product-add-wgmma"
  | "product-gate-wgmma"
  | "product-int8"
  | "product-int4"
  | "norm"
  | "embed"
  | "place"
  | "decode"
  | "prefill"
  | "sample"
  | "sample-flat";

/** What a kernel is measured on; each reads only what it needs. */
export interface TimedShape {
  /** Tokens of a step, rows of a product or of logits. */
  readonly rows?: number;
  readonly inputs?: number;
  readonly outputs?: number;
  /** Tokens of each sequence that are in the cache after the step. */
  readonly contextTokens?: number;
  readonly heads?: number;
  readonly kvHeads?: number;
  readonly headDim?: number;
  readonly vocabulary?: number;
  readonly temperature?: number;
  readonly topP?: number;
}

export interface TimedRepeats {
  /** In one graph; they take turns at copies of what they read. */
  readonly launches: number;
  readonly repeats: number;
}

export interface DeviceMemory {
  readonly freeBytes: number;
  readonly totalBytes: number;
}

interface CudaAddon {
  readonly time: (
    kernel: TimedKernel,
    shape: Required<TimedShape> & TimedRepeats,
  ) => Float64Array<ArrayBuffer>;
  readonly memory: () => DeviceMemory;
}

const require = createRequire(import.meta.url);

const nothing: Required<TimedShape> = {
  ...{ rows: 1, inputs: 0, outputs: 0, contextTokens: 0, heads: 0, kvHeads: 0, headDim: 0 },
  ...{ vocabulary: 0, temperature: 0, topP: 1 },
};

/** Milliseconds of one launch, for each of the repeats. */
export function timeKernel(
  addon: string,
  kernel: TimedKernel,
  shape: TimedShape,
  { launches, repeats }: TimedRepeats,
): readonly number[] {
  const { time } = require(addon) as CudaAddon;
  return [...time(kernel, { ...nothing, ...shape, launches, repeats })];
}

export function deviceMemory(addon: string): DeviceMemory {
  return (require(addon) as CudaAddon).memory();
}
