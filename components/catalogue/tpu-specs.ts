/** What Google's TPUs can do, by Google's own figures. */
import type { AcceleratorSpec } from "./accelerator-specs.ts";
import { unknown } from "./unknown.ts";

const date = "2026-11-21";
const tpus = "Google's page on TPU7x, which compares v5p, v6e and TPU7x";
const noWatts = unknown("Google does not say");
const noRow = unknown("Google's page has no row for it");
const ici = (totalGBps: number) => ({ kind: "ici", totalGBps }) as const;

export const tpuSpecs = {
  "google-tpu-v5e": {
    family: "tpu",
    memoryGiB: 16,
    memoryGB: 16,
    bandwidthGBps: 819,
    denseTflops: { fp16: "none", bf16: 197, fp8: noRow, int8: 393, fp4: "none" },
    links: ici(400),
    watts: noWatts,
    mig: false,
    source: "Google's page on TPU v5e",
    date,
  },
  "google-tpu-v5p": {
    family: "tpu",
    memoryGiB: 95,
    memoryGB: 95,
    bandwidthGBps: 2765,
    // Google prints the figure of bf16 for fp8 too, of v6e as well.
    denseTflops: { fp16: "none", bf16: 459, fp8: 459, int8: 918, fp4: "none" },
    links: ici(1200),
    watts: noWatts,
    mig: false,
    source: `${tpus}; int8: ml-engineering compute/accelerator/README.md @0074473`,
    date,
  },
  "google-tpu-v6e": {
    family: "tpu",
    memoryGiB: 32,
    memoryGB: 32,
    bandwidthGBps: 1638,
    denseTflops: { fp16: "none", bf16: 918, fp8: 918, int8: 1836, fp4: noRow },
    links: ici(800),
    watts: noWatts,
    mig: false,
    source: `${tpus}; int8: Google's page on TPU v6e`,
    date,
  },
  "google-tpu-v7x": {
    family: "tpu",
    memoryGiB: 192,
    memoryGB: 192,
    bandwidthGBps: 7380,
    denseTflops: {
      fp16: "none",
      bf16: 2307,
      fp8: 4614,
      int8: noRow,
      fp4: noRow,
    },
    links: ici(1200),
    watts: noWatts,
    mig: false,
    source: tpus,
    date,
  },
} as const satisfies Record<string, AcceleratorSpec>;
