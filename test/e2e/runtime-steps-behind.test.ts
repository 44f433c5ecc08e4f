/** A device that is told of a step before it has ended another: the tokens of this one are filled in. */
import { expect, test } from "vitest";
import type { Device } from "../../runtime/device/contract.ts";
import { createCudaDevice } from "../../runtime/device/cuda.ts";
import { cudaUnderTest } from "../support/runtime/cuda-devices.ts";
import { buildEmulatedCuda } from "../support/runtime/emulated-cuda.ts";
import { buildEmulatedNccl } from "../support/runtime/emulated-nccl.ts";
import { madeUpModel } from "../support/runtime/made-up-weights.ts";
import { llamaShape as shape } from "../support/runtime/shapes.ts";
import { deviceOf, Steps, smallLimits } from "../support/runtime/steps.ts";

const sizes = () => ({
  directory: madeUpModel(shape).directory,
  limits: smallLimits,
  blocks: 80,
  threads: 2,
});
const libraries = [await buildEmulatedNccl()];
const addon = await buildEmulatedCuda();
const devices: readonly { readonly where: string; readonly make: () => Device }[] = [
  { where: "the processor", make: () => deviceOf(madeUpModel(shape).directory) },
  ...cudaUnderTest.map((cuda) => ({
    where: `CUDA ${cuda.where}`,
    make: () => createCudaDevice({ ...sizes(), addon: cuda.addon }),
  })),
  {
    where: "two emulated GPUs",
    make: () => createCudaDevice({ ...sizes(), addon, tensorParallel: 2, ncclLibraries: libraries }),
  },
];

test.each(devices)(
  "$where: a second step goes on behind the first's tokens, and a third waits",
  ({ make }) => {
    const device = make();
    expect(device.stepsAtOnce).toBe(2);
    const [first, second] = [new Steps(device), new Steps(device)];
    const prompts = [[1, 2, 3], [4]];
    const slices = prompts.map((tokens, index) => ({
      tokens,
      start: 0,
      end: tokens.length,
      blocks: [index],
    }));
    const got = first.run(slices).map(({ sampled }) => sampled);
    const next = prompts.map((tokens, index) => {
      const all = [...tokens, got[index] ?? 0];
      return { tokens: all, start: tokens.length, end: all.length, blocks: [index] };
    });
    const wanted = second.run(next);
    first.batch.sampled.fill(-1);
    device.start(first.batch);
    // The other way round: rows have no order.
    second.write([...next].reverse());
    second.batch.tokenIds.set([-2, -1]);
    device.start(second.batch);
    expect(() => device.start(new Steps(device).batch)).toThrow("a step is under way");
    expect(() => device.start(first.batch)).toThrow("a step is under way");
    for (let step = 0; step < 2; step += 1) while (!device.finish(0.01));
    expect([...first.batch.sampled.subarray(0, 2)]).toEqual(got);
    expect([...second.batch.tokenIds.subarray(0, 2)]).toEqual([got[1], got[0]]);
    expect(second.answers([...next].reverse()).flat()).toEqual([...wanted].reverse());
    device.start(first.batch);
    device.start(second.batch);
    device.close();
  },
);

const refused = [
  { case: "no step is under way", id: -1, isBehind: false },
  { case: "the step before has no such row", id: -3, isBehind: true },
  { case: "the step before samples nothing in that row", id: -2, isBehind: true },
];

test.each(devices.flatMap((device) => refused.map((row) => ({ ...device, ...row }))))(
  "$where: a token of a row is refused where $case",
  ({ make, id, isBehind }) => {
    const device = make();
    const [first, second] = [new Steps(device), new Steps(device)];
    first.write([
      { tokens: [1], start: 0, end: 1, blocks: [0] },
      { tokens: [2, 3], start: 0, end: 1, blocks: [1], isSampled: false },
    ]);
    second.write([{ tokens: [1, 1], start: 1, end: 2, blocks: [0] }]);
    second.batch.tokenIds[0] = id;
    if (isBehind) device.start(first.batch);
    expect(() => device.start(second.batch)).toThrow("id of token 0 is out of bounds");
    if (isBehind) device.finish(Number.POSITIVE_INFINITY);
    device.close();
  },
);
