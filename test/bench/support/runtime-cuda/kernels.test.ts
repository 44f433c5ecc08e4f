import { expect, test } from "vitest";
import { kernelCases, kernelRow, measureKernels } from "../../../../bench/support/runtime-cuda/kernels.ts";
import { cudaUnderTest } from "../../../support/runtime/cuda-devices.ts";
import { buildEmulatedCuda } from "../../../support/runtime/emulated-cuda.ts";

const ceilings = { bytesPerSecond: 1e12, flopsPerSecond: 1e14 };
const product = {
  name: "product",
  kernel: "product",
  shape: { rows: 1, inputs: 5000, outputs: 100_000 },
} as const;

test("a kernel beside its floor, and beside PyTorch where that was measured", () => {
  // 1,000,000,000 bytes of weights, 10,000 of input and 400,000 of output.
  expect(kernelRow(product, 2, ceilings, 3)).toEqual({
    what: "product",
    milliseconds: 2,
    floor: 1.0004,
    bound: "bytes",
    percentOfFloor: 50,
    torch: 3,
    timesTorch: 1.5,
  });
  expect(kernelRow(product, 2, ceilings, undefined)).toMatchObject({ torch: "", timesTorch: "" });
});

test("every kernel of a step is among the cases, under a name of its own", () => {
  const model = { layers: 1, hidden: 32, intermediate: 64, heads: 2, kvHeads: 1, headDim: 16 };
  const cases = kernelCases({ ...model, vocabularySize: 100 });
  expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
  expect(new Set(cases.map(({ kernel }) => kernel))).toEqual(
    new Set([
      ...["product", "product-add", "product-gate", "decode", "prefill"],
      ...["product-int8", "product-int4"],
      ...["product-wgmma", "product-add-wgmma", "product-gate-wgmma"],
      ...["norm", "embed", "place", "sample", "sample-flat"],
    ]),
  );
});

test.each(cudaUnderTest)("$where: a case is told, and once more with PyTorch's time", async ({ addon }) => {
  const norm = { name: "norm", kernel: "norm", shape: { rows: 1, inputs: 32 } } as const;
  const rows: Parameters<Parameters<typeof measureKernels>[1]["found"]>[0][] = [];
  const told = await measureKernels([norm], {
    ...{ addon, ceilings, found: (row) => rows.push(row) },
    torchOf: async ([one], found) => {
      expect(rows).toHaveLength(1);
      found(one?.name ?? "", 1);
      found("another", 2);
      return { told: "PyTorch 2.11" };
    },
  });
  expect(told).toBe("PyTorch 2.11");
  expect(rows).toMatchObject([
    { what: "norm", bound: "bytes", torch: "" },
    { what: "norm", bound: "bytes", torch: 1 },
  ]);
  const [first, second] = rows.map((row) => ("leftOut" in row ? row.leftOut : row.milliseconds));
  expect(second).toBe(first);
});

test("a GPU without wgmma is a row that says so, and the others are measured", async () => {
  process.env.EMULATED_WGMMA = "none";
  const shape = { rows: 300, inputs: 64, outputs: 64 };
  const rows: { what: string; leftOut?: string }[] = [];
  await measureKernels(
    [
      { name: "newer", kernel: "product-wgmma", shape },
      { name: "older", kernel: "product", shape },
    ],
    {
      ...{ addon: await buildEmulatedCuda(), ceilings, found: (row) => rows.push(row) },
      torchOf: async () => ({ told: "" }),
    },
  );
  delete process.env.EMULATED_WGMMA;
  expect(rows.map(({ what, leftOut }) => [what, leftOut])).toEqual([
    ["newer", "the device has no wgmma"],
    ["older", undefined],
  ]);
});
