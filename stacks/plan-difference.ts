/** What differs between two plans, row by row and field by field. */
import { z } from "zod";
import type { PlatformPlan } from "../components/planning/platform-plan.ts";

export interface Difference {
  /** Where: "pool h100 nodes"; a row that came or went has no field. */
  readonly what: string;
  /** "none" where it is not there. */
  readonly before: string;
  readonly after: string;
}

const workloadKey = { kind: z.string(), name: z.string(), profile: z.string().optional() };

/** A plan that somebody wrote down earlier, or took from a deployed stack's outputs. */
export const writtenPlan = z.looseObject({
  pools: z.array(z.looseObject({ name: z.string() })),
  teams: z.array(z.looseObject({ name: z.string() })),
  models: z.array(z.looseObject({ name: z.string() })),
  workloads: z.array(z.looseObject(workloadKey)),
  usdPerMonth: z.number(),
});

export type WrittenPlan = z.output<typeof writtenPlan>;

export function planDifferences(before: WrittenPlan, after: PlatformPlan): Difference[] {
  return [
    ...rows("pool", named(before.pools), named(after.pools)),
    ...rows("team", named(before.teams), named(after.teams)),
    ...rows("model", named(before.models), named(after.models)),
    ...rows("", workloads(before.workloads), workloads(after.workloads)),
    ...fields("total", { usdPerMonth: before.usdPerMonth }, { usdPerMonth: after.usdPerMonth }),
  ];
}

type Row = Readonly<Record<string, unknown>>;
type Rows = ReadonlyMap<string, Row>;

function named(list: readonly { readonly name: string }[]): Rows {
  return new Map(list.map((row) => [row.name, { ...row }]));
}

function workloads(list: readonly z.output<z.ZodObject<typeof workloadKey>>[]): Rows {
  return new Map(list.map((row) => [[row.kind, row.name, row.profile ?? []].flat().join(" "), { ...row }]));
}

function rows(noun: string, before: Rows, after: Rows): Difference[] {
  const names = [...new Set([...before.keys(), ...after.keys()])];
  return names.flatMap((name) => {
    const what = `${noun} ${name}`.trim();
    const [old, now] = [before.get(name), after.get(name)];
    if (!old) return [{ what, before: "none", after: "new" }];
    if (!now) return [{ what, before: "there", after: "none" }];
    return fields(what, old, now);
  });
}

function fields(what: string, before: Row, after: Row): Difference[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return keys
    .filter((key) => written(before[key]) !== written(after[key]))
    .map((key) => ({ what: `${what} ${key}`, before: written(before[key]), after: written(after[key]) }));
}

function written(value: unknown): string {
  if (value === undefined || value === null) return "none";
  return typeof value === "string" ? value : JSON.stringify(value);
}
