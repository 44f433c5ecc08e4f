import { expect, test } from "vitest";
import {
  type AwsMachineId,
  awsMachines,
  awsMachinesLeftOut,
  awsSeries,
} from "../../../components/catalogue/aws-machines.ts";

test.each([
  { name: "g6e.12xlarge", gpu: "nvidia-l40s", count: 4, gbps: 100, efa: 1, nvme: 3800, pods: 292 },
  { name: "p4d.24xlarge", gpu: "nvidia-a100-40gb", count: 8, gbps: 400, efa: 4, nvme: 8000, pods: 737 },
  {
    name: "p5.48xlarge",
    gpu: "nvidia-h100-80gb-sxm",
    count: 8,
    gbps: 3200,
    efa: 32,
    nvme: 30_400,
    pods: 100,
  },
  {
    name: "p5en.48xlarge",
    gpu: "nvidia-h200-141gb-sxm",
    count: 8,
    gbps: 3200,
    efa: 16,
    nvme: 30_400,
    pods: 198,
  },
  {
    name: "p6-b300.48xlarge",
    gpu: "nvidia-b300-sxm",
    count: 8,
    gbps: 6400,
    efa: 16,
    nvme: 30_400,
    pods: 198,
  },
] as const)("$name", ({ name, gpu, count, gbps, efa, nvme, pods }) => {
  expect(awsMachines[name]).toMatchObject({
    name,
    provider: "aws",
    accelerator: gpu,
    accelerators: count,
    networkGbps: gbps,
    rdma: "efa",
    efaInterfaces: efa,
    localNvmeGB: nvme,
    maxPods: pods,
  });
});

test("58 machines, all of them whole but the five that are sold with parts of a GPU", () => {
  const machines = Object.values(awsMachines);
  expect(machines.length).toBe(58);
  const parts = machines.filter(({ accelerators }) => !Number.isInteger(accelerators));
  expect(parts.map(({ name, accelerators }) => [name, accelerators])).toEqual([
    ["g6f.large", 1 / 8],
    ["g6f.xlarge", 1 / 8],
    ["g6f.2xlarge", 1 / 4],
    ["g6f.4xlarge", 1 / 2],
    ["gr6f.4xlarge", 1 / 2],
  ]);
});

test("a machine without an EFA interface has no way past the kernel", () => {
  for (const { rdma, efaInterfaces } of Object.values(awsMachines)) {
    expect(rdma).toBe(efaInterfaces === 0 ? "none" : "efa");
  }
  expect(awsMachines["g5.4xlarge"].rdma).toBe("none");
});

test.each([
  { machine: "g4dn.metal", want: "g4dn" },
  { machine: "p6-b200.48xlarge", want: "p6-b200" },
] as const satisfies { machine: AwsMachineId; want: string }[])("series of $machine", ({ machine, want }) => {
  expect(awsSeries(machine)).toBe(want);
});

test("a machine of which too little is known is named as left out", () => {
  expect(Object.keys(awsMachinesLeftOut)).toEqual(["p6e-gb200.36xlarge"]);
});
