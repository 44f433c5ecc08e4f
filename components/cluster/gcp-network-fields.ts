/** Addresses of a GKE cluster, chosen once: whether they are apart, and enough for its nodes. */
import { z } from "zod";
import { gkeLimits } from "../catalogue/gke.ts";
import type { Problem } from "../planning/problem.ts";

export const cidrRange = z
  .string()
  .max(18)
  .regex(/^\d{1,3}(\.\d{1,3}){3}\/([89]|1\d|2[0-9])$/, "a network such as 10.0.0.0/20");

export const networkField = z
  .strictObject({
    /** Addresses of nodes. Default: 10.0.0.0/20, 4092 of them. */
    nodes: cidrRange.default("10.0.0.0/20"),
    /** Addresses of pods; each node takes a /24 of them. Default: 10.64.0.0/12, for 4096 nodes. */
    pods: cidrRange.default("10.64.0.0/12"),
    /** Addresses of Services. Default: 10.96.0.0/20. */
    services: cidrRange.default("10.96.0.0/20"),
  })
  .prefault({});

export type NetworkRanges = z.output<typeof networkField>;

/** Ranges that overlap, or that have no room for so many nodes. */
export function networkProblems(ranges: NetworkRanges, nodes: number): Problem[] {
  const entries = Object.entries(ranges);
  const overlaps = entries.flatMap(([key, range], index) =>
    entries.slice(0, index).flatMap(([other, earlier]): Problem[] =>
      overlap(range, earlier)
        ? [
            {
              path: ["network", key],
              given: range,
              allowed: `addresses apart from those of ${other}, ${earlier}`,
              remedy: "choose another network",
            },
          ]
        : [],
    ),
  );
  // Google keeps four addresses of a subnet.
  const room = {
    nodes: 2 ** (32 - prefix(ranges.nodes)) - 4,
    pods: 2 ** Math.max(0, gkeLimits.podPrefixPerNode - prefix(ranges.pods)),
  };
  const short = Object.entries(room).filter(([, most]) => most < nodes);
  return [
    ...overlaps,
    ...short.map(([key, most]) => ({
      path: ["network", key],
      given: `${ranges[key as keyof NetworkRanges]}, room for ${most} nodes`,
      allowed: `room for ${nodes}, all nodes of the pools at their most and of the system pool`,
      remedy: "choose a larger network now: the addresses of a cluster cannot be changed",
    })),
  ];
}

function prefix(range: string): number {
  return Number(range.split("/")[1]);
}

function overlap(one: string, other: string): boolean {
  const shared = 32 - Math.min(prefix(one), prefix(other));
  return Math.floor(address(one) / 2 ** shared) === Math.floor(address(other) / 2 ** shared);
}

function address(range: string): number {
  const [numbers = ""] = range.split("/");
  return numbers.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
}
