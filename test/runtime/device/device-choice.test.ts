import { expect, test } from "vitest";
import { type CudaSteps, chooseDevice, findCuda } from "../../../runtime/device/device-choice.ts";
import { modelConfig } from "../../../runtime/models/model-config.ts";
import { llamaShape } from "../../support/runtime/shapes.ts";
import { addon } from "../../support/runtime/steps.ts";

const well: CudaSteps = {
  refusal: () => undefined,
  hasDriver: () => true,
  build: () => Promise.resolve("cuda.node"),
  devices: () => ({}),
};
const config = modelConfig("config.json", llamaShape);

const lacks: readonly { case: string; change: Partial<CudaSteps>; reason: string | RegExp }[] = [
  { case: "the model", change: { refusal: () => "not this one" }, reason: "not this one" },
  { case: "the driver", change: { hasDriver: () => false }, reason: /no NVIDIA driver/ },
  { case: "a compiler", change: { build: () => undefined }, reason: /no nvcc.*doctor --install-cuda/ },
  { case: "a device", change: { devices: () => ({ reason: "none" }) }, reason: "none" },
];

test.each(lacks)("CUDA is not used for want of $case: auto says why, cuda throws", async (row) => {
  const steps = { ...well, ...row.change };
  expect(await findCuda(steps)).toEqual({ reason: expect.stringMatching(row.reason) });
  expect(await chooseDevice("auto", config, steps)).toEqual({
    device: "cpu",
    addon,
    reason: expect.stringMatching(row.reason),
  });
  await expect(chooseDevice("cuda", config, steps)).rejects.toThrow("engine.device: CUDA cannot be used: ");
});

test("a device that is there is taken, unless the processor is asked for", async () => {
  expect(await chooseDevice("auto", config, well)).toEqual({ device: "cuda", addon: "cuda.node" });
  expect(await chooseDevice("cuda", config, well)).toEqual({ device: "cuda", addon: "cuda.node" });
  expect(await chooseDevice("cpu", config, well)).toEqual({ device: "cpu", addon });
});

test("nothing is built for a model that is refused, nor without a driver", async () => {
  const build = () => Promise.reject(new Error("built"));
  await findCuda({ ...well, refusal: () => "no", build });
  await findCuda({ ...well, hasDriver: () => false, build });
});
