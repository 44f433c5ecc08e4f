/** The figures published for a list of pods: means over ten seeds once everything has arrived. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { readCsv } from "./csv.ts";

export interface PublishedFigures {
  readonly allocationPercent: number;
  readonly fragmentPercent: number;
}

const row = z.object({
  workload: z.string(),
  sc_policy: z.string(),
  /** The column of 130 % arrivals. */
  "130": z.string().regex(/^\d/, "not a number").transform(Number),
});

/** By policy, as the tables call it; empty where the tables or the list are not there. */
export function publishedFigures(folder: string, workload: string): ReadonlyMap<string, PublishedFigures> {
  const allocation = meansByPolicy(join(folder, "analysis_allo_discrete.csv"), workload);
  const fragments = meansByPolicy(join(folder, "analysis_frag_discrete.csv"), workload);
  return new Map(
    [...allocation].map(([policy, allocationPercent]) => [
      policy,
      { allocationPercent, fragmentPercent: fragments.get(policy) ?? Number.NaN },
    ]),
  );
}

function meansByPolicy(file: string, workload: string): Map<string, number> {
  if (!existsSync(file)) return new Map();
  const rows = readCsv(file, row).filter((one) => one.workload === workload);
  const byPolicy = Map.groupBy(rows, ({ sc_policy }) => sc_policy);
  return new Map([...byPolicy].map(([policy, runs]) => [policy, mean(runs.map((run) => run["130"]))]));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
