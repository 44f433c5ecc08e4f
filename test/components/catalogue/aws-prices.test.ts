import { expect, test } from "vitest";
import { type AwsMachineId, awsMachines } from "../../../components/catalogue/aws-machines.ts";
import { awsPrices } from "../../../components/catalogue/aws-prices.ts";
import { isKnown } from "../../../components/catalogue/unknown.ts";

const ids = Object.keys(awsMachines) as AwsMachineId[];

test.each([
  { machine: "g4dn.xlarge", usd: 0.526 },
  { machine: "g5.48xlarge", usd: 16.288 },
  { machine: "p4d.24xlarge", usd: 21.957642 },
  { machine: "p5.48xlarge", usd: 55.04 },
  { machine: "p6-b300.48xlarge", usd: 142.416 },
] as const)("$machine on demand in us-east-1", ({ machine, usd }) => {
  expect(awsPrices(machine)).toEqual([
    {
      capacity: "on-demand",
      region: "us-east-1",
      usdPerHour: usd,
      source: "aws/karpenter-provider-aws pkg/providers/pricing/zz_generated.pricing_aws.go @1d92708",
      date: "2026-07-20",
    },
  ]);
});

test("the one machine without a price says why", () => {
  const without = ids.filter((id) => !isKnown(awsPrices(id)));
  expect(without).toEqual(["p5e.48xlarge"]);
  expect(awsPrices("p5e.48xlarge")).toEqual({ unknown: "no price of us-east-1 in the source" });
});
