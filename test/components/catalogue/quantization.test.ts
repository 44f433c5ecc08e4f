import { expect, test } from "vitest";
import { quantization, quantizationFormats } from "../../../components/catalogue/quantization.ts";

test.each(Object.entries(quantizationFormats))("%s has a source and a floor", (_, facts) => {
  expect(facts.source.length).toBeGreaterThan(20);
  expect(facts.date).toMatch(/^20\d\d-\d\d-\d\d$/);
  expect(facts.capability).toBeGreaterThanOrEqual(70);
});

test("a format is as it usually is, but for what is said otherwise", () => {
  expect(quantization("awq")).toEqual({
    format: "awq",
    bits: 4,
    groupSize: 128,
    zeroPoints: true,
    part: "linear",
  });
  expect(quantization("gptq", { bits: 8, groupSize: undefined })).toMatchObject({
    bits: 8,
    groupSize: undefined,
    zeroPoints: true,
  });
});
