/** Products of many rows by cuBLASLt: what it is asked for, and that answers stay near the reference. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { type CudaDeviceOptions, createCudaDevice } from "../../runtime/device/cuda.ts";
import { buildEmulatedCuda } from "../support/runtime/emulated-cuda.ts";
import { buildEmulatedNccl } from "../support/runtime/emulated-nccl.ts";
import { fakeCublasLt } from "../support/runtime/fake-cublaslt.ts";
import { distance } from "../support/runtime/goldens.ts";
import { madeUpModel } from "../support/runtime/made-up-weights.ts";
import { referenceLogprobs } from "../support/runtime/reference.ts";
import { llamaShape } from "../support/runtime/shapes.ts";
import { blocksFrom, byToken, Steps, smallLimits, tokensOf } from "../support/runtime/steps.ts";

const addon = await buildEmulatedCuda();
const rows = 100;
const tolerance = 0.15;

function deviceOf(directory: string, files: readonly string[], shared: Partial<CudaDeviceOptions> = {}) {
  const limits = { ...smallLimits, stepTokens: 200 };
  const given = { addon, directory, limits, blocks: 80, threads: 2 };
  return createCudaDevice({ ...given, library: { files, rows }, ...shared });
}

const biasedShape = { ...llamaShape, architectures: ["Qwen2ForCausalLM"] };

test.each([
  { case: "without biases", shape: llamaShape, epilogue: 1 },
  { case: "with biases of queries, keys and values", shape: biasedShape, epilogue: 4 },
])("$case: near the slow reference, and each product as planned", (row) => {
  const library = fakeCublasLt();
  const { directory, config, tensors } = madeUpModel(row.shape);
  const device = deviceOf(directory, ["/nowhere/libcublasLt.so.13", library.file]);
  expect(device.facts.name).toBe("cuda:0 emulated, with wgmma, with cuBLASLt");
  expect(library.calls()).toEqual(["create"]);
  const tokens = tokensOf(3, 133);
  const wanted = referenceLogprobs(config, tensors, tokens);
  const choice = { logprobs: config.vocabularySize };
  const blocks = blocksFrom(0, 133);
  const run = (start: number, end: number) => {
    const [answer] = new Steps(device).run([{ tokens, start, end, blocks, choice }]);
    return distance(answer ? byToken(answer) : [], wanted[end - 1] ?? []);
  };
  // Few rows are none of the library's business.
  expect(run(0, rows - 1)).toBeLessThan(tolerance);
  expect(library.calls()).toEqual(["create"]);
  expect(run(0, rows)).toBeLessThan(tolerance);
  const calls = library.calls().slice(1);
  expect(calls).toHaveLength(4 * config.layers);
  expect(calls[0]).toContain("m=160 n=128 k=96 strides=96,96,160");
  expect(calls[0]).toContain(`transposed=1 epilogue=${row.epilogue}`);
  for (const [index, call] of calls.entries()) {
    expect(call).toContain(" n=128 ");
    expect(call.endsWith(" added")).toBe(index % 2 === 1);
    expect(call).toContain(index % 4 === 2 ? "types=14,14,14" : "types=14,14,0");
  }
  expect(run(0, 133)).toBeLessThan(tolerance);
  // Behind 128 rows the next plan is of all that a step may have.
  expect(library.calls().at(-1)).toContain(" n=200 ");
  device.close();
  expect(library.calls().at(-1)).toBe("destroy");
});

test("without a library the device's own products compute, and its name says why", () => {
  // Of a device whose own products have one order of sums.
  process.env.EMULATED_WGMMA = "none";
  const { directory } = madeUpModel(llamaShape);
  const device = deviceOf(directory, [join(directory, "config.json"), "/nowhere/libcublasLt.so.13"]);
  expect(device.facts.name).toMatch(
    /^cuda:0 emulated, without cuBLASLt \(.*config\.json: .*; \/nowhere\/libcublasLt\.so\.13: .*\)$/,
  );
  const own = createCudaDevice({ addon, directory, limits: smallLimits, blocks: 80, threads: 2 });
  const slice = { tokens: tokensOf(3, 120), start: 0, end: 120, blocks: blocksFrom(0, 120) };
  const asked = [{ ...slice, choice: { logprobs: 20 } }];
  expect(new Steps(device).run(asked)).toEqual(new Steps(own).run(asked));
  for (const one of [device, own]) one.close();
  delete process.env.EMULATED_WGMMA;
});

test("GPUs that share a model each have a library, whose products are summed afterwards", async () => {
  const library = fakeCublasLt();
  const { directory, config, tensors } = madeUpModel(llamaShape);
  const shared = { tensorParallel: 2, ncclLibraries: [await buildEmulatedNccl()] };
  const device = deviceOf(directory, [library.file], shared);
  const tokens = tokensOf(3, 120);
  const choice = { logprobs: config.vocabularySize };
  const slice = { tokens, start: 0, end: 120, blocks: blocksFrom(0, 120), choice };
  const [answer] = new Steps(device).run([slice]);
  device.close();
  const [wanted = []] = referenceLogprobs(config, tensors, tokens).slice(-1);
  expect(distance(answer ? byToken(answer) : [], wanted)).toBeLessThan(tolerance);
  const products = library.calls().filter((call) => call.startsWith("multiply"));
  expect(products).toHaveLength(2 * 4 * config.layers);
  expect(products.filter((call) => call.endsWith(" added"))).toEqual([]);
});
