/** How much of a GPU's memory the KV cache takes where nobody says it. */
import { expect, test } from "vitest";
import { createCudaDevice } from "../../runtime/device/cuda.ts";
import { deviceMemory } from "../../runtime/device/cuda-timing.ts";
import { cudaUnderTest } from "../support/runtime/cuda-devices.ts";
import { madeUpModel } from "../support/runtime/made-up-weights.ts";
import { llamaShape } from "../support/runtime/shapes.ts";
import { Steps, smallLimits } from "../support/runtime/steps.ts";

test.each(cudaUnderTest)("$where: a KV cache of what is left of a share of the memory", ({ addon }) => {
  const { directory } = madeUpModel(llamaShape);
  const create = (memoryShare: number) =>
    createCudaDevice({ addon, directory, limits: smallLimits, threads: 2, memoryShare });
  const device = create(0.05);
  const { totalBytes, freeBytes } = deviceMemory(addon);
  const { blocks, kvCacheBytes } = device.facts;
  expect(kvCacheBytes).toBe(blocks * 4096);
  // Pages are given as wholes, and one ends each allocation that is emulated.
  const left = Math.floor(0.05 * totalBytes) - (totalBytes - freeBytes);
  expect(Math.abs(left)).toBeLessThan(16_384);
  const steps = new Steps(device);
  // A graph takes its memory when the model is loaded, not in the first step that is one.
  steps.run([{ tokens: [1], start: 0, end: 1, blocks: [0] }]);
  expect(deviceMemory(addon).freeBytes).toBe(freeBytes);
  const tokens = Array.from({ length: 40 }, (_, index) => (index * 7) % 100);
  const slice = { tokens, start: 0, end: 40, choice: { logprobs: 20 } };
  const [answer] = steps.run([{ ...slice, blocks: [blocks - 1, 0, blocks - 2] }]);
  expect(answer).toEqual(steps.run([{ ...slice, blocks: [0, 1, 2] }])[0]);
  device.close();
  const figures =
    /no room for a KV cache: 0 MiB of the device's \d+ MiB may be used and \d+ MiB are, .* 320 tokens/;
  expect(() => create(0.0001)).toThrow(figures);
});
