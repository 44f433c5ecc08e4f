/** What CUDA devices do that are not alike, or older than an H200's software, on the emulated device. */
import { afterEach, expect, test } from "vitest";
import type { Device } from "../../runtime/device/contract.ts";
import { cudaOf } from "../support/runtime/cuda-devices.ts";
import { buildEmulatedCuda } from "../support/runtime/emulated-cuda.ts";
import { madeUpModel } from "../support/runtime/made-up-weights.ts";
import { llamaShape } from "../support/runtime/shapes.ts";
import { blocksFrom, Steps, tokensOf } from "../support/runtime/steps.ts";

const addon = await buildEmulatedCuda();
const choice = { logprobs: 20 };

afterEach(() => {
  for (const name of ["EMULATED_DRIVER", "EMULATED_EARLY"]) delete process.env[name];
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
