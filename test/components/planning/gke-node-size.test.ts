import { expect, test } from "vitest";
import { gcpMachines } from "../../../components/catalogue/gcp-machines.ts";
import { gkeAllocatable } from "../../../components/planning/gke-node-size.ts";
import { allocatable } from "../../../components/planning/node-size.ts";

test.each([
  // 4 * 0.25 + 4 * 0.2 + 8 * 0.1 = 2.6 GiB of 16.
  { machine: "g2-standard-4", wantMiB: Math.floor(13.4 * 1024) - 100 },
  // 2.6 + 112 * 0.06 + 1744 * 0.02 = 44.2 GiB of 1872.
  { machine: "a3-highgpu-8g", wantMiB: Math.floor(1827.8 * 1024) - 100 },
] as const)("$machine: a part of each layer of its memory is kept", ({ machine, wantMiB }) => {
  expect(gkeAllocatable(gcpMachines[machine]).memoryMiB).toBe(wantMiB);
});

test("of the cores as much is kept as anywhere, of a large memory much more", () => {
  const machine = gcpMachines["a3-highgpu-8g"];
  const { cpuMillis, memoryMiB } = allocatable(machine);
  expect(gkeAllocatable(machine).cpuMillis).toBe(cpuMillis);
  expect(Math.round((memoryMiB - gkeAllocatable(machine).memoryMiB) / 1024)).toBe(43);
});
