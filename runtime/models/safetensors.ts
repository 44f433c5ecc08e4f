/**
 * Where the tensors of a safetensors file lie. Every field of its header is checked before it is used: what
 * reads the file by it later, in place and without checks of its own, would otherwise read whatever lies
 * beside it.
 */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { z } from "zod";
import { ModelFileError } from "./model-file-error.ts";

/** Bytes of one element. Types of less than a byte are written by no model that is served here. */
export const elementBytes = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
  I16: 2,
  U16: 2,
  F16: 2,
  BF16: 2,
  I32: 4,
  U32: 4,
  F32: 4,
  I64: 8,
  U64: 8,
  F64: 8,
} as const;

export type ElementType = keyof typeof elementBytes;

export interface TensorPlace {
  readonly type: ElementType;
  readonly shape: readonly number[];
  /** Of its first byte, from the beginning of the file. */
  readonly offset: number;
  readonly bytes: number;
}

/** The format's own limit (huggingface/safetensors, MAX_HEADER_SIZE; 2026-11-22). */
export const headerBytesMax = 100_000_000;
const lengthBytes = 8;

const elementTypes = Object.keys(elementBytes) as [ElementType, ...ElementType[]];

const size = z.int().min(0);
const entry = z.strictObject({
  dtype: z.enum(elementTypes),
  shape: z.array(size).max(8),
  data_offsets: z.tuple([size, size]),
});
const metadata = z.record(z.string(), z.string());

/**
 * Reads the header alone, however large the file is. Throws a ModelFileError that names the file and the
 * tensor.
 */
export function readSafetensors(file: string): ReadonlyMap<string, TensorPlace> {
  const descriptor = openSync(file, "r");
  try {
    const { size: fileBytes } = fstatSync(descriptor);
    const read = (bytes: number, offset: number) => {
      const buffer = Buffer.alloc(bytes);
      const found = readSync(descriptor, buffer, 0, bytes, offset);
      if (found < bytes) throw new ModelFileError(file, `ends after ${offset + found} bytes, in its header`);
      return buffer;
    };
    const headerBytes = headerLength(file, read(lengthBytes, 0).readBigUInt64LE(), fileBytes);
    return tensorPlaces(file, read(headerBytes, lengthBytes), fileBytes);
  } finally {
    closeSync(descriptor);
  }
}

function headerLength(file: string, told: bigint, fileBytes: number): number {
  const most = Math.min(headerBytesMax, fileBytes - lengthBytes);
  if (told >= 2n && told <= BigInt(most)) return Number(told);
  throw new ModelFileError(file, `has a header of ${told} bytes, where 2 to ${most} are possible`);
}

/** The places that a header tells, in a file of so many bytes. */
export function tensorPlaces(
  file: string,
  header: Uint8Array,
  fileBytes: number,
): ReadonlyMap<string, TensorPlace> {
  const dataStart = lengthBytes + header.length;
  const places = new Map<string, TensorPlace>();
  for (const [name, raw] of Object.entries(parseHeader(file, header))) {
    if (name === "__metadata__") checkMetadata(file, raw);
    else places.set(name, placeOf(file, name, raw, dataStart));
  }
  checkCover(file, places, dataStart, fileBytes);
  return places;
}

function parseHeader(file: string, header: Uint8Array): object {
  try {
    // Only what is UTF-8 throughout names the same tensor wherever it is read.
    const found: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(header));
    if (typeof found === "object" && found !== null && !Array.isArray(found)) return found;
  } catch {
    // Told below: what is wrong with the text helps nobody who did not write it.
  }
  throw new ModelFileError(file, "has a header that is no JSON object");
}

function checkMetadata(file: string, raw: unknown): void {
  if (!metadata.safeParse(raw).success) throw new ModelFileError(file, "has metadata that are not all texts");
}

function placeOf(file: string, name: string, raw: unknown, dataStart: number): TensorPlace {
  const { data, error } = entry.safeParse(raw);
  if (!data) {
    const [issue] = error.issues;
    const field = issue && issue.path.length > 0 ? issue.path.join(".") : "entry";
    throw new ModelFileError(file, `tensor "${name}": ${field}: ${issue?.message}`);
  }
  const { dtype: type, shape, data_offsets } = data;
  const [begin, end] = data_offsets;
  const bytes = shape.reduce((product, length) => product * length, elementBytes[type]);
  if (end - begin !== bytes) {
    const told = `[${shape.join(", ")}] of ${type} takes ${bytes} bytes`;
    throw new ModelFileError(file, `tensor "${name}": ${told}, and ${begin} to ${end} are ${end - begin}`);
  }
  return { type, shape, offset: dataStart + begin, bytes };
}

/** Tensors lie one behind the other and fill the file: none overlaps, and no byte is hidden between two. */
function checkCover(
  file: string,
  places: ReadonlyMap<string, TensorPlace>,
  dataStart: number,
  fileBytes: number,
): void {
  const ordered = [...places].sort(([, a], [, b]) => a.offset - b.offset || a.bytes - b.bytes);
  let end = dataStart;
  for (const [name, place] of ordered) {
    if (place.offset !== end) {
      const way = place.offset < end ? "overlaps what is before it" : "leaves a hole before it";
      throw new ModelFileError(file, `tensor "${name}": ${way}, at byte ${place.offset} instead of ${end}`);
    }
    end += place.bytes;
  }
  if (end !== fileBytes) {
    throw new ModelFileError(file, `has ${fileBytes} bytes, and its tensors end at ${end}`);
  }
}
