/** Advice on sharing as people read it. */
import { isolationKinds } from "../components/catalogue/sharing-modes.ts";
import { isKnown, type Known } from "../components/catalogue/unknown.ts";
import { amount } from "../components/planning/money.ts";
import { count } from "../components/planning/problem.ts";
import type { SharingAdvice, SharingOutcome } from "../components/planning/sharing-advice.ts";
import { describedWay } from "../components/planning/sharing-advice-modes.ts";
import { duration } from "./capacity-report.ts";
import { type Cells, table } from "./table.ts";

/** What the jobs would share, and what it costs. */
export interface SharingPlace {
  readonly accelerator: string;
  readonly pool?: string | undefined;
  readonly acceleratorsPerNode: number;
  /** Of one accelerator; null where nobody knows. */
  readonly usdPerAcceleratorHour: number | null;
  readonly priceNote: string;
}

export interface SharingReport {
  readonly place: SharingPlace;
  readonly p95WaitSeconds: number;
  readonly simulatedJobs: number;
  /** What the pool does with the same jobs today; null without a pool. */
  readonly now: PresentSharing | null;
  readonly recommended: string | null;
  readonly reason: string;
  readonly possible: readonly SharingRow[];
  readonly refused: SharingAdvice["refused"];
  readonly notes: readonly string[];
}

/** With the nodes that the pool has; or why it cannot be told. */
export type PresentSharing = Known<SharingRow & { readonly meetsObjective: boolean }>;

export interface SharingRow {
  readonly mode: string;
  readonly isolation: SharingOutcome["isolation"];
  readonly accelerators: number;
  /** Mean part of the multiprocessors in use. */
  readonly smUtilization: number;
  /** Mean part of the places that hold a job. */
  readonly occupancy: number;
  readonly meanWaitSeconds: number;
  readonly p95WaitSeconds: number;
  /** Of the kind of job that is slowed down most. */
  readonly p95Slowdown: number;
  readonly acceleratorHoursPerJob: number;
  readonly usdPerJob: number | null;
}

export function sharingRow({ way, figures, usdPerJob, ...outcome }: SharingOutcome): SharingRow {
  return {
    mode: describedWay(way),
    isolation: outcome.isolation,
    accelerators: outcome.accelerators,
    smUtilization: rounded(figures.smUtilization),
    occupancy: rounded(figures.occupancy),
    meanWaitSeconds: rounded(figures.meanSeconds),
    p95WaitSeconds: rounded(figures.p95Seconds),
    p95Slowdown: rounded(Math.max(...Object.values(figures.p95Slowdown))),
    acceleratorHoursPerJob: rounded(outcome.acceleratorHoursPerJob),
    usdPerJob: usdPerJob === undefined ? null : rounded(usdPerJob),
  };
}

export function renderSharing(report: SharingReport): string {
  const { place, recommended, reason, possible, refused, notes } = report;
  const where = place.pool === undefined ? place.accelerator : `pool ${place.pool}, ${place.accelerator}`;
  const wait = duration(report.p95WaitSeconds);
  const refusals = refused.map((row) => ({ mode: row.mode, reason: row.reason }));
  return [
    `SHARING ${where}: ${report.simulatedJobs} jobs; of twenty at most one waits longer than ${wait}`,
    recommended === null ? `No advice: ${reason}.` : `Recommended: ${recommended}: ${reason}.`,
    ...(report.now ? [presentText(report.now)] : []),
    section("Modes", possible.map(rowCells)),
    section("Not possible", refusals),
    `Price: ${place.priceNote}`,
    ...notes,
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

/** One sentence on the pool as it is. */
function presentText(now: PresentSharing): string {
  if (!isKnown(now)) return `Now: ${now.unknown}.`;
  const cost =
    now.usdPerJob === null ? `${now.acceleratorHoursPerJob.toFixed(3)} hours` : `${money(now.usdPerJob)} USD`;
  return (
    `Now: ${now.mode}, ${count(now.accelerators, "accelerator")}, ${cost} a job; ` +
    `${now.meetsObjective ? "meets" : "misses"} what is asked: of twenty jobs at most one waits longer ` +
    `than ${duration(now.p95WaitSeconds)} or is slowed down more than ${now.p95Slowdown.toFixed(2)} times.`
  );
}

function section(title: string, rows: readonly Cells[]): string {
  return rows.length === 0 ? "" : `${title}\n${table(rows)}`;
}

function rowCells(row: SharingRow): Cells {
  const kept = isolationKinds.filter((kind) => row.isolation[kind]);
  return {
    mode: row.mode,
    "keeps apart": kept.join(", ") || "nothing",
    accelerators: String(row.accelerators),
    "SM use": percent(row.smUtilization),
    taken: percent(row.occupancy),
    "mean wait": duration(row.meanWaitSeconds),
    "p95 wait": duration(row.p95WaitSeconds),
    "p95 slowdown": row.p95Slowdown.toFixed(2),
    "hours/job": row.acceleratorHoursPerJob.toFixed(3),
    "USD/job": row.usdPerJob === null ? "-" : money(row.usdPerJob),
  };
}

/** Jobs of minutes cost parts of a cent. */
function money(usd: number): string {
  return usd < 1 ? usd.toFixed(4) : amount(usd);
}

function percent(value: number): string {
  return `${(value * 100).toFixed(1)} %`;
}

function rounded(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
