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
  readonly found: (row: ReturnType<typeof kernelRow>) => void;
}

const drawn = { temperature: 1, topP: 0.9 };
const repeats = { launches: 16, repeats: 9 };
/** A quarter of a GiB each way, far more than any cache. */
const copiedFloats = 2 ** 26;
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
  return [products, quantised, heading, decodes, prefills, others, samplings(vocabularySize)].flat();
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
  const own = new Map(
    cases.map((one) => {
      const milliseconds = millisecondsOf(addon, one);
      found(kernelRow(one, milliseconds, ceilings, undefined));
      return [one.name, { one, milliseconds }] as const;
    }),
  );
  const { told } = await torchOf(cases, (name, torch) => {
    const known = own.get(name);
    if (known) found(kernelRow(known.one, known.milliseconds, ceilings, torch));
  });
  return told;
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
