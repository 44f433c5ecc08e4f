/**
 * Adapters of low rank on a CUDA device, emulated or real: what PEFT computed, and that requests of several
 * adapters in one step are answered as each is alone, bit for bit.
 */
import { expect, test } from "vitest";
import {
  adaptedConfig,
  adapterGoldens,
  adapters,
  alone,
  members,
  sliceOf,
  together,
} from "../support/runtime/adapter-goldens.ts";
import { cudaOf, cudaUnderTest } from "../support/runtime/cuda-devices.ts";
import { expectGolden } from "../support/runtime/golden-steps.ts";
import { madeUpModel } from "../support/runtime/made-up-weights.ts";
import { quantisedModel } from "../support/runtime/quantised-models.ts";
import { Steps, smallLimits } from "../support/runtime/steps.ts";

test.each(cudaUnderTest)("$where: log probabilities and tokens as PEFT computed them", ({ addon }) => {
  const device = cudaOf(madeUpModel(adaptedConfig).directory, addon, smallLimits, adapters);
  expect(device.facts.adapters).toEqual(adapterGoldens.map(({ name }) => name));
  for (const [index, golden] of adapterGoldens.entries()) {
    // As on the processor in bfloat16: what these adapters add is as large as what the model gives.
    expectGolden(device, golden, { tolerance: 0.15, adapter: index + 1 });
  }
  device.close();
});

test.each(cudaUnderTest)("$where: each among others as alone, and without adapters as ever", ({ addon }) => {
  const { directory } = madeUpModel(adaptedConfig);
  const device = cudaOf(directory, addon, smallLimits, adapters);
  // All prompts together are more rows than the kernels for few take.
  const found = together(device);
  expect(found).toEqual(alone(device));
  device.close();
  const plain = cudaOf(directory, addon);
  const steps = new Steps(plain);
  for (const [index, { adapter }] of members.entries()) {
    const answers = [0, 1].flatMap((turn) => steps.run([{ ...sliceOf(index, turn), adapter: 0 }]));
    const wanted = [found[0]?.[index], found[1]?.[index]];
    if (adapter === 0) expect(answers).toEqual(wanted);
    else expect(answers).not.toEqual(wanted);
  }
  plain.close();
});

test.each(cudaUnderTest)("$where: a prompt of an adapter cut anywhere", ({ addon }) => {
  const device = cudaOf(madeUpModel(adaptedConfig).directory, addon, smallLimits, adapters);
  const steps = new Steps(device);
  const tokens = Array.from({ length: 80 }, (_, index) => (index * 37 + 5) % 128);
  const slice = { tokens, blocks: [7, 2, 0, 5, 3], adapter: 2, choice: { logprobs: 128 } };
  const [whole] = steps.run([{ ...slice, start: 0, end: 80 }]);
  for (const cut of [[1], [33, 79]]) {
    const ends = [...cut, 80];
    const answers = ends.map((end, index) => steps.run([{ ...slice, start: ends[index - 1] ?? 0, end }])[0]);
    expect(answers.at(-1)).toEqual(whole);
  }
  device.close();
});

test.each(cudaUnderTest)("$where: adapters of a quantised model", ({ addon }) => {
  const directory = quantisedModel(adaptedConfig, { bits: 8, isPacked: true });
  const device = cudaOf(directory, addon, smallLimits, adapters);
  expect(together(device).slice(0, 2)).toEqual(alone(device).slice(0, 2));
  device.close();
});

test.each(cudaUnderTest)("$where: an adapter that is none, and its bytes", ({ addon }) => {
  const { directory } = madeUpModel(adaptedConfig);
  const device = cudaOf(directory, addon, smallLimits, adapters);
  const plain = cudaOf(directory, addon);
  expect(device.facts.weightBytes).toBeGreaterThan(plain.facts.weightBytes);
  expect(device.facts.workspaceBytes).toBeGreaterThan(plain.facts.workspaceBytes);
  expect(plain.facts.adapters).toBeUndefined();
  const slice = { tokens: [1], start: 0, end: 1, blocks: [0] };
  for (const adapter of [-1, 4])
    expect(() => new Steps(device).run([{ ...slice, adapter }])).toThrow(
      "adapter of sequence 0 is out of bounds",
    );
  expect(() => new Steps(plain).run([{ ...slice, adapter: 1 }])).toThrow(
    "adapter of sequence 0 is out of bounds",
  );
  device.close();
  plain.close();
});
