import { expect, test } from "vitest";
import { ceilingsOf, datasheetFlops } from "../../../../bench/support/runtime-cuda/ceilings.ts";

test("the best of what is known, and who says so", () => {
  const bytes = [
    { by: "read", rate: 4.4e12 },
    { by: "copy", rate: 4.2e12 },
  ];
  const flops = [
    { by: "own", rate: 3e14 },
    { by: "PyTorch", rate: 7.9e14 },
  ];
  expect(ceilingsOf(bytes, flops)).toEqual({
    ...{ bytesPerSecond: 4.4e12, bytesBy: "read", flopsPerSecond: 7.9e14, flopsBy: "PyTorch" },
  });
});

test.each([
  { device: "NVIDIA A100-SXM4-80GB", teraflops: 312 },
  { device: "NVIDIA H100 80GB HBM3", teraflops: 989 },
  { device: "NVIDIA H200", teraflops: 989 },
  { device: "NVIDIA B200", teraflops: 2250 },
])("by the datasheet: $device", ({ device, teraflops }) => {
  expect(datasheetFlops(device)).toEqual({ by: "the datasheet", rate: teraflops * 1e12 });
});

test.each(["NVIDIA H100 PCIe", "NVIDIA H200 NVL", "NVIDIA L4"])("no other board's: %s", (device) => {
  expect(datasheetFlops(device)).toBeUndefined();
});
