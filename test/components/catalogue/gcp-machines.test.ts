import { expect, test } from "vitest";
import { gcpMachines, gcpSeries } from "../../../components/catalogue/gcp-machines.ts";
import { isKnown } from "../../../components/catalogue/unknown.ts";

test.each([
  { name: "a3-highgpu-8g", rdma: "tcpx", interfaces: 4, gbps: 1000, ssds: 16, guest: "nvidia-h100-80gb" },
  {
    name: "a3-megagpu-8g",
    rdma: "tcpxo",
    interfaces: 8,
    gbps: 1800,
    ssds: 16,
    guest: "nvidia-h100-mega-80gb",
  },
  { name: "a3-ultragpu-8g", rdma: "roce", interfaces: 8, gbps: 3600, ssds: 32, guest: "nvidia-h200-141gb" },
  { name: "a4-highgpu-8g", rdma: "roce", interfaces: 8, gbps: 3600, ssds: 32, guest: "nvidia-b200" },
] as const)("$name", ({ name, rdma, interfaces, gbps, ssds, guest }) => {
  expect(gcpMachines[name]).toMatchObject({
    accelerators: 8,
    rdma,
    acceleratorInterfaces: interfaces,
    networkGbps: gbps,
    localSsds: ssds,
    localNvmeGB: 375 * ssds,
    guestAccelerator: guest,
  });
});

test("42 machines; the two with superchips have Arm processors", () => {
  const machines = Object.values(gcpMachines);
  expect(machines.length).toBe(42);
  const arm = machines.filter(({ architecture }) => architecture === "arm64");
  expect(arm.map(({ name }) => name)).toEqual(["a4x-highgpu-4g", "a4x-maxgpu-4g-metal"]);
});

test("TPUs come with the machine alone, and no GPU does", () => {
  for (const { accelerator, guestAccelerator } of Object.values(gcpMachines)) {
    expect(guestAccelerator === "none").toBe(accelerator.startsWith("google-tpu"));
  }
  expect(isKnown(gcpMachines["a4x-maxgpu-4g-metal"].guestAccelerator)).toBe(false);
});

test.each([
  { machine: "a2-ultragpu-8g", want: "a2-ultragpu" },
  { machine: "a4x-maxgpu-4g-metal", want: "a4x-maxgpu" },
  { machine: "ct5lp-hightpu-4t", want: "ct5lp-hightpu" },
] as const)("series of $machine", ({ machine, want }) => {
  expect(gcpSeries(machine)).toBe(want);
});
