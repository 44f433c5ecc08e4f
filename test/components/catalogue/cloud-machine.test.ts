import { expect, test } from "vitest";
import { acceleratorSpec } from "../../../components/catalogue/accelerator-specs.ts";
import {
  type CloudMachineId,
  cloudMachine,
  cloudMachines,
} from "../../../components/catalogue/cloud-machine.ts";
import { isKnown } from "../../../components/catalogue/unknown.ts";

const ids = Object.keys(cloudMachines) as CloudMachineId[];

test("a hundred machines, each under its own name", () => {
  expect(ids.length).toBe(100);
  expect(ids.map((id) => cloudMachine(id).name)).toEqual(ids);
});

test.each(ids)("%s: its facts agree with each other", (id) => {
  const machine = cloudMachine(id);
  expect(acceleratorSpec(machine.accelerator).source).not.toBe("");
  expect(machine.accelerators).toBeGreaterThan(0);
  expect(machine.vcpus).toBeGreaterThan(0);
  expect(machine.memoryGiB).toBeGreaterThan(machine.vcpus / 2);
  expect(machine.maxPods).toBeGreaterThanOrEqual(20);
  // Whoever goes past the kernel between machines has a network that is worth it.
  if (machine.rdma !== "none" && isKnown(machine.networkGbps)) {
    expect(machine.networkGbps).toBeGreaterThanOrEqual(25);
  }
});
