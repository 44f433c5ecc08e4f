/** Quantised models, and what they are once each of their weights is expanded by hand. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readModelConfig } from "../../../runtime/models/model-config.ts";
import { quantiseModel } from "../../../runtime/models/quantise.ts";
import { floatsOf, isQuantisable } from "../../../runtime/models/quantised-rows.ts";
import type { WeightFormat } from "../../../runtime/models/quantization.ts";
import { readSafetensors } from "../../../runtime/models/safetensors.ts";
import { temporaryDirectory } from "../temporary-directory.ts";
import { type MadeUpTensor, madeUpModel, writeTensors } from "./made-up-weights.ts";

export function quantisedModel(raw: object, format: WeightFormat): string {
  const target = join(temporaryDirectory(), "quantised");
  quantiseModel(madeUpModel(raw).directory, target, format);
  return target;
}

/** Each tensor of a directory with one file: its type, its shape, its bytes. */
export function tensorBytes(directory: string) {
  const file = join(directory, "model.safetensors");
  const bytes = readFileSync(file);
  return new Map(
    [...readSafetensors(file)].map(([name, place]) => {
      return [name, { ...place, data: bytes.subarray(place.offset, place.offset + place.bytes) }];
    }),
  );
}

export interface RawTensor {
  readonly type: string;
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

/** One file of just these tensors, whatever they hold. */
export function writeRaw(directory: string, tensors: ReadonlyMap<string, RawTensor>): void {
  const header: Record<string, object> = {};
  let offset = 0;
  for (const [name, { type, shape, data }] of tensors) {
    header[name] = { dtype: type, shape, data_offsets: [offset, offset + data.length] };
    offset += data.length;
  }
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  const parts = [...tensors.values()].map(({ data }) => data);
  writeFileSync(join(directory, "model.safetensors"), Buffer.concat([length, text, ...parts]));
}

/**
 * Every tensor of the model that it was, quantised ones as code times scale in bfloat16; with `isHalf` those
 * with scales of half precision are rounded to that first, as compressed-tensors does and CUDA does not.
 */
export function expandedTensors(directory: string, isHalf = false): Map<string, MadeUpTensor> {
  const { quantization } = readModelConfig(join(directory, "config.json"));
  const tensors = tensorBytes(directory);
  const expanded = new Map<string, MadeUpTensor>();
  for (const [name, { type, shape, data }] of tensors) {
    if (/_(scale|shape)$/.test(name)) continue;
    const plain = name.replace(/_packed$/, "");
    if (isQuantisable(type)) {
      expanded.set(name, { shape, values: floatsOf(data, type) });
      continue;
    }
    const scale = tensors.get(`${plain}_scale`);
    if (!scale || !quantization || !isQuantisable(scale.type)) throw new Error(`${name} has no scale`);
    const [rows = 0, words = 0] = shape;
    const columns = quantization.isPacked ? (words * 32) / quantization.bits : words;
    const [, groups = 1] = scale.shape;
    const scales = floatsOf(scale.data, scale.type);
    const [, width = columns] = quantization.isPacked ? told(tensors.get(`${plain}_shape`)?.data) : shape;
    const values = new Float32Array(rows * width);
    for (let row = 0; row < rows; row += 1) {
      for (let column = 0; column < width; column += 1) {
        const code = valueAt(data, row * columns + column, quantization);
        const group = Math.floor((column * groups) / width);
        const place = quantization.float?.hasOneScale ? 0 : row * groups + group;
        const product = code * (scales[place] ?? Number.NaN);
        values[row * width + column] = brain(isHalf && scale.type === "F16" ? half(product) : product);
      }
    }
    expanded.set(plain, { shape: [rows, width], values });
  }
  return expanded;
}

/** One matrix of the model, of packed codes, is what it is expanded to, and no longer quantised. */
export function leaveAsItWas(directory: string, name: string): void {
  const tensors = new Map<string, RawTensor>(tensorBytes(directory));
  const plain = tensorBytes(expandedModel(directory)).get(name);
  if (!plain) throw new Error(`there is no ${name}`);
  for (const end of ["_packed", "_scale", "_shape"]) {
    if (!tensors.delete(`${name}${end}`)) throw new Error(`${name} has no ${end}`);
  }
  writeRaw(directory, tensors.set(name, plain));
}

function told(data: Uint8Array | undefined): number[] {
  return [...new BigInt64Array(Uint8Array.from(data ?? []).buffer)].map(Number);
}

function valueAt(data: Uint8Array, index: number, format: WeightFormat): number {
  return format.float ? ofFloat8(data[index] ?? 0) : codeAt(data, index, format);
}

/** E4M3: of the largest exponent only the last value is none. */
function ofFloat8(bits: number): number {
  const sign = bits >> 7 ? -1 : 1;
  const [exponent, mantissa] = [(bits >> 3) & 15, bits & 7];
  if (exponent === 15 && mantissa === 7) return Number.NaN;
  return sign * (exponent === 0 ? mantissa * 2 ** -9 : (8 + mantissa) * 2 ** (exponent - 10));
}

function codeAt(data: Uint8Array, index: number, { bits, isPacked }: WeightFormat): number {
  if (!isPacked) return ((data[index] ?? 0) << 24) >> 24;
  if (bits === 8) return (data[index] ?? 0) - 128;
  return (((data[index >> 1] ?? 0) >> ((index & 1) * 4)) & 15) - 8;
}

const halves = new Float16Array(1);
const single = new Float32Array(1);
const bits = new Uint32Array(single.buffer);

/** The nearest number of half precision. */
function half(value: number): number {
  halves[0] = value;
  return halves[0] ?? Number.NaN;
}

/** The nearest bfloat16, ties to even. */
function brain(value: number): number {
  single[0] = value;
  const word = bits[0] ?? 0;
  bits[0] = (word + 0x7fff + ((word >>> 16) & 1)) & 0xffff0000;
  return single[0] ?? Number.NaN;
}

/** A directory of the same model with expanded weights. */
export function expandedModel(directory: string, isHalf = false): string {
  const target = temporaryDirectory();
  const raw = JSON.parse(readFileSync(join(directory, "config.json"), "utf8"));
  writeFileSync(join(target, "config.json"), JSON.stringify({ ...raw, quantization_config: null }));
  writeTensors(join(target, "model.safetensors"), expandedTensors(directory, isHalf));
  return target;
}
