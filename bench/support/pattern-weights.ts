/** Weights that nobody trained, of any size: one pattern of bfloat16 values, again and again. */
import { closeSync, openSync, writeSync } from "node:fs";

export interface PatternTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly kind: "matrix" | "bias" | "norm";
}

export function kindOf(name: string, shape: readonly number[]): PatternTensor["kind"] {
  if (shape.length === 2) return "matrix";
  return name.endsWith("bias") ? "bias" : "norm";
}

/** A prime: rows of a matrix begin at another place of it each. */
const patternLength = 1_048_573;

/** Values as even as they come, of deviation 0.03: none is zero, which processors compute with faster. */
export function pattern(): Uint16Array {
  const single = new Float32Array(1);
  const bits = new Uint32Array(single.buffer);
  return Uint16Array.from({ length: patternLength }, (_, index) => {
    const word = Math.imul(index + 1, 0x9e3779b1);
    single[0] = ((((word ^ (word >>> 15)) >>> 8) & 0xffff) / 0x10000 - 0.4999) * 0.104;
    return ((bits[0] ?? 0) + 0x8000) >>> 16;
  });
}

/** The bfloat16 values of the tensor with such a number, a part at a time. */
export function* valuesOf(
  { shape: size, kind }: PatternTensor,
  number: number,
  all: Uint16Array,
): Generator<Uint16Array> {
  const count = size.reduce((product, length) => product * length, 1);
  if (kind === "norm") {
    yield new Uint16Array(count).fill(0x3f80);
    return;
  }
  let at = (number * 7919) % patternLength;
  for (let left = count; left > 0; ) {
    const part = all.subarray(at, Math.min(patternLength, at + left));
    yield part;
    left -= part.length;
    at = (at + part.length) % patternLength;
  }
}

export function bytesOf(part: Uint16Array): Uint8Array {
  return new Uint8Array(part.buffer, part.byteOffset, part.byteLength);
}

export function writePatternSafetensors(path: string, tensors: readonly PatternTensor[]): void {
  const values = pattern();
  const header: Record<string, object> = {};
  let offset = 0;
  for (const { name, shape: size } of tensors) {
    const end = offset + 2 * size.reduce((product, length) => product * length, 1);
    header[name] = { dtype: "BF16", shape: size, data_offsets: [offset, end] };
    offset = end;
  }
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  const file = openSync(path, "w");
  for (const part of [length, text]) writeSync(file, part);
  for (const [number, tensor] of tensors.entries())
    for (const part of valuesOf(tensor, number, values)) writeSync(file, bytesOf(part));
  closeSync(file);
}
