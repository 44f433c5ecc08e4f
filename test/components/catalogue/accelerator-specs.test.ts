import { expect, test } from "vitest";
import {
  type AcceleratorSpecId,
  acceleratorSpec,
  acceleratorSpecs,
  dtypes,
} from "../../../components/catalogue/accelerator-specs.ts";
import { acceleratorIds, accelerators } from "../../../components/catalogue/hardware.ts";
import { isKnown } from "../../../components/catalogue/unknown.ts";

const ids = Object.keys(acceleratorSpecs) as AcceleratorSpecId[];

test("every accelerator that the planner knows", () => {
  expect(ids).toEqual([
    "nvidia-t4",
    "nvidia-l4",
    "nvidia-a10g",
    "nvidia-a100-40gb",
    "nvidia-a100-80gb",
    "nvidia-l40s",
    "nvidia-rtx-pro-6000",
    "nvidia-rtx-pro-4500",
    "nvidia-h100-80gb-sxm",
    "nvidia-h200-141gb-sxm",
    "nvidia-b200-sxm",
    "nvidia-b300-sxm",
    "nvidia-gb200",
    "nvidia-gb300",
    "google-tpu-v5e",
    "google-tpu-v5p",
    "google-tpu-v6e",
    "google-tpu-v7x",
  ]);
});

test.each(ids)("%s: each fact has a source and a day, and each that is missing has a reason", (id) => {
  const spec = acceleratorSpec(id);
  expect(spec.source.length).toBeGreaterThan(15);
  expect(spec.date).toMatch(/^\d{4}-\d{2}-\d{2}$/);
  const facts = [spec.memoryGiB, spec.bandwidthGBps, spec.watts, ...Object.values(spec.denseTflops)];
  for (const fact of facts) {
    if (!isKnown(fact)) expect(fact.unknown.length).toBeGreaterThan(5);
    if (typeof fact === "number") expect(fact).toBeGreaterThan(0);
  }
  expect(Object.keys(spec.denseTflops).sort()).toEqual([...dtypes].sort());
});

/** Half the bytes, at most twice the speed: a sparse figure would be four times that of bf16. */
test.each(ids)("%s: no figure counts operations that are skipped", (id) => {
  const { bf16, fp8, int8, fp4 } = acceleratorSpec(id).denseTflops;
  if (typeof bf16 !== "number") return;
  for (const eightBit of [fp8, int8]) {
    if (typeof eightBit === "number") expect(eightBit / bf16).toBeLessThan(2.03);
  }
  if (typeof fp4 === "number") expect(fp4 / bf16).toBe(4);
});

test("what pools may hold is known to the planner, with the same memory", () => {
  for (const id of acceleratorIds) expect(acceleratorSpec(id).memoryGiB).toBe(accelerators[id].memoryGiB);
});
