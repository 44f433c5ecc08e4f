import { expect, test } from "vitest";
import {
  deviceMemory,
  type TimedKernel,
  type TimedShape,
  timeKernel,
} from "../../../runtime/device/cuda-timing.ts";
import { cudaUnderTest } from "../../support/runtime/cuda-devices.ts";

const heads = { heads: 20, kvHeads: 1, headDim: 16 };
const kernels: readonly { kernel: TimedKernel; shape: TimedShape }[] = [
  { kernel: "copy", shape: { inputs: 4096 } },
  { kernel: "read", shape: { inputs: 4096 } },
  { kernel: "product", shape: { rows: 3, inputs: 70, outputs: 50 } },
  { kernel: "product-add", shape: { rows: 70, inputs: 70, outputs: 50 } },
  { kernel: "product-gate", shape: { rows: 9, inputs: 70, outputs: 50 } },
  { kernel: "product-wgmma", shape: { rows: 70, inputs: 70, outputs: 50 } },
  { kernel: "product-add-wgmma", shape: { rows: 130, inputs: 70, outputs: 150 } },
  { kernel: "product-gate-wgmma", shape: { rows: 300, inputs: 200, outputs: 130 } },
  { kernel: "product-int8", shape: { rows: 3, inputs: 70, outputs: 50 } },
  { kernel: "product-int4", shape: { rows: 70, inputs: 70, outputs: 50 } },
  { kernel: "norm", shape: { rows: 3, inputs: 70 } },
  { kernel: "embed", shape: { rows: 3, inputs: 70, vocabulary: 100 } },
  { kernel: "place", shape: { ...heads, rows: 3, contextTokens: 40 } },
  { kernel: "decode", shape: { ...heads, rows: 3, contextTokens: 140 } },
  { kernel: "prefill", shape: { ...heads, rows: 17, contextTokens: 140 } },
  { kernel: "sample", shape: { rows: 2, vocabulary: 70, temperature: 1, topP: 0.9 } },
  { kernel: "sample-flat", shape: { rows: 2, vocabulary: 70, temperature: 1, topP: 0.9 } },
];

// The emulated device aborts where a kernel reads or writes what is not its own.
test.each(cudaUnderTest.flatMap((cuda) => kernels.map((row) => ({ ...cuda, ...row }))))(
  "$where, $kernel: a time for each repeat",
  ({ addon, kernel, shape }) => {
    const times = timeKernel(addon, kernel, shape, { launches: 2, repeats: 3 });
    expect(times).toHaveLength(3);
    for (const time of times) expect(time).toBeGreaterThanOrEqual(0);
  },
);

test.each(cudaUnderTest)("$where: what is measured is given back", ({ addon }) => {
  const before = deviceMemory(addon);
  expect(before.freeBytes).toBeLessThanOrEqual(before.totalBytes);
  timeKernel(addon, "product", { rows: 1, inputs: 64, outputs: 64 }, { launches: 1, repeats: 1 });
  expect(deviceMemory(addon)).toEqual(before);
});

test.each(cudaUnderTest)("$where: a kernel that is not there is refused", ({ addon }) => {
  const unknown = "multiply" as TimedKernel;
  expect(() => timeKernel(addon, unknown, {}, { launches: 1, repeats: 1 })).toThrow(
    'there is no kernel "multiply" to measure',
  );
});
