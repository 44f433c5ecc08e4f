import { expect, test } from "vitest";
import { machineFor } from "../../../components/catalogue/hardware.ts";
import { gpuNodeLabels } from "../../../components/cluster/gpu-labels.ts";

function labels(id: "nvidia-l4" | "nvidia-a100-40gb", count: number) {
  const machine = machineFor(id, count);
  if (!machine) throw new Error("the machine is in the catalogue");
  return gpuNodeLabels(id, machine);
}

test.each([
  { case: "on EC2, without MIG", id: "nvidia-l4", count: 4, machine: "g6.12xlarge", manager: undefined },
  {
    case: "at Google, with MIG",
    id: "nvidia-a100-40gb",
    count: 2,
    machine: "Google-Compute-Engine",
    manager: "true",
  },
] as const)("a machine $case", ({ id, count, machine, manager }) => {
  const found = labels(id, count);
  expect(found["nvidia.com/gpu.machine"]).toBe(machine);
  expect(found["nvidia.com/gpu.count"]).toBe(String(count));
  expect(found["nvidia.com/gpu.deploy.mig-manager"]).toBe(manager);
});
