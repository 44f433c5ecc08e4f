/** Rules of a stack file on AWS that concern its account, network and pools together. */
import { z } from "zod";
import { zoneName } from "../components/cluster/aws-pool.ts";
import type { Path, Problem } from "../components/planning/problem.ts";
import { repeatedName } from "../components/planning/reference.ts";

/** As much of the file as these rules read; whatever is malformed is left to the schema. */
const read = z.object({
  aws: z.object({ region: z.string(), zones: z.array(zoneName) }),
  pools: z.array(z.object({ zones: z.array(z.unknown()).catch([]) }).catch({ zones: [] })).catch([]),
});

const readBuckets = z.object({ aws: z.object({ buckets: z.object({}) }) });

/** Buckets are the stack's own store, beside which none has to be named. */
export function hasAwsStore(stack: unknown): boolean {
  return readBuckets.safeParse(stack).success;
}

export function awsProblems(stack: unknown): Problem[] {
  const { data } = read.safeParse(stack);
  if (!data) return [];
  const { region, zones } = data.aws;
  const path = ["aws", "zones"];
  return [
    ...zones.flatMap((_, index) => repeatedName([...path, index], index, zones)),
    ...zones.flatMap((zone, index) => regionProblems([...path, index], zone, region)),
    ...data.pools.flatMap((pool, index) =>
      pool.zones.flatMap((zone, place) => poolZoneProblems(["pools", index, "zones", place], zone, zones)),
    ),
  ];
}

function regionProblems(path: Path, zone: string, region: string): Problem[] {
  if (zone.slice(0, -1) === region) return [];
  return [
    {
      path,
      given: `"${zone}"`,
      allowed: `a zone of ${region}, such as ${region}a`,
      remedy: "take a zone of the region, or another region",
    },
  ];
}

/** A pool's nodes stand in the network. */
function poolZoneProblems(path: Path, zone: unknown, zones: readonly string[]): Problem[] {
  if (!zoneName.safeParse(zone).success || zones.includes(String(zone))) return [];
  return [
    {
      path,
      given: `"${zone}"`,
      allowed: zones.join(", "),
      remedy: "take one of the network's zones, or add this one to aws.zones, which moves no pool",
    },
  ];
}
