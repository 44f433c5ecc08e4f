/**
 * Products of many rows by Hopper's warpgroups, on the emulated device: near what transformers computed and
 * near the slow reference, only where sums may have any order, and checked before they are used. What the
 * emulation takes for mistakes is shown here as well.
 */
import { afterEach, expect, test } from "vitest";
import type { Device } from "../../runtime/device/contract.ts";
import { type CudaDeviceOptions, createCudaDevice, cudaRefusal, wgmmaOf } from "../../runtime/device/cuda.ts";
import { modelConfig } from "../../runtime/models/model-config.ts";
import { adaptedConfig, adapterGoldens, adapters } from "../support/runtime/adapter-goldens.ts";
import { buildEmulatedCuda } from "../support/runtime/emulated-cuda.ts";
import { buildMistakes } from "../support/runtime/emulated-mistakes.ts";
import { expectGolden } from "../support/runtime/golden-steps.ts";
import { distance, goldens, toleranceOf } from "../support/runtime/goldens.ts";
import { madeUpModel } from "../support/runtime/made-up-weights.ts";
import { referenceLogprobs } from "../support/runtime/reference.ts";
import { gemmaShape, llamaShape } from "../support/runtime/shapes.ts";
import { blocksFrom, byToken, Steps, smallLimits, tokensOf } from "../support/runtime/steps.ts";

const addon = await buildEmulatedCuda();
const noLibrary = "/nowhere/libcublasLt.so.13";
const withWgmma = /^cuda:0 emulated, with wgmma, without cuBLASLt \(\/nowhere\/libcublasLt\.so\.13: .*\)$/;
/** Of the answers to a golden's prompt. */
const goldenTokens = 3;

afterEach(() => {
  delete process.env.EMULATED_WGMMA;
});

/** Products of `rows` tokens and more may have any order. */
function deviceOf(directory: string, rows: number, given: Partial<CudaDeviceOptions> = {}) {
  const library = { files: [noLibrary], rows };
  return createCudaDevice({
    ...{ addon, directory, limits: smallLimits, blocks: 80, threads: 2, library },
    ...given,
  });
}

function invariantDeviceOf(directory: string) {
  return createCudaDevice({ addon, directory, limits: smallLimits, blocks: 80, threads: 2 });
}

test.each(goldens.filter(({ config }) => cudaRefusal(modelConfig("config.json", config)) === undefined))(
  "$name: prompts by wgmma, as transformers computed them",
  (golden) => {
    const device = deviceOf(madeUpModel(golden.config).directory, 2);
    expect(device.facts.name).toMatch(withWgmma);
    const asked = { ...golden, answer: golden.answer.slice(0, goldenTokens) };
    expectGolden(device, asked, { tolerance: toleranceOf("bf16", golden.config) });
    device.close();
  },
);

test.each([
  { case: "biases", shape: { ...llamaShape, architectures: ["Qwen2ForCausalLM"] }, tolerance: 0.15 },
  { case: "norms before sums", shape: gemmaShape, tolerance: 0.1 },
])("$case: any number of rows, near the slow reference", ({ shape, tolerance }) => {
  const { directory, config, tensors } = madeUpModel(shape);
  const [device, own] = [deviceOf(directory, 65), invariantDeviceOf(directory)];
  const tokens = tokensOf(3, 300);
  const wanted = referenceLogprobs(config, tensors, tokens);
  const choice = { logprobs: config.vocabularySize };
  // Blocks of 128 rows, those of 256, and what lies around them; fewer rows than 65 are computed as ever.
  for (const end of [64, 65, 128, 129, 257, 300]) {
    const slice = { tokens, start: 0, end, blocks: blocksFrom(0, 300), choice };
    const run = (one: Device) => new Steps(one).run([slice])[0];
    const answer = run(device);
    expect(distance(answer ? byToken(answer) : [], wanted[end - 1] ?? [])).toBeLessThan(tolerance);
    if (end > 65) continue;
    // Which rows they compute is seen where they go wrong.
    process.env.EMULATED_WGMMA = "broken";
    if (end < 65) expect(run(device)).toEqual(run(own));
    else expect(run(device)).not.toEqual(answer);
    delete process.env.EMULATED_WGMMA;
  }
  for (const one of [device, own]) one.close();
});

test("adapters are added to prompts by wgmma, as PEFT computed them", () => {
  const device = deviceOf(madeUpModel(adaptedConfig).directory, 2, { adapters });
  for (const [index, golden] of adapterGoldens.entries()) {
    const asked = { ...golden, answer: golden.answer.slice(0, goldenTokens) };
    expectGolden(device, asked, { tolerance: 0.15, adapter: index + 1 });
  }
  device.close();
});

test("rows of a product have nothing of each other", () => {
  const { directory } = madeUpModel(llamaShape);
  const device = deviceOf(directory, 65);
  const tokens = tokensOf(3, 70);
  const slice = { tokens, start: 0, end: 70, blocks: blocksFrom(0, 70), choice: { logprobs: 20 } };
  const other = { ...slice, tokens: tokensOf(4, 70), blocks: blocksFrom(20, 70) };
  const [alone] = new Steps(device).run([slice]);
  const [, among] = new Steps(device).run([other, slice]);
  expect(among).toEqual(alone);
  device.close();
});

test("a device whose products are wrong computes without them, and its name says so", () => {
  const { directory } = madeUpModel(llamaShape);
  process.env.EMULATED_WGMMA = "broken";
  const device = deviceOf(directory, 2);
  expect(device.facts.name).toMatch(
    /^cuda:0 emulated, without wgmma \([1-9]\d* of 48000 checked sums are wrong\), without cuBLASLt \(.*\)$/,
  );
  const own = invariantDeviceOf(directory);
  expect(own.facts.name).toBe("cuda:0 emulated");
  const slice = { tokens: tokensOf(3, 120), start: 0, end: 120, blocks: blocksFrom(0, 120) };
  const asked = [{ ...slice, choice: { logprobs: 20 } }];
  expect(new Steps(device).run(asked)).toEqual(new Steps(own).run(asked));
  expect(wgmmaOf(addon)).toMatch(/^not used: [1-9]\d* of 48000 checked sums are wrong$/);
  for (const one of [device, own]) one.close();
});

test("a device whose products of many blocks are wrong is found out as well", () => {
  process.env.EMULATED_WGMMA = "crowded";
  // Of the checked product 100 rows of 3 blocks, with 128 outputs each.
  expect(wgmmaOf(addon)).toMatch(/^not used: [1-9]\d* of 38400 checked sums are wrong$/);
});

test("devices of other architectures have none, and are not told to be without", () => {
  process.env.EMULATED_WGMMA = "none";
  const device = deviceOf(madeUpModel(llamaShape).directory, 2);
  expect(device.facts.name).toMatch(/^cuda:0 emulated, without cuBLASLt \(.*\)$/);
  device.close();
  expect(wgmmaOf(addon)).toBe("none");
  delete process.env.EMULATED_WGMMA;
  expect(wgmmaOf(addon)).toBe("checked");
});

const mistakes: Readonly<Record<string, string | RegExp>> = {
  "no mistake": "right",
  "begun early, awaited": "right",
  "begun early": /a kernel that may begin early did not wait for those before/,
  "begun early, divided otherwise": /may begin early divides a multiprocessor's memory otherwise/,
  "copies that are not aligned": /a copy is not aligned/,
  "start address": "wrong",
  stride: "wrong",
  swizzle: "wrong",
  layout: "wrong",
  alignment: "wrong",
  "sums read early": "wrong",
  "reserved bits": /a descriptor has bits that mean nothing/,
  outside: /a product reads outside of shared memory/,
  "copies on their way": /a product reads what is still being copied/,
  "no fence of copies": /a product reads what was copied and not shown to it by a fence/,
  "no fence of sums": /a product begins without a fence behind what was done to its sums/,
  "sums written early": /sums were written while a product had them/,
  "copies over what is read": /a copy goes where a product still reads/,
  "threads that differ": /threads of a warpgroup multiply different things/,
  "threads that are missing": /some threads of a warpgroup multiply, others do not/,
  "no wait": /a thread ends before its products/,
};

test("the emulation finds each mistake that a kernel can make with them", () => {
  const said = buildMistakes();
  for (const [mistake, wanted] of Object.entries(mistakes))
    expect([mistake, said(mistake)]).toEqual([
      mistake,
      typeof wanted === "string" ? wanted : expect.stringMatching(wanted),
    ]);
});
