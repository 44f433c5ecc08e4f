/** Bytes that a weight takes under a format of quantisation, with its scales and zero points. */
import type { WeightDtype } from "../../catalogue/model-architecture.ts";
import { type Quantization, type QuantizedPart, quantizationFormats } from "../../catalogue/quantization.ts";
import { elements, type Tensor, type TensorRole } from "./tensor.ts";

export const dtypeBytes: Readonly<Record<WeightDtype, number>> = { bf16: 2, fp16: 2, fp32: 4 };

const parts: Readonly<Record<QuantizedPart, readonly TensorRole[]>> = {
  linear: ["mixer", "feed-forward", "shared-expert", "expert"],
  "feed-forward": ["feed-forward", "shared-expert", "expert"],
  experts: ["expert"],
};

/** Edge of the squares that share a scale. */
const blockEdge = 128;
/** Blocks whose scales have a scale of their own. */
const nestedBlocks = 256;

export function isQuantized({ role }: Pick<Tensor, "role">, quantization?: Quantization): boolean {
  return quantization !== undefined && parts[quantization.part].includes(role);
}

export function storedBytes(tensor: Tensor, dtype: WeightDtype, quantization?: Quantization): number {
  if (!quantization || !isQuantized(tensor, quantization)) return elements(tensor) * dtypeBytes[dtype];
  return (elements(tensor) * quantization.bits) / 8 + tensor.copies * scaleBytes(tensor, quantization);
}

/** What one matrix has beside its numbers. */
function scaleBytes(
  { rows, columns }: Tensor,
  { format, bits, groupSize, zeroPoints }: Quantization,
): number {
  const facts = quantizationFormats[format];
  const group = groupSize ?? columns;
  switch (facts.scales) {
    case "row":
      return rows * facts.scaleBytes;
    case "block":
      return Math.ceil(rows / blockEdge) * Math.ceil(columns / blockEdge) * facts.scaleBytes;
    case "nested":
      return bits === 8 ? rows * 4 : ((rows * columns) / group) * (facts.scaleBytes + 4 / nestedBlocks);
    case "group": {
      const zeroBytes = zeroPoints ? bits / 8 : 0;
      const indexBytes = facts.groupIndex ? columns * 4 : 0;
      return Math.ceil(columns / group) * rows * (facts.scaleBytes + zeroBytes) + indexBytes;
    }
  }
}
