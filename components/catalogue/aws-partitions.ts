/** Parts of AWS that have accounts, ARNs and addresses of their own. */

/** By how their regions begin (@aws-sdk/core, partitions; 2026-11-21). */
const otherPartitions = {
  "cn-": "aws-cn",
  "eusc-": "aws-eusc",
  "eu-isoe-": "aws-iso-e",
  "us-gov-": "aws-us-gov",
  "us-iso-": "aws-iso",
  "us-isob-": "aws-iso-b",
  "us-isof-": "aws-iso-f",
} as const;

/** The partition of a region; what is in no other is in the one that is open to everybody. */
export function partitionOf(region: string): string {
  const [, other] = Object.entries(otherPartitions).find(([prefix]) => region.startsWith(prefix)) ?? [];
  return other ?? "aws";
}
