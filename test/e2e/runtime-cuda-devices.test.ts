/** What CUDA devices do that are not alike, or older than an H200's software, on the emulated device. */
import { afterEach, expect, test } from "vitest";
import { type Device, poolings } from "../../runtime/device/contract.ts";
import { createCudaDevice } from "../../runtime/device/cuda.ts";
import { cudaOf } from "../support/runtime/cuda-devices.ts";
import { buildEmulatedCuda } from "../support/runtime/emulated-cuda.ts";
import { madeUpModel } from "../support/runtime/made-up-weights.ts";
import { quantisedModel } from "../support/runtime/quantised-models.ts";
import { llamaShape, mixtureShape } from "../support/runtime/shapes.ts";
import { blocksFrom, Steps, smallLimits, tokensOf } from "../support/runtime/steps.ts";

const addon = await buildEmulatedCuda();
const choice = { logprobs: 20 };

afterEach(() => {
  for (const name of ["EMULATED_DRIVER", "EMULATED_EARLY", "EMULATED_WGMMA"]) delete process.env[name];
});

/** A prompt, and a token behind it: the latter is a graph. */
function answersOf(device: Device) {
  const steps = new Steps(device);
  const slice = { tokens: tokensOf(1, 21), blocks: blocksFrom(0, 21), choice };
  return [steps.run([{ ...slice, start: 0, end: 20 }]), steps.run([{ ...slice, start: 20, end: 21 }])];
}

test.each([
  { case: "a driver of CUDA 12.2", name: "EMULATED_DRIVER", value: "12020", told: "" },
  {
    case: "a driver that refuses them",
    name: "EMULATED_EARLY",
    value: "refused",
    told: ", without kernels that begin early (CUDA: a kernel cannot be launched: emulated error)",
  },
])("$case: graphs without kernels that begin early", ({ name, value, told }) => {
  const { directory } = madeUpModel(llamaShape);
  const plain = cudaOf(directory, addon);
  expect(plain.facts.name).toBe("cuda:0 emulated");
  process.env[name] = value;
  const device = cudaOf(directory, addon);
  expect(device.facts.name).toBe(`cuda:0 emulated${told}`);
  expect(answersOf(device)).toEqual(answersOf(plain));
  for (const one of [device, plain]) one.close();
});

test("experts are chosen by sums of one order, whatever computes the other products", () => {
  // Of products with 70 rows the router's alone has no codes.
  const directory = quantisedModel(mixtureShape, { bits: 8, isPacked: true });
  const library = { files: ["/nowhere/libcublasLt.so.13"], rows: 65 };
  const given = { addon, directory, limits: smallLimits, blocks: 80, threads: 2 };
  const [device, own] = [createCudaDevice({ ...given, library }), createCudaDevice(given)];
  expect(device.facts.name).toMatch(/^cuda:0 emulated, with wgmma/);
  // What warpgroups computed now would be wrong.
  process.env.EMULATED_WGMMA = "broken";
  const slice = { tokens: tokensOf(3, 70), start: 0, end: 70, blocks: blocksFrom(0, 70), choice };
  expect(new Steps(device).run([slice])).toEqual(new Steps(own).run([slice]));
  for (const one of [device, own]) one.close();
});

// The emulation ends where bytes behind those that were allocated were read or written.
test("what is told of three sequences are no whole words, and fits", () => {
  const { directory } = madeUpModel(llamaShape);
  const pooled = (sequences: number) => {
    const device = cudaOf(directory, addon, { ...smallLimits, sequences });
    const steps = new Steps(device);
    steps.batch.pooling[0] = poolings.last;
    steps.run([{ tokens: tokensOf(9, 24), start: 0, end: 24, blocks: [4, 1], isSampled: false }]);
    device.close();
    return [...steps.batch.pooled.subarray(0, device.facts.hiddenSize)];
  };
  expect(pooled(3)).toEqual(pooled(8));
});
