import { expect, test } from "vitest";
import { cpuMillis, cpuQuantity, memoryMiB, memoryQuantity } from "../../../components/planning/quantity.ts";

test.each([
  { millis: 184_000, want: "184" },
  { millis: 191_450, want: "191450m" },
  { millis: 0, want: "0" },
])("CPU $want, written and read", ({ millis, want }) => {
  expect(cpuQuantity(millis)).toBe(want);
  expect(cpuMillis(want)).toBe(millis);
});

test.each([
  { mebibytes: 3 * 1024 ** 3, want: "3Pi" },
  { mebibytes: 2048 * 1024, want: "2Ti" },
  { mebibytes: 1025 * 1024, want: "1025Gi" },
  { mebibytes: 2_095_697, want: "2095697Mi" },
  { mebibytes: 0, want: "0" },
])("memory $want, written and read", ({ mebibytes, want }) => {
  expect(memoryQuantity(mebibytes)).toBe(want);
  expect(memoryMiB(want)).toBe(mebibytes);
});

test.each([
  { case: "CPU with a foreign unit", read: () => cpuMillis("2Gi") },
  { case: "memory without a unit", read: () => memoryMiB("64") },
  { case: "memory in decimal gigabytes", read: () => memoryMiB("64G") },
])("$case is a broken invariant", ({ read }) => {
  expect(read).toThrow(/^quantity ".*" is not of the form/);
});
