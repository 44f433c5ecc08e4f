/** Whether an accelerator can compute with the numbers that a model is stored in. */
import { type AcceleratorId, acceleratorIds, accelerators } from "../../catalogue/hardware.ts";
import type { WeightDtype } from "../../catalogue/model-architecture.ts";
import {
  type Quantization,
  type QuantizationFormat,
  quantizationFormats,
} from "../../catalogue/quantization.ts";
import type { Path, Problem } from "../problem.ts";

/** Compute capability from which a GPU multiplies bfloat16: vllm-project/vllm#1153 refuses it below. */
const bfloat16Capability = 80;

export function hardwareProblems(
  accelerator: AcceleratorId,
  dtype: WeightDtype,
  quantization: Quantization | undefined,
  path: Path,
): Problem[] {
  return [
    ...dtypeProblems(accelerator, dtype, path),
    ...(quantization ? formatProblems(accelerator, quantization, path) : []),
  ];
}

/** Compute capability as vLLM writes it: 75 for 7.5; undefined of a TPU. */
export function capability(accelerator: AcceleratorId): number | undefined {
  const { discovery } = accelerators[accelerator];
  return discovery.family === "tpu" ? undefined : discovery.computeMajor * 10 + discovery.computeMinor;
}

/** Turing has no bfloat16, and what a model's file says is taken unless told otherwise (F07). */
function dtypeProblems(accelerator: AcceleratorId, dtype: WeightDtype, path: Path): Problem[] {
  const own = capability(accelerator);
  if (dtype !== "bf16" || own === undefined || own >= bfloat16Capability) return [];
  return [
    {
      path: [...path, "dtype"],
      given: `bf16 on ${accelerator} with compute capability ${dotted(own)}`,
      allowed: `fp16 or fp32; bf16 from ${dotted(bfloat16Capability)} on`,
      remedy: `set dtype to fp16, or take ${nearestWith(bfloat16Capability)}`,
    },
  ];
}

/** One idea, such as four bits, has different floors in different formats (F09, F13). */
function formatProblems(accelerator: AcceleratorId, { format }: Quantization, path: Path): Problem[] {
  const own = capability(accelerator);
  const floor = quantizationFormats[format].capability;
  if (isSupported(accelerator, format)) return [];
  const supported = formatsOn(accelerator).join(", ");
  const reason = own === undefined ? "a TPU" : `compute capability ${dotted(own)}`;
  return [
    {
      path: [...path, "quantization"],
      given: `${format} on ${accelerator}, ${reason}`,
      allowed: `${supported} there; ${format} from compute capability ${dotted(floor)} on`,
      remedy: `take weights in another format, or ${nearestWith(floor)}`,
    },
  ];
}

/** Whether an engine runs a format there. On TPUs that is int8 alone. */
export function isSupported(accelerator: AcceleratorId, format: QuantizationFormat): boolean {
  const own = capability(accelerator);
  return own === undefined ? format === "int8" : own >= quantizationFormats[format].capability;
}

function formatsOn(accelerator: AcceleratorId): string[] {
  const formats = Object.keys(quantizationFormats) as QuantizationFormat[];
  return formats.filter((format) => isSupported(accelerator, format));
}

/** The accelerator with least memory that reaches a capability. */
function nearestWith(floor: number): string {
  const reaching = acceleratorIds.filter((id) => (capability(id) ?? 0) >= floor);
  const sorted = reaching.sort((one, other) => accelerators[one].memoryGiB - accelerators[other].memoryGiB);
  return sorted[0] ?? "none of the catalogue";
}

/** Compute capability as NVIDIA writes it: 7.5 for 75. */
export function dotted(value: number): string {
  return `${Math.floor(value / 10)}.${value % 10}`;
}
