/** Weights as whole numbers times a scale: the nearest ones, row by row. */
import type { ElementType } from "./safetensors.ts";

/** What is to be quantised can be in these types. */
const quantisableTypes = ["BF16", "F16", "F32"] as const satisfies readonly ElementType[];
type QuantisableType = (typeof quantisableTypes)[number];

export const isQuantisable = (type: ElementType): type is QuantisableType =>
  quantisableTypes.some((known) => known === type);

/** Elements of a file, which need not be aligned in it, as floats. */
export function floatsOf(bytes: Uint8Array, type: QuantisableType): Float32Array {
  const { buffer } = new Uint8Array(bytes);
  if (type === "F32") return new Float32Array(buffer);
  if (type === "F16") return Float32Array.from(new Float16Array(buffer));
  return new Float32Array(Uint32Array.from(new Uint16Array(buffer), (half) => half << 16).buffer);
}

/** Below this a bfloat16 has fewer digits, and some processors take it for zero. */
const leastScale = 2 ** -126;
/** Adding and taking off 1.5 times 2^23 rounds to a whole number, ties to the even one. */
const roundingShift = 12_582_912;

const single = new Float32Array(1);
const word = new Uint32Array(single.buffer);

/** The nearest bfloat16, ties to even, as its 16 bits. */
function brainBits(value: number): number {
  single[0] = value;
  const bits = word[0] as number;
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff;
}

function ofBrainBits(bits: number): number {
  word[0] = bits << 16;
  return single[0] as number;
}

/**
 * Quantises one row by groups. Writes its codes, from -8 to 7 or from -128 to 127, and the scales as
 * bfloat16. The largest weight of a group lies half a step beyond the last code, as in compressed-tensors
 * (quantization/utils/helpers.py, calculate_qparams, 0.20): so codes of both signs are used evenly.
 * Answers whether all weights are numbers.
 */
export function quantiseRow(
  row: Float32Array,
  { bits, group }: { readonly bits: 4 | 8; readonly group: number },
  codes: Int8Array,
  scales: Uint16Array,
): boolean {
  const most = 2 ** (bits - 1) - 1;
  for (let start = 0, index = 0; start < row.length; start += group, index += 1) {
    let peak = 0;
    for (let at = start; at < start + group; at += 1) {
      const size = Math.abs(row[at] as number);
      if (!Number.isFinite(size)) return false;
      if (size > peak) peak = size;
    }
    const told = brainBits(peak / (most + 0.5));
    const isZero = ofBrainBits(told) < leastScale;
    const scale = isZero ? 1 : ofBrainBits(told);
    scales[index] = isZero ? brainBits(1) : told;
    for (let at = start; at < start + group; at += 1) {
      const exact = Math.fround(Math.fround((row[at] as number) / scale) + roundingShift) - roundingShift;
      codes[at] = Math.min(Math.max(exact, -most - 1), most);
    }
  }
  return true;
}

/** Codes as compressed-tensors packs them: from the lowest bits of a byte on, more by half their range. */
export function packCodes(codes: Int8Array, bits: 4 | 8, to: Uint8Array): void {
  if (bits === 8) {
    for (let at = 0; at < codes.length; at += 1) to[at] = (codes[at] as number) + 128;
    return;
  }
  for (let at = 0; at < codes.length; at += 2) {
    to[at / 2] = ((codes[at] as number) + 8) | (((codes[at + 1] ?? -8) + 8) << 4);
  }
}
