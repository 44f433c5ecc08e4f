/** Writes tensors as a safetensors file, in the order in which they are given. */
import { closeSync, fsyncSync, openSync, writeSync } from "node:fs";

export interface WrittenTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** The types that can be written: as it is, or rounded to half as many bits. */
export type WrittenType = "F32" | "BF16";

/** Overwrites the file. What was written is on the disk before this returns. */
export function writeSafetensors(file: string, tensors: readonly WrittenTensor[], type: WrittenType): void {
  const descriptor = openSync(file, "w");
  try {
    const header = headerOf(tensors, type);
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    writeSync(descriptor, length);
    writeSync(descriptor, header);
    for (const { values } of tensors) {
      writeSync(descriptor, type === "F32" ? littleEndian(values) : roundedToBrain(values));
    }
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function headerOf(tensors: readonly WrittenTensor[], type: WrittenType): Buffer {
  const elementBytes = type === "F32" ? 4 : 2;
  const entries = new Map<string, object>([["__metadata__", { format: "pt" }]]);
  let begin = 0;
  for (const { name, shape, values } of tensors) {
    if (entries.has(name)) throw new Error(`two tensors are called "${name}"`);
    const elements = shape.reduce((product, length) => product * length, 1);
    if (elements !== values.length) {
      throw new Error(`tensor "${name}": [${shape.join(", ")}] are ${elements} values, not ${values.length}`);
    }
    const end = begin + elements * elementBytes;
    entries.set(name, { dtype: type, shape, data_offsets: [begin, end] });
    begin = end;
  }
  const text = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
  // Spaces make the first tensor begin at a multiple of eight, as the format's own writer does.
  return Buffer.concat([text, Buffer.alloc((8 - (text.length % 8)) % 8, " ")]);
}

function littleEndian(values: Float32Array): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, index) => {
    bytes.writeFloatLE(value, index * 4);
  });
  return bytes;
}

/** To the nearest, and to the even one of two that are equally near; NaN stays NaN. */
function roundedToBrain(values: Float32Array): Buffer {
  const bytes = Buffer.alloc(values.length * 2);
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  values.forEach((value, index) => {
    const exact = bits[index] as number;
    const rounded = Number.isNaN(value) ? exact | 0x400000 : exact + 0x7fff + ((exact >>> 16) & 1);
    bytes.writeUInt16LE((rounded >>> 16) & 0xffff, index * 2);
  });
  return bytes;
}
