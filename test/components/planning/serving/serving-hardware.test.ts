import { expect, test } from "vitest";
import { linkEfficiency } from "../../../../components/catalogue/serving-efficiency.ts";
import { servingHardware } from "../../../../components/planning/serving/serving-hardware.ts";

test("an H100: parts of its dense operations, its bandwidth, and one direction of its NVLink", () => {
  expect(servingHardware("nvidia-h100-80gb-sxm")).toEqual({
    operations: {
      fp16: 989e12 * 0.72,
      bf16: 989e12 * 0.72,
      fp8: 1979e12 * 0.52,
      int8: 1979e12 * 0.52,
    },
    bytesPerSecond: 3350e9 * 0.8,
    link: { bytesPerSecond: 450e9 * 0.7, seconds: 0.00001 },
    network: { bytesPerSecond: (100 / 8) * 1e9 * 0.7, seconds: 0.00005 },
  });
});

test("a part of it, on a machine whose network is told", () => {
  const part = servingHardware("nvidia-h100-80gb-sxm", { compute: 0.25, bandwidth: 0.5 }, 3200);
  expect(part).toMatchObject({
    operations: { bf16: 989e12 * 0.72 * 0.25 },
    bytesPerSecond: 3350e9 * 0.8 * 0.5,
    network: { bytesPerSecond: 280e9 },
  });
});

test("without NVLink, PCIe carries what it was seen to carry; types without units are not there", () => {
  const { pcieGBps, pcieSeconds } = linkEfficiency;
  const t4 = servingHardware("nvidia-t4");
  expect(t4).toMatchObject({ link: { bytesPerSecond: pcieGBps * 1e9, seconds: pcieSeconds } });
  expect(t4).toHaveProperty("operations", { fp16: 65e12 * 0.72, int8: 130e12 * 0.52 });
});

test.each([
  { accelerator: "google-tpu-v6e", want: "no published figures of TPUs were compared yet" },
  {
    accelerator: "nvidia-rtx-pro-6000",
    want: "found for the workstation edition alone, whose clocks are higher",
  },
] as const)("not known of $accelerator", ({ accelerator, want }) => {
  expect(servingHardware(accelerator)).toEqual({ unknown: want });
});
