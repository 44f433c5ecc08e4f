import { expect, test } from "vitest";
import {
  chartKubernetes,
  devicesKubernetes,
  gpuOperatorReleases,
} from "../../../components/catalogue/kubernetes-ranges.ts";
import { isKnown } from "../../../components/catalogue/unknown.ts";
import { charts, versions } from "../../../components/catalogue/versions.ts";

test("the pinned GPU Operator is one of the releases, with the driver that nodes report", () => {
  expect(gpuOperatorReleases["26.7.0"]).toEqual({
    driver: versions.nvidiaDriver.version,
    kubernetes: {
      least: "1.33",
      most: "1.37",
      source: "NVIDIA/cloud-native-docs gpu-operator, pull request 490 (least) and issue 482 (most)",
      date: "2026-11-21",
    },
  });
  expect(charts.gpuOperator.version).toBe("26.7.0");
});

test("every chart has a range, or a reason why it has none", () => {
  for (const range of Object.values(chartKubernetes)) {
    if (!isKnown(range)) {
      expect(range.unknown.length).toBeGreaterThan(10);
      continue;
    }
    expect(range.least).toMatch(/^1\.\d+$/);
    expect(range.source.length).toBeGreaterThan(20);
  }
});

test("parts of accelerators are served later than whole ones, which the driver's chart needs", () => {
  const least = Object.entries(devicesKubernetes).map(([devices, range]) => [devices, range.least]);
  expect(Object.fromEntries(least)).toEqual({ whole: "1.34", partitions: "1.36", shares: "1.36" });
  expect(chartKubernetes.draDriver).toMatchObject({ least: devicesKubernetes.whole.least });
});
