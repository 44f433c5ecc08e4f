/** What accelerators can do, by their makers' own figures: memory, throughput, links between them. */
import { gpuSpecs } from "./gpu-specs.ts";
import { tpuSpecs } from "./tpu-specs.ts";
import type { Known } from "./unknown.ts";

export const dtypes = ["fp16", "bf16", "fp8", "int8", "fp4"] as const;

export type Dtype = (typeof dtypes)[number];

/**
 * TFLOPS, or TOPS of whole numbers, of matrices without zeros that could be skipped. Makers often print twice
 * as much, which holds for matrices with two zeros in every four. "none": the hardware has no such units.
 */
type Throughput = Known<number> | "none";

type Family = "turing" | "ampere" | "ada-lovelace" | "hopper" | "blackwell" | "tpu";

export interface AcceleratorSpec {
  readonly family: Family;
  /** Memory that the platform plans with: what the cloud reports, where it does. */
  readonly memoryGiB: Known<number>;
  /** Memory by its marketing name. */
  readonly memoryGB: number;
  readonly bandwidthGBps: Known<number>;
  readonly denseTflops: Readonly<Record<Dtype, Throughput>>;
  /** Links to others of its kind, apart from PCIe: both directions of one accelerator together. */
  readonly links: { readonly kind: "nvlink" | "ici"; readonly totalGBps: number } | { readonly kind: "none" };
  /** CUDA compute capability; absent where there is no CUDA. */
  readonly computeCapability?: ComputeCapability;
  readonly watts: Known<number>;
  /** Whether MIG can partition it. */
  readonly mig: boolean;
  readonly source: string;
  /** Day of the check, as year-month-day. */
  readonly date: string;
}

/** Those of the accelerators here. */
export type ComputeCapability = "7.5" | "8.0" | "8.6" | "8.9" | "9.0" | "10.0" | "10.3" | "12.0";

/** Every accelerator that the planner knows; a pool may hold those of them whose nodes are known too. */
export const acceleratorSpecs = { ...gpuSpecs, ...tpuSpecs };

export type AcceleratorSpecId = keyof typeof acceleratorSpecs;

/** As the makers' tables are read: by their common shape. */
export function acceleratorSpec(id: AcceleratorSpecId): AcceleratorSpec {
  return acceleratorSpecs[id];
}
