import { expect, test } from "vitest";
import { awsMachines, awsSeries } from "../../../components/catalogue/aws-machines.ts";
import { awsVcpuQuotas, gcpGpuQuotas } from "../../../components/catalogue/cloud-quotas.ts";
import { unknown } from "../../../components/catalogue/unknown.ts";

const onDemandP = { name: "Running On-Demand P instances", code: "L-417A185B" };

test.each([
  {
    series: "g6e",
    onDemand: { name: "Running On-Demand G and VT instances", code: "L-DB2E81BA" },
    spot: { name: "All G and VT Spot Instance Requests", code: "L-3819A6DF" },
  },
  {
    series: "p4d",
    onDemand: onDemandP,
    spot: { name: "All P4, P3 and P2 Spot Instance Requests", code: "L-7212CCBC" },
  },
  {
    series: "p5en",
    onDemand: onDemandP,
    spot: { name: "All P5 Spot Instance Requests", code: "L-C4BD4855" },
  },
  { series: "p6-b200", onDemand: onDemandP, spot: unknown("the page names no quota for P6") },
] as const)("quotas of $series", ({ series, onDemand, spot }) => {
  expect(awsVcpuQuotas[series]).toEqual({ onDemand, spot });
});

test("the series with quotas are those of the machines", () => {
  const series = new Set(Object.keys(awsMachines).map((id) => awsSeries(id as keyof typeof awsMachines)));
  expect(Object.keys(awsVcpuQuotas).sort()).toEqual([...series].sort());
});

test("Google counts GPUs by their model", () => {
  expect(gcpGpuQuotas["nvidia-l4"]).toBe("NVIDIA_L4_GPUS");
  expect(gcpGpuQuotas["nvidia-a100-80gb"]).toBe("NVIDIA_A100_80GB_GPUS");
});
