/** Single kernels of a model's shape, each beside its floor and beside what PyTorch needs for the same. */
import { type TimedKernel, type TimedShape, timeKernel } from "../../../runtime/device/cuda-timing.ts";
import { median, rounded } from "../measure.ts";
import { type Ceilings, floorOf, kernelWork, type ModelShape } from "./floors.ts";

export interface KernelCase {
  readonly name: string;
  readonly kernel: TimedKernel;
  readonly shape: TimedShape;
}

export interface KernelMeasure {
  readonly addon: string;
  readonly ceilings: Ceilings;
  readonly torchOf: (
    cases: readonly KernelCase[],
    found: (name: string, milliseconds: number) => void,
  ) => Promise<{ readonly told: string }>;
  /** `leftOut`: why a kernel was not measured. */
  readonly found: (row: ReturnType<typeof kernelRow> | { what: string; leftOut: string }) => void;
}

const drawn = { temperature: 1, topP: 0.9 };
const repeats = { launches: 16, repeats: 9 };
/** A quarter of a GiB each way, far more than any cache. */
const copiedFloats = 2 ** 26;
/** From so many on products by wgmma are measured. */
const wgmmaRows = 256;
/** Of a square product of matrices, by which the device's throughput is told. */
const matrixSize = 8192;

export const copyCase: KernelCase = { name: "copy", kernel: "copy", shape: { inputs: copiedFloats } };
export const readCase: KernelCase = { name: "read", kernel: "read", shape: { inputs: copiedFloats } };
export const matrixCase: KernelCase = {
  name: `product of ${matrixSize}`,
  kernel: "product",
  shape: { rows: matrixSize, inputs: matrixSize, outputs: matrixSize },
};

export function kernelCases(model: ModelShape): KernelCase[] {
  const { hidden, intermediate, heads, kvHeads, headDim, vocabularySize } = model;
  const attention = { heads, kvHeads, headDim };
  const products = [1, 32, 256, 2048].flatMap((rows): KernelCase[] => [
    {
      name: `qkv, ${rows} rows`,
      kernel: "product",
      shape: { rows, inputs: hidden, outputs: (heads + 2 * kvHeads) * headDim },
    },
    {
      name: `output, ${rows} rows`,
      kernel: "product-add",
      shape: { rows, inputs: heads * headDim, outputs: hidden },
    },
    {
      name: `gate and up, ${rows} rows`,
      kernel: "product-gate",
      shape: { rows, inputs: hidden, outputs: intermediate },
    },
    {
      name: `down, ${rows} rows`,
      kernel: "product-add",
      shape: { rows, inputs: intermediate, outputs: hidden },
    },
  ]);
  const quantised = [1, 32, 256, 2048].flatMap((rows) =>
    (["int8", "int4"] as const).map((weights): KernelCase => {
      const shape = { rows, inputs: intermediate, outputs: hidden };
      return { name: `down of ${weights}, ${rows} rows`, kernel: `product-${weights}`, shape };
    }),
  );
  const heading = [1, 32, 256].map((rows): KernelCase => {
    return {
      name: `head, ${rows} rows`,
      kernel: "product",
      shape: { rows, inputs: hidden, outputs: vocabularySize },
    };
  });
  const decodes = [
    [1, 512],
    [1, 8192],
    [32, 2048],
    [256, 1024],
  ].map(([rows = 1, contextTokens = 1]): KernelCase => {
    const name = `decode attention, ${rows} of ${contextTokens}`;
    return { name, kernel: "decode", shape: { ...attention, rows, contextTokens } };
  });
  const prefills = [2048, 8192].map((contextTokens): KernelCase => {
    const name = `prefill attention, 2048 of ${contextTokens}`;
    return { name, kernel: "prefill", shape: { ...attention, rows: 2048, contextTokens } };
  });
  const others = [1, 256, 2048].flatMap((rows): KernelCase[] => [
    { name: `norm, ${rows} rows`, kernel: "norm", shape: { rows, inputs: hidden } },
    {
      name: `embedding, ${rows} rows`,
      kernel: "embed",
      shape: { rows, inputs: hidden, vocabulary: vocabularySize },
    },
    {
      name: `rotate and store, ${rows} rows`,
      kernel: "place",
      shape: { ...attention, rows, contextTokens: 2048 },
    },
  ]);
  const all = [products, quantised, heading, decodes, prefills, others, samplings(vocabularySize)].flat();
  // Last, as they are the newest: what is wrong with them costs nothing that was measured before.
  return [...all, ...byWgmma([...products, matrixCase])];
}

/** Products of many rows, which warpgroups compute where sums may have any order. */
function byWgmma(products: readonly KernelCase[]): KernelCase[] {
  return products.flatMap(({ name, kernel, shape }): KernelCase[] => {
    if (kernel !== "product" && kernel !== "product-add" && kernel !== "product-gate") return [];
    if ((shape.rows ?? 0) < wgmmaRows) return [];
    return [{ name: `${name}, by wgmma`, kernel: `${kernel}-wgmma`, shape }];
  });
}

function samplings(vocabulary: number): KernelCase[] {
  return [1, 256].flatMap((rows): KernelCase[] => [
    { name: `greedy, ${rows} rows`, kernel: "sample", shape: { rows, vocabulary } },
    { name: `top-p, ${rows} rows`, kernel: "sample", shape: { rows, vocabulary, ...drawn } },
    {
      name: `top-p of even logits, ${rows} rows`,
      kernel: "sample-flat",
      shape: { rows, vocabulary, ...drawn },
    },
  ]);
}

/** Milliseconds of one launch: the median. */
export function millisecondsOf(addon: string, { kernel, shape }: KernelCase): number {
  return median(timeKernel(addon, kernel, shape, repeats));
}

/** Each beside its floor as soon as it is measured, and once more when PyTorch has told its time. */
export async function measureKernels(
  cases: readonly KernelCase[],
  { addon, ceilings, torchOf, found }: KernelMeasure,
): Promise<string> {
  const own = new Map<string, { one: KernelCase; milliseconds: number }>();
  for (const one of cases) {
    const milliseconds = measured(one, addon, found);
    if (milliseconds === undefined) continue;
    found(kernelRow(one, milliseconds, ceilings, undefined));
    own.set(one.name, { one, milliseconds });
  }
  const { told } = await torchOf(cases, (name, torch) => {
    const known = own.get(name);
    if (known) found(kernelRow(known.one, known.milliseconds, ceilings, torch));
  });
  return told;
}

/** Undefined where the device has no wgmma, or one that does not pass its check; a row says which. */
function measured(one: KernelCase, addon: string, found: KernelMeasure["found"]): number | undefined {
  try {
    return millisecondsOf(addon, one);
  } catch (error) {
    if (!one.kernel.endsWith("-wgmma")) throw error;
    found({ what: one.name, leftOut: error instanceof Error ? error.message : String(error) });
    return undefined;
  }
}

export function kernelRow(one: KernelCase, own: number, ceilings: Ceilings, torch: number | undefined) {
  const floor = floorOf(kernelWork(one.kernel, one.shape), ceilings);
  return {
    what: one.name,
    milliseconds: rounded(own, 4),
    floor: rounded(floor.milliseconds, 4),
    bound: floor.bound,
    percentOfFloor: rounded((floor.milliseconds / own) * 100, 1),
    torch: torch === undefined ? "" : rounded(torch, 4),
    timesTorch: torch === undefined ? "" : rounded(torch / own),
  };
}
