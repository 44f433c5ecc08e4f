/** Formats of quantised weights: what each stores beside the numbers, and what hardware each needs. */

/** Weights that a format quantises; the rest stay as they are. */
export type QuantizedPart =
  /** Every linear layer but the router's; not the embedding and not the output layer. */
  | "linear"
  /** Feed-forward layers and experts. */
  | "feed-forward"
  /** Routed experts only. */
  | "experts";

interface Numbers {
  /** Bits of one weight. */
  readonly bits: number;
  /** Weights of a row that share a scale; undefined where the format has none, or takes the whole row. */
  readonly groupSize?: number;
  readonly zeroPoints: boolean;
  readonly part: QuantizedPart;
}

export interface Quantization extends Numbers {
  readonly format: QuantizationFormat;
}

interface FormatFacts {
  /** What shares a scale: some of a row, a row, a square of 128, or blocks of 64 in two levels. */
  readonly scales: "group" | "row" | "block" | "nested";
  readonly scaleBytes: number;
  /** Whether each input has an index of its group as well. */
  readonly groupIndex: boolean;
  /** Compute capability from which vLLM runs it at all, as major times ten plus minor. */
  readonly capability: number;
  /** What the format is when nothing more is said. */
  readonly usual: Numbers;
  readonly source: string;
  readonly date: string;
}

const support = "vllm-project/vllm docs/features/quantization/README.md @0328802, supported hardware";
const date = "2026-11-21";
const plain = { zeroPoints: false, part: "linear" } as const;

export const quantizationFormats = {
  "fp8-block": {
    scales: "block",
    scaleBytes: 4,
    groupIndex: false,
    capability: 80,
    usual: { ...plain, bits: 8, groupSize: 128 },
    source: `DeepSeek-V3 README_WEIGHTS.md @0b39205; ${support}: below 8.9 by Marlin, weights only`,
    date,
  },
  fp8: {
    scales: "row",
    scaleBytes: 4,
    groupIndex: false,
    capability: 80,
    usual: { ...plain, bits: 8 },
    source: `${support}: FP8 (W8A8) from 8.9, below by Marlin, weights only`,
    date,
  },
  int8: {
    scales: "row",
    scaleBytes: 4,
    groupIndex: false,
    capability: 75,
    usual: { ...plain, bits: 8 },
    source: `${support}: INT8 (W8A8)`,
    date,
  },
  gptq: {
    scales: "group",
    scaleBytes: 2,
    groupIndex: true,
    capability: 70,
    usual: { bits: 4, groupSize: 128, zeroPoints: true, part: "linear" },
    source: `qweight, qzeros, scales and g_idx of vllm-project/vllm gptq.py; ${support}`,
    date,
  },
  awq: {
    scales: "group",
    scaleBytes: 2,
    groupIndex: false,
    capability: 75,
    usual: { bits: 4, groupSize: 128, zeroPoints: true, part: "linear" },
    source: `qweight, qzeros and scales of vllm-project/vllm awq.py; ${support}`,
    date,
  },
  "compressed-int4": {
    scales: "group",
    scaleBytes: 2,
    groupIndex: false,
    capability: 80,
    usual: { ...plain, bits: 4, groupSize: 128 },
    source: "minimum 80 of vllm-project/vllm#25022, compressed-tensors WNA16; its weights are symmetric",
    date,
  },
  bitsandbytes: {
    scales: "nested",
    scaleBytes: 1,
    groupIndex: false,
    capability: 70,
    usual: { ...plain, bits: 4, groupSize: 64 },
    source: `NF4, double quantisation in blocks of 64 and 256: QLoRA, arXiv 2305.14314; ${support}`,
    date,
  },
  mxfp4: {
    scales: "group",
    scaleBytes: 1,
    groupIndex: false,
    capability: 80,
    usual: { bits: 4, groupSize: 32, zeroPoints: false, part: "experts" },
    source: "OCP Microscaling Formats 1.0: 32 values share an 8-bit scale; below 9.0 by Marlin, weights only",
    date,
  },
  nvfp4: {
    scales: "group",
    scaleBytes: 1,
    groupIndex: false,
    capability: 80,
    usual: { ...plain, bits: 4, groupSize: 16 },
    source: "NVIDIA Model Optimizer: 16 values share an 8-bit scale; below 10.0 by Marlin, weights only",
    date,
  },
} as const satisfies Record<string, FormatFacts>;

export type QuantizationFormat = keyof typeof quantizationFormats;

/** A format as it usually is, with what is said otherwise. */
export function quantization(format: QuantizationFormat, change: Partial<Numbers> = {}): Quantization {
  return { format, ...quantizationFormats[format].usual, ...change };
}
