import { expect, test } from "vitest";
import {
  driverReserve,
  runtimeProcesses,
  servingEngines,
} from "../../../components/catalogue/serving-engines.ts";
import { blockTokens } from "../../../runtime/device/native.ts";
import { engineSettings } from "../../../runtime/engine-settings.ts";

test("what vLLM takes has a source, and leaves something of an accelerator", () => {
  const { source, memoryUtilization, contextGiB, collectiveGiB, graphGiB } = servingEngines.vllm;
  expect(source).toContain("vllm-project/vllm#10517");
  expect(memoryUtilization).toBe(0.9);
  expect(contextGiB + collectiveGiB + graphGiB).toBeLessThan(2);
});

test("what is said of the project's own runtime are its defaults", () => {
  const { gpuMemoryUtilization, stepTokens, sequences } = engineSettings.parse({ model: "any" });
  expect(servingEngines.plinth).toMatchObject({
    memoryUtilization: gpuMemoryUtilization,
    batchedTokens: stepTokens,
    maxSequences: sequences,
    blockTokens,
    // Its sources are compiled for sm_80 and later.
    leastCapability: 80,
    needsWholeMemory: true,
  });
  // 243 and 291 MiB were measured.
  expect(runtimeProcesses.memoryMiB).toBeGreaterThan(243 + 291);
});

test.each([
  { printed: 14.56, shown: 15 },
  { printed: 22.07, shown: 23028 / 1024 },
  { printed: 79.14, shown: 81559 / 1024 },
  { printed: 79.15, shown: 80 },
])("the driver keeps no more than that of $shown GiB", ({ printed, shown }) => {
  expect(shown - driverReserve.gib).toBeLessThanOrEqual(printed);
});
