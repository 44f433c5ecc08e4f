/** Regions of AWS that a cluster can stand in. */
import { z } from "zod";
import { partitionOf } from "../catalogue/aws-partitions.ts";
import { report } from "../config.ts";
import type { Problem } from "../planning/problem.ts";

export const awsRegion = z
  .string()
  .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, "a region such as us-east-1")
  .superRefine((region, context) => report(context, partitionProblems(region)));

/** Rights, addresses of services and prices are all written for one partition. */
function partitionProblems(region: string): Problem[] {
  const partition = partitionOf(region);
  if (partition === "aws") return [];
  return [
    {
      path: [],
      given: `${region}, of the partition ${partition}`,
      allowed:
        'a region of the partition "aws": ARNs and addresses are other ones elsewhere, and prices unknown',
      remedy: "take a region such as us-east-1",
    },
  ];
}
