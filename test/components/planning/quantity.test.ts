import { expect, test } from "vitest";
import {
  anyCpuMillis,
  anyMemoryMiB,
  cpuMillis,
  cpuQuantity,
  memoryMiB,
  memoryQuantity,
} from "../../../components/planning/quantity.ts";

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

test.each([
  ["1056459652Ki", 1_031_698],
  ["2Gi", 2048],
  ["1.5Gi", 1536],
  ["2147483648", 2048],
  ["2G", 1907],
])("memory of others: %s", (quantity, want) => {
  expect(anyMemoryMiB(quantity)).toBe(want);
});

test.each([
  ["95500m", 95_500],
  ["1.5", 1500],
  ["8", 8000],
])("CPU of others: %s", (quantity, want) => {
  expect(anyCpuMillis(quantity)).toBe(want);
});

test("what is no quantity is told, not counted as nothing", () => {
  expect(() => anyMemoryMiB("much")).toThrow('quantity "much" is not of the form');
});
