import { expect, test } from "vitest";
import { quantizationFormats } from "../../../components/catalogue/quantization.ts";
import {
  bandwidthEfficiency,
  computeEfficiency,
  formatCompute,
  linkEfficiency,
  stepOverhead,
} from "../../../components/catalogue/serving-efficiency.ts";

test("parts are parts, and each says what it was fitted to and when", () => {
  const { nvlinkPart, networkPart } = linkEfficiency;
  const parts = [
    ...Object.values(computeEfficiency.parts),
    bandwidthEfficiency.part,
    nvlinkPart,
    networkPart,
  ];
  for (const part of parts) {
    expect(part).toBeGreaterThan(0);
    expect(part).toBeLessThan(1);
  }
  for (const { source, date } of [computeEfficiency, bandwidthEfficiency, stepOverhead, linkEfficiency]) {
    expect(source.length).toBeGreaterThan(20);
    expect(date).toMatch(/^2026-\d\d-\d\d$/);
  }
});

test("every format falls back on 16 bits, which every GPU here multiplies", () => {
  expect(Object.keys(formatCompute).sort()).toEqual(Object.keys(quantizationFormats).sort());
  for (const types of Object.values(formatCompute)) expect(types.slice(-2)).toEqual(["bf16", "fp16"]);
});
