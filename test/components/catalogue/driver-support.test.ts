import { expect, test } from "vitest";
import {
  cudaDrivers,
  cudaMajorDrivers,
  driverSources,
  firstCuda,
  precompiledDrivers,
} from "../../../components/catalogue/driver-support.ts";
import { isOlder } from "../../../components/planning/version-order.ts";

test("a newer CUDA came with a newer driver", () => {
  const drivers = Object.values(cudaDrivers);
  for (const [index, driver] of drivers.slice(1).entries()) {
    expect(isOlder(drivers[index] ?? "", driver)).toBe(true);
  }
});

test("drivers of a major version are not older than its first release", () => {
  expect(cudaMajorDrivers[12]).toBe(cudaDrivers["12.0"]);
  expect(cudaMajorDrivers[13]).toBe(cudaDrivers["13.0"]);
  expect(isOlder(cudaMajorDrivers[11], cudaDrivers["11.0"])).toBe(false);
});

test("a newer capability needs a newer CUDA, or the same", () => {
  expect(firstCuda).toEqual({
    "7.5": "10.0",
    "8.0": "11.0",
    "8.6": "11.0",
    "8.9": "11.8",
    "9.0": "11.8",
    "10.0": "12.8",
    "10.3": "12.9",
    "12.0": "12.8",
  });
});

test("ready-made drivers are there for kernels of Ubuntu alone", () => {
  expect(precompiledDrivers).toEqual({
    "ubuntu22.04": { kernels: { "5.15": [535, 570, 580], "6.8": [535, 570, 580] } },
    "ubuntu24.04": { kernels: { "6.8": [570, 580] } },
  });
});

test("each table has a source", () => {
  for (const source of Object.values(driverSources)) expect(source.length).toBeGreaterThan(40);
});
