/**
 * How much of an accelerator's figures engines reach when they serve, fitted to figures that others
 * published.
 */
import type { Dtype } from "./accelerator-specs.ts";
import type { QuantizationFormat } from "./quantization.ts";

const tables = "NVIDIA/TensorRT-LLM docs/source/performance.md of version 0.9.0";
const date = "2026-11-21";

interface Fitted {
  readonly source: string;
  /** Day of the fit, as year-month-day. */
  readonly date: string;
}

/** Part of the dense operations that matrices reach whose other side are many tokens. */
export const computeEfficiency: Fitted & { readonly parts: Readonly<Record<Dtype, number>> } = {
  parts: { fp16: 0.72, bf16: 0.72, fp8: 0.52, int8: 0.52, fp4: 0.4 },
  source:
    `${tables}, first token of LLaMA 7B after 2048: 132.4 ms in fp16 on A100, 30.8` +
    ` in fp8 on H100; int8 taken` +
    " as fp8; fp4: docs/source/performance/perf-overview.md of 0.19.0, Llama 3.3 70B" +
    " on one B200, 128 and 128",
  date,
};

/** Part of the memory bandwidth that weights, keys and values are read with. */
export const bandwidthEfficiency: Fitted & { readonly part: number } = {
  part: 0.8,
  source: `${tables}, LLaMA 7B, 128 tokens answered by 2048: batch 120 on H100, 32 on A100, 64 on L40S`,
  date,
};

/**
 * Time in which nothing is computed: of each step, of each layer between its kernels, and of each request.
 */
export const stepOverhead: Fitted & {
  readonly stepSeconds: number;
  readonly layerSeconds: number;
  readonly frontSeconds: number;
} = {
  stepSeconds: 0.0005,
  layerSeconds: 0.000025,
  frontSeconds: 0.0045,
  source:
    "YobitelComm bench, concurrency sweep: 6.48 ms a token of Llama 3.1 8B on H100" +
    " alone, vLLM 0.21; requests:" +
    " 19 ms to the first token of Llama 3.1 8B on H100, 202 tokens, two requests a" +
    " second, in TensorRT-LLM's" +
    " docs/source/performance/perf-overview.md of 0.17.0",
  date,
};

/** What ranks of one machine reach when each sums up what all have. */
export const linkEfficiency: Fitted & {
  /** Part of what NVLink carries in one direction. */
  readonly nvlinkPart: number;
  readonly nvlinkSeconds: number;
  /** Over PCIe, where there is nothing else. */
  readonly pcieGBps: number;
  readonly pcieSeconds: number;
  /** Between machines: part of what their network carries. */
  readonly networkPart: number;
  readonly networkSeconds: number;
} = {
  nvlinkPart: 0.7,
  nvlinkSeconds: 0.00001,
  pcieGBps: 17,
  pcieSeconds: 0.00005,
  networkPart: 0.7,
  networkSeconds: 0.00005,
  source:
    `${tables}, first token of LLaMA 70B: 103.0 ms after 2048 on four H200, 45.6 after 128 on four A100,` +
    " 673.3 after 2048 on four L40S; between machines as NVLink, with PCIe's delay: no figure was found",
  date,
};

/**
 * Types that a format's matrices are multiplied in, the best first; an accelerator takes the first that it
 * has units for. Formats of weights alone are widened before.
 */
export const formatCompute: Readonly<Record<QuantizationFormat, readonly Dtype[]>> = {
  "fp8-block": ["fp8", "bf16", "fp16"],
  fp8: ["fp8", "bf16", "fp16"],
  int8: ["int8", "bf16", "fp16"],
  gptq: ["bf16", "fp16"],
  awq: ["bf16", "fp16"],
  "compressed-int4": ["bf16", "fp16"],
  bitsandbytes: ["bf16", "fp16"],
  mxfp4: ["bf16", "fp16"],
  nvfp4: ["fp4", "bf16", "fp16"],
};
