import { expect, test } from "vitest";
import { machineFor } from "../../../components/catalogue/hardware.ts";
import { gpuNodeLabels } from "../../../components/cluster/gpu-labels.ts";
import type { Sharing } from "../../../components/planning/sharing.ts";

type Id = "nvidia-l4" | "nvidia-a100-40gb" | "google-tpu-v6e";

function labels(accelerator: Id, count: number, sharing: Sharing = { mode: "dedicated" }) {
  const machine = machineFor(accelerator, count);
  if (!machine) throw new Error("the machine is in the catalogue");
  return gpuNodeLabels({ accelerator, sharing }, machine);
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

test("under DRA no manager partitions a GPU that has MIG (F38)", () => {
  const found = labels("nvidia-a100-40gb", 2, { mode: "dra", devices: "partitions" });
  expect(Object.keys(found).filter((label) => /mig-manager|mig\.config/.test(label))).toEqual([]);
});

test("a TPU has none of them", () => {
  expect(() => labels("google-tpu-v6e", 4)).toThrow("google-tpu-v6e is no GPU");
});
