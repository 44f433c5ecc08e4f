import { expect, test } from "vitest";
import { tpuSpecs } from "../../../components/catalogue/tpu-specs.ts";

/** The table of Google's page on TPU7x, and of its pages on v5e and v6e. */
test.each([
  { tpu: "google-tpu-v5e", memory: 16, bandwidth: 819, bf16: 197, ici: 400 },
  { tpu: "google-tpu-v5p", memory: 95, bandwidth: 2765, bf16: 459, ici: 1200 },
  { tpu: "google-tpu-v6e", memory: 32, bandwidth: 1638, bf16: 918, ici: 800 },
  { tpu: "google-tpu-v7x", memory: 192, bandwidth: 7380, bf16: 2307, ici: 1200 },
] as const)("$tpu", ({ tpu, memory, bandwidth, bf16, ici }) => {
  const spec = tpuSpecs[tpu];
  expect(spec.memoryGiB).toBe(memory);
  expect(spec.bandwidthGBps).toBe(bandwidth);
  expect(spec.denseTflops.bf16).toBe(bf16);
  expect(spec.links).toEqual({ kind: "ici", totalGBps: ici });
});

test("no TPU has CUDA or MIG, and none computes in fp16", () => {
  for (const spec of Object.values(tpuSpecs)) {
    expect(spec).not.toHaveProperty("computeCapability");
    expect(spec.mig).toBe(false);
    expect(spec.denseTflops.fp16).toBe("none");
  }
});
