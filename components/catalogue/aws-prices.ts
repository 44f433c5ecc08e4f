/** What EC2 machines cost by the hour. */
import type { AwsMachineId } from "./aws-machines.ts";
import type { Price } from "./price.ts";
import { isKnown, type Known, unknown } from "./unknown.ts";

/** USD an hour in us-east-1, on demand: Linux, shared tenancy. */
const onDemand: { readonly [Id in AwsMachineId]: Known<number> } = {
  "g4dn.xlarge": 0.526,
  "g4dn.2xlarge": 0.752,
  "g4dn.4xlarge": 1.204,
  "g4dn.8xlarge": 2.176,
  "g4dn.12xlarge": 3.912,
  "g4dn.16xlarge": 4.352,
  "g4dn.metal": 7.824,
  "g5.xlarge": 1.006,
  "g5.2xlarge": 1.212,
  "g5.4xlarge": 1.624,
  "g5.8xlarge": 2.448,
  "g5.12xlarge": 5.672,
  "g5.16xlarge": 4.096,
  "g5.24xlarge": 8.144,
  "g5.48xlarge": 16.288,
  "g6.xlarge": 0.8048,
  "g6.2xlarge": 0.9776,
  "g6.4xlarge": 1.3232,
  "g6.8xlarge": 2.0144,
  "g6.12xlarge": 4.6016,
  "g6.16xlarge": 3.3968,
  "g6.24xlarge": 6.6752,
  "g6.48xlarge": 13.3504,
  "g6e.xlarge": 1.861,
  "g6e.2xlarge": 2.24208,
  "g6e.4xlarge": 3.00424,
  "g6e.8xlarge": 4.52856,
  "g6e.12xlarge": 10.49264,
  "g6e.16xlarge": 7.57719,
  "g6e.24xlarge": 15.06559,
  "g6e.48xlarge": 30.13118,
  "g6f.large": 0.202,
  "g6f.xlarge": 0.2375,
  "g6f.2xlarge": 0.475,
  "g6f.4xlarge": 0.95,
  "g7.2xlarge": 2.52,
  "g7.4xlarge": 3.04208,
  "g7.8xlarge": 4.08624,
  "g7.12xlarge": 7.12832,
  "g7.24xlarge": 14.25664,
  "g7.48xlarge": 28.51328,
  "g7e.2xlarge": 3.36312,
  "g7e.4xlarge": 3.99816,
  "g7e.8xlarge": 5.26824,
  "g7e.12xlarge": 8.28608,
  "g7e.24xlarge": 16.57216,
  "g7e.48xlarge": 33.14432,
  "gr6.4xlarge": 1.5392,
  "gr6.8xlarge": 2.4464,
  "gr6f.4xlarge": 1.066,
  "p4d.24xlarge": 21.957642,
  "p4de.24xlarge": 27.44705,
  "p5.4xlarge": 6.88,
  "p5.48xlarge": 55.04,
  "p5e.48xlarge": unknown("no price of us-east-1 in the source"),
  "p5en.48xlarge": 63.296,
  "p6-b200.48xlarge": 113.9328,
  "p6-b300.48xlarge": 142.416,
};

const source = "aws/karpenter-provider-aws pkg/providers/pricing/zz_generated.pricing_aws.go @1d92708";

/** On demand in one region alone: no dated source of spot and reserved prices was found. */
export function awsPrices(machine: AwsMachineId): Known<readonly Price[]> {
  const usdPerHour = onDemand[machine];
  if (!isKnown(usdPerHour)) return usdPerHour;
  return [{ capacity: "on-demand", region: "us-east-1", usdPerHour, source, date: "2026-07-20" }];
}
