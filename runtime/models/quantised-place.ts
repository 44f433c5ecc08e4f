/** Where the codes and the scales of a quantised matrix lie. */
import { closeSync, openSync, readSync } from "node:fs";
import { ModelFileError } from "./model-file-error.ts";
import type { WeightFormat } from "./quantization.ts";
import type { TensorPlace } from "./safetensors.ts";

const scaleTypes = ["BF16", "F16", "F32"] as const;

/** Beside the place of the codes: how to read them, and where their scales are. */
export interface Quantised {
  readonly bits: 4 | 8;
  readonly isPacked: boolean;
  /** Floats of 8 bits, and whether all share one scale. */
  readonly float?: WeightFormat["float"];
  /** Of a row; as many as a row has where its weights share one scale. */
  readonly group: number;
  /** Its number among the files. */
  readonly scaleFile: number;
  readonly scaleOffset: number;
}

export interface QuantisedPlace extends Quantised {
  readonly file: number;
  readonly offset: number;
  /** Of the scales. */
  readonly type: (typeof scaleTypes)[number];
  readonly rows: number;
  readonly columns: number;
}

interface Found {
  readonly file: number;
  readonly place: TensorPlace;
}

/** The tensors that stand for one matrix; the last one tells its shape where codes are packed. */
export function quantisedNames(name: string, { isPacked }: WeightFormat) {
  const base = name.replace(/\.weight$/, "");
  const scale = `${base}.weight_scale`;
  return isPacked
    ? { codes: `${base}.weight_packed`, scale, shape: `${base}.weight_shape` }
    : { codes: name, scale };
}

/** Values of a row of packed codes, and of its scales. */
export function quantisedShapes(
  { bits, group, isPacked, float }: WeightFormat,
  rows: number,
  columns: number,
) {
  return {
    codes: [rows, isPacked ? Math.ceil((columns * bits) / 32) : columns],
    scale: float?.hasOneScale ? [1] : [rows, columns / (group ?? columns)],
  };
}

/**
 * The place of a matrix of this shape, by the names of its tensors; undefined where it is not quantised.
 * Throws a ModelFileError that names the file and the tensor.
 */
export function quantisedPlace(
  name: string,
  [rows, columns]: readonly [number, number],
  format: WeightFormat,
  { take, fileOf }: { take: (name: string) => Found | undefined; fileOf: (found: Found) => string },
): QuantisedPlace | undefined {
  const names = quantisedNames(name, format);
  const wanted = quantisedShapes(format, rows, columns);
  const codes = take(names.codes);
  const type = format.isPacked ? "I32" : format.float ? "F8_E4M3" : "I8";
  if (!codes || (!format.isPacked && codes.place.type !== type)) return undefined;
  const { group = columns } = format;
  if (columns % group !== 0) {
    const problem = `rows of ${columns} weights are not groups of ${group}`;
    throw new ModelFileError(fileOf(codes), `tensor "${names.codes}": ${problem}`);
  }
  const scale = take(names.scale);
  if (!scale) throw new ModelFileError(fileOf(codes), `tensor "${names.codes}" has no "${names.scale}"`);
  const check = (name: string, found: Found, shape: readonly number[], types: readonly string[]) => {
    if (!types.includes(found.place.type)) {
      const problem = `${found.place.type} is not supported; these are: ${types.join(", ")}`;
      throw new ModelFileError(fileOf(found), `tensor "${name}": ${problem}`);
    }
    if (`${found.place.shape}` === `${shape}`) return;
    const problem = `is [${found.place.shape.join(", ")}], and the config says [${shape.join(", ")}]`;
    throw new ModelFileError(fileOf(found), `tensor "${name}": ${problem}`);
  };
  check(names.codes, codes, wanted.codes, [type]);
  check(names.scale, scale, wanted.scale, scaleTypes);
  if (names.shape !== undefined) {
    const told = take(names.shape);
    if (!told) throw new ModelFileError(fileOf(codes), `tensor "${names.codes}" has no "${names.shape}"`);
    check(names.shape, told, [2], ["I64"]);
    const [toldRows, toldColumns] = readShape(fileOf(told), told.place.offset);
    if (toldRows !== BigInt(rows) || toldColumns !== BigInt(columns)) {
      const problem = `tells [${toldRows}, ${toldColumns}], and the config says [${rows}, ${columns}]`;
      throw new ModelFileError(fileOf(told), `tensor "${names.shape}": ${problem}`);
    }
  }
  const { bits, isPacked, float } = format;
  return {
    file: codes.file,
    offset: codes.place.offset,
    type: scale.place.type as QuantisedPlace["type"],
    rows,
    columns,
    bits,
    isPacked,
    ...(float && { float }),
    group,
    scaleFile: scale.file,
    scaleOffset: scale.place.offset,
  };
}

function readShape(file: string, offset: number): readonly [bigint, bigint] {
  const descriptor = openSync(file, "r");
  try {
    const told = Buffer.alloc(16);
    readSync(descriptor, told, 0, told.length, offset);
    return [told.readBigInt64LE(0), told.readBigInt64LE(8)];
  } finally {
    closeSync(descriptor);
  }
}
