import { expect, test } from "vitest";
import { gpuSpecs } from "../../../components/catalogue/gpu-specs.ts";
import { isKnown } from "../../../components/catalogue/unknown.ts";

/** NVIDIA prints sparse figures beside or instead of dense ones; these are the dense ones. */
test.each([
  { gpu: "nvidia-t4", fp16: 65, bf16: "none", fp8: "none", int8: 130 },
  { gpu: "nvidia-l4", fp16: 121, bf16: 121, fp8: 242, int8: 242 },
  { gpu: "nvidia-a10g", fp16: 70, bf16: 70, fp8: "none", int8: { unknown: expect.any(String) } },
  { gpu: "nvidia-a100-80gb", fp16: 312, bf16: 312, fp8: "none", int8: 624 },
  { gpu: "nvidia-l40s", fp16: 362, bf16: 362, fp8: 733, int8: 733 },
  { gpu: "nvidia-h100-80gb-sxm", fp16: 989, bf16: 989, fp8: 1979, int8: 1979 },
  { gpu: "nvidia-h200-141gb-sxm", fp16: 989, bf16: 989, fp8: 1979, int8: 1979 },
  { gpu: "nvidia-b200-sxm", fp16: 2250, bf16: 2250, fp8: 4500, int8: 4500 },
  { gpu: "nvidia-gb200", fp16: 2500, bf16: 2500, fp8: 5000, int8: 5000 },
] as const)("dense throughput of $gpu", ({ gpu, fp16, bf16, fp8, int8 }) => {
  expect(gpuSpecs[gpu].denseTflops).toMatchObject({ fp16, bf16, fp8, int8 });
});

test.each([
  { gpu: "nvidia-a100-40gb", bandwidth: 1555, links: 600, capability: "8.0" },
  { gpu: "nvidia-h100-80gb-sxm", bandwidth: 3350, links: 900, capability: "9.0" },
  { gpu: "nvidia-h200-141gb-sxm", bandwidth: 4800, links: 900, capability: "9.0" },
  { gpu: "nvidia-b200-sxm", bandwidth: 8000, links: 1800, capability: "10.0" },
  { gpu: "nvidia-b300-sxm", bandwidth: 8000, links: 1800, capability: "10.3" },
] as const)("memory and links of $gpu", ({ gpu, bandwidth, links, capability }) => {
  const spec = gpuSpecs[gpu];
  expect(spec.bandwidthGBps).toBe(bandwidth);
  expect(spec.links).toEqual({ kind: "nvlink", totalGBps: links });
  expect(spec.computeCapability).toBe(capability);
});

test("a card for graphics has no links but PCIe", () => {
  const without = Object.entries(gpuSpecs).filter(([, { links }]) => links.kind === "none");
  expect(without.map(([gpu]) => gpu)).toEqual([
    "nvidia-t4",
    "nvidia-l4",
    "nvidia-a10g",
    "nvidia-l40s",
    "nvidia-rtx-pro-6000",
    "nvidia-rtx-pro-4500",
  ]);
});

test("throughput that nobody could verify is not there", () => {
  const missing = Object.entries(gpuSpecs).filter(([, { denseTflops }]) => !isKnown(denseTflops.fp16));
  expect(missing.map(([gpu]) => gpu)).toEqual(["nvidia-rtx-pro-6000", "nvidia-rtx-pro-4500"]);
});
