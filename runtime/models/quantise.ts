/** Writes a model once more, with the weights of its linear layers quantised. Nothing is read whole. */
import {
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { companionFiles } from "./companion-files.ts";
import { readModelConfig } from "./model-config.ts";
import { ModelFileError } from "./model-file-error.ts";
import { quantisedNames, quantisedShapes } from "./quantised-place.ts";
import { floatsOf, isQuantisable, packCodes, quantiseRow } from "./quantised-rows.ts";
import { quantizationConfigOf, type WeightFormat } from "./quantization.ts";
import { type ElementType, elementBytes, readSafetensors, type TensorPlace } from "./safetensors.ts";
import { indexFile, readWeights } from "./weights.ts";

/** Of a tensor that are in memory at a time, unless one of its rows has more. */
const chunkBytes = 4 * 2 ** 20;

export interface Quantised {
  /** Of the tensors, before and after. */
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  readonly matrices: number;
}

/**
 * Makes the directory `to`, whole or not at all. Throws a ModelFileError for a model that cannot be quantised
 * so, and for a place that cannot be written to.
 */
export function quantiseModel(from: string, to: string, format: WeightFormat): Quantised {
  const configFile = join(from, "config.json");
  const config = readModelConfig(configFile);
  if (config.quantization) {
    throw new ModelFileError(configFile, "is quantised already: take the model that it was made from");
  }
  const files = readWeights(from, config).files.map((file) => planned(file, format));
  const matrices = files.flatMap(({ tensors }) => tensors).filter(({ isQuantised }) => isQuantised).length;
  if (matrices === 0) throw new ModelFileError(from, "has no linear layers of BF16, F16 or F32 to quantise");
  const companions = companionFiles(from);
  if (existsSync(to)) throw new ModelFileError(to, "is there already, and is not written over");
  const unfinished = writable(to, () => mkdtempSync(`${resolve(to)}-unfinished-`));
  try {
    writable(to, () => {
      for (const plan of files) writeFile(plan, join(unfinished, basename(plan.file)), format);
      if (files.length > 1) writeIndex(files, join(unfinished, indexFile));
      for (const name of companions) {
        mkdirSync(dirname(join(unfinished, name)), { recursive: true });
        copyFileSync(join(from, name), join(unfinished, name));
      }
      const raw = JSON.parse(readFileSync(configFile, "utf8"));
      const quantised = { ...raw, quantization_config: quantizationConfigOf(format, config.mixture) };
      writeFileSync(join(unfinished, "config.json"), `${JSON.stringify(quantised, null, 2)}\n`);
      renameSync(unfinished, to);
    });
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
  const tensors = files.flatMap(({ tensors }) => tensors);
  return {
    bytesBefore: sum(tensors.map(({ source }) => source.bytes)),
    bytesAfter: sum(files.flatMap(({ written }) => [...written.values()].map(({ bytes }) => bytes))),
    matrices,
  };
}

/** Errors of the system as those of the place. */
function writable<T>(to: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new ModelFileError(to, `cannot be written: ${(error as Error).message}`);
  }
}

interface PlannedTensor {
  readonly name: string;
  readonly source: TensorPlace;
  readonly isQuantised: boolean;
}

interface PlannedFile {
  readonly file: string;
  readonly tensors: readonly PlannedTensor[];
  /** Each place counts from the end of the header. */
  readonly written: ReadonlyMap<string, TensorPlace>;
}

/** Linear layers, those of experts too; routers, the embedding and the head stay as they are. */
const quantisedMatrix = /(^|\.)layers\.\d+\..*(_proj|\.experts\.\d+\.w[123])\.weight$/;

function planned(file: string, format: WeightFormat): PlannedFile {
  const tensors = [...readSafetensors(file)].map(([name, source]): PlannedTensor => {
    const isQuantised = quantisedMatrix.test(name) && source.shape.length === 2 && isQuantisable(source.type);
    return { name, source, isQuantised };
  });
  const places = tensors.flatMap((tensor): [string, ElementType, readonly number[]][] => {
    const { name, source, isQuantised } = tensor;
    if (!isQuantised) return [[name, source.type, source.shape]];
    const [rows = 0, columns = 0] = source.shape;
    if (columns % (format.group ?? columns) !== 0) {
      const problem = `rows of ${columns} weights are not groups of ${format.group}`;
      throw new ModelFileError(file, `tensor "${name}": ${problem}: ask for smaller ones, or for int8`);
    }
    const names = quantisedNames(name, format);
    const shapes = quantisedShapes(format, rows, columns);
    return [
      [names.codes, format.isPacked ? "I32" : "I8", shapes.codes],
      [names.scale, "BF16", shapes.scale],
      ...(names.shape === undefined ? [] : [[names.shape, "I64", [2]] as [string, ElementType, number[]]]),
    ];
  });
  // Large elements first: each tensor then begins at a multiple of its elements.
  places.sort(([, a], [, b]) => elementBytes[b] - elementBytes[a]);
  let offset = 0;
  const written = places.map(([name, type, shape]): [string, TensorPlace] => {
    const bytes = shape.reduce((product, length) => product * length, elementBytes[type]);
    const place = { type, shape, offset, bytes };
    offset += bytes;
    return [name, place];
  });
  return { file, tensors, written: new Map(written) };
}

function writeFile({ file, tensors, written }: PlannedFile, target: string, format: WeightFormat): void {
  const header = headerOf(written);
  const input = openSync(file, "r");
  const output = openSync(target, "wx");
  try {
    writeAll(output, header, 0);
    const place = (name: string) => header.length + (written.get(name)?.offset ?? 0);
    for (const tensor of tensors) {
      if (tensor.isQuantised) writeQuantised(file, input, output, tensor, format, place);
      else copyTensor(input, output, tensor.source, place(tensor.name));
    }
    fsyncSync(output);
  } finally {
    closeSync(output);
    closeSync(input);
  }
}

function headerOf(written: ReadonlyMap<string, TensorPlace>): Buffer {
  const entries: Record<string, object> = { __metadata__: { format: "pt" } };
  for (const [name, { type, shape, offset, bytes }] of written) {
    entries[name] = { dtype: type, shape, data_offsets: [offset, offset + bytes] };
  }
  const text = Buffer.from(JSON.stringify(entries));
  const padded = Buffer.concat([text, Buffer.alloc((8 - (text.length % 8)) % 8, " ")]);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  return Buffer.concat([length, padded]);
}

function writeAll(output: number, bytes: Uint8Array, offset: number): void {
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(output, bytes, done, bytes.length - done, offset + done);
  }
}

function copyTensor(input: number, output: number, { offset, bytes }: TensorPlace, target: number): void {
  const chunk = Buffer.alloc(Math.min(bytes, chunkBytes));
  for (let done = 0; done < bytes; done += chunk.length) {
    const part = chunk.subarray(0, Math.min(chunk.length, bytes - done));
    readSync(input, part, 0, part.length, offset + done);
    writeAll(output, part, target + done);
  }
}

function writeQuantised(
  file: string,
  input: number,
  output: number,
  { name, source }: PlannedTensor,
  format: WeightFormat,
  place: (name: string) => number,
): void {
  const { type, offset, shape } = source;
  const [rows = 0, columns = 0] = shape;
  if (!isQuantisable(type)) throw new Error(`${name} of ${type} was not to be quantised`);
  const names = quantisedNames(name, format);
  const { bits, group = columns } = format;
  const rowBytes = columns * elementBytes[type];
  const codeBytes = Math.ceil((columns * bits) / 32) * 4;
  const rowsAtOnce = Math.max(1, Math.min(rows, Math.floor(chunkBytes / rowBytes)));
  const groups = columns / group;
  const scales = new Uint16Array(rows * groups);
  const codes = new Int8Array(columns);
  for (let first = 0; first < rows; first += rowsAtOnce) {
    const count = Math.min(rowsAtOnce, rows - first);
    const bytes = Buffer.alloc(count * rowBytes);
    readSync(input, bytes, 0, bytes.length, offset + first * rowBytes);
    const values = floatsOf(bytes, type);
    const packed = new Uint8Array(count * codeBytes);
    for (let row = 0; row < count; row += 1) {
      const from = values.subarray(row * columns, (row + 1) * columns);
      const at = (first + row) * groups;
      if (!quantiseRow(from, { bits, group }, codes, scales.subarray(at, at + groups))) {
        throw new ModelFileError(
          file,
          `tensor "${name}": row ${first + row} has weights that are no numbers`,
        );
      }
      packCodes(codes, bits, packed.subarray(row * codeBytes, (row + 1) * codeBytes));
    }
    writeAll(output, packed, place(names.codes) + first * codeBytes);
  }
  writeAll(output, new Uint8Array(scales.buffer), place(names.scale));
  if (names.shape !== undefined) {
    writeAll(
      output,
      new Uint8Array(BigInt64Array.of(BigInt(rows), BigInt(columns)).buffer),
      place(names.shape),
    );
  }
}

function writeIndex(files: readonly PlannedFile[], target: string): void {
  const map = files.flatMap(({ file, written }) => [...written.keys()].map((name) => [name, basename(file)]));
  const sizes = files.flatMap(({ written }) => [...written.values()].map(({ bytes }) => bytes));
  const text = JSON.stringify(
    { metadata: { total_size: sum(sizes) }, weight_map: Object.fromEntries(map) },
    null,
    2,
  );
  writeFileSync(target, `${text}\n`);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
