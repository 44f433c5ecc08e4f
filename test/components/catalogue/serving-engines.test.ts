import { expect, test } from "vitest";
import { driverReserve, servingEngines } from "../../../components/catalogue/serving-engines.ts";

test("what vLLM takes has a source, and leaves something of an accelerator", () => {
  const { source, memoryUtilization, contextGiB, collectiveGiB, graphGiB } = servingEngines.vllm;
  expect(source).toContain("vllm-project/vllm#10517");
  expect(memoryUtilization).toBe(0.9);
  expect(contextGiB + collectiveGiB + graphGiB).toBeLessThan(2);
});

test.each([
  { printed: 14.56, shown: 15 },
  { printed: 22.07, shown: 23028 / 1024 },
  { printed: 79.14, shown: 81559 / 1024 },
  { printed: 79.15, shown: 80 },
])("the driver keeps no more than that of $shown GiB", ({ printed, shown }) => {
  expect(shown - driverReserve.gib).toBeLessThanOrEqual(printed);
});
