/** Advice on sharing as people read it. */
import { stringify } from "yaml";
import { isolationKinds } from "../components/catalogue/sharing-modes.ts";
import { isKnown, type Known } from "../components/catalogue/unknown.ts";
import { amount } from "../components/planning/money.ts";
import { count } from "../components/planning/problem.ts";
import type { LeftOutSettings, SharingAdvice } from "../components/planning/sharing-advice.ts";
import { describedWay, type JobRequest } from "../components/planning/sharing-advice-modes.ts";
import type { SharingOutcome } from "../components/planning/sharing-advice-outcome.ts";
import { duration } from "./capacity-report.ts";
import type { WrittenSharing } from "./sharing-pool.ts";
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
  /** How to have it; null where nothing is recommended. */
  readonly instruction: SharingInstruction | null;
  /** The best setting of each mode, and of how many it is the best. */
  readonly possible: readonly (SharingRow & { readonly settings: number })[];
  readonly refused: SharingAdvice["refused"];
  readonly leftOut: readonly LeftOutSettings[];
  readonly notes: readonly string[];
}

export interface SharingInstruction {
  /** The pool's own field; null without a pool. */
  readonly sharing: WrittenSharing | null;
  readonly nodes: { readonly needed: number; readonly present: number } | null;
  /** Fields of each kind of job. */
  readonly jobs: Readonly<Record<string, JobRequest>>;
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
  const { place, recommended, reason, instruction, possible, refused, leftOut, notes } = report;
  const where = place.pool === undefined ? place.accelerator : `pool ${place.pool}, ${place.accelerator}`;
  const wait = duration(report.p95WaitSeconds);
  const refusals = refused.map((row) => ({ mode: row.mode, reason: row.reason }));
  return [
    `SHARING ${where}: ${report.simulatedJobs} simulated jobs; at most 1 in 20 may wait longer than ${wait}`,
    recommended === null ? `No advice: ${reason}.` : `Recommended: ${recommended}: ${reason}.`,
    ...(instruction ? [instructionText(instruction)] : []),
    ...(report.now ? [presentText(report.now)] : []),
    section("Best setting of each mode", table(possible.map(rowCells))),
    possible.length > 0 ? legend : "",
    section("Not possible", table(refusals)),
    section("Left out, since the platform would be refused with them", leftOut.map(leftOutLine).join("\n")),
    `Price: ${place.priceNote}`,
    ...notes,
    "Nothing was measured: jobs are simulated, with losses from public reports (docs/sharing-advice.md).",
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

const legend = [
  "  settings: how many the best was chosen from. keeps apart: what a neighbour cannot spoil.",
  "  SM use: mean part of all multiprocessors at work. taken: mean part of the places that hold a job.",
  "  p95: 19 of 20 jobs are at or below it. slowdown: run time by that alone on a whole accelerator, of the",
  "  kind of job slowed down most. accelerator-hours/job: what is paid for, idle time included.",
].join("\n");

function instructionText({ sharing, nodes, jobs }: SharingInstruction): string {
  const isLaidOut = sharing?.mode === "mig" && nodes?.needed !== nodes?.present;
  const layout = isLaidOut ? ", and its layout is to name as many as it has" : "";
  const asking = Object.entries(jobs).filter(([, request]) => Object.keys(request).length > 0);
  return [
    ...(sharing ? [`The pool says  sharing: ${flow(sharing)}`] : []),
    ...asking.map(
      ([name, request]) => `Jobs say       ${flow({ name, acceleratorsPerNode: 1, ...request })}`,
    ),
    ...(nodes
      ? [`It needs       ${count(nodes.needed, "node")}; the pool has ${nodes.present}${layout}`]
      : []),
  ].join("\n");
}

/** YAML on one line. */
function flow(value: object): string {
  return stringify(value, { collectionStyle: "flow", lineWidth: 0, flowCollectionPadding: true }).trimEnd();
}

/** One sentence on the pool as it is. */
function presentText(now: PresentSharing): string {
  if (!isKnown(now)) return `Now: ${now.unknown}.`;
  const cost =
    now.usdPerJob === null
      ? `${now.acceleratorHoursPerJob.toFixed(3)} accelerator-hours`
      : `${money(now.usdPerJob)} USD`;
  return (
    `Now: ${now.mode} on ${count(now.accelerators, "accelerator")}, ${cost} a job, ` +
    `${now.meetsObjective ? "meets" : "misses"} what is asked: 19 of 20 jobs wait ` +
    `${duration(now.p95WaitSeconds)} or less and take at most ${now.p95Slowdown.toFixed(2)} times as long ` +
    "as alone."
  );
}

function leftOutLine({ mode, settings, example, allowed, remedy }: LeftOutSettings): string {
  const told = settings === 1 ? example : `${settings} settings of ${mode}, such as ${example}`;
  return `  ${told}; allowed: ${allowed}; way out: ${remedy}`;
}

function section(title: string, text: string): string {
  return text === "" ? "" : `${title}\n${text}`;
}

function rowCells(row: SharingReport["possible"][number]): Cells {
  const kept = isolationKinds.filter((kind) => row.isolation[kind]);
  return {
    mode: row.mode,
    settings: String(row.settings),
    "keeps apart": kept.join(", ") || "nothing",
    accelerators: String(row.accelerators),
    "SM use": percent(row.smUtilization),
    taken: percent(row.occupancy),
    "mean wait": duration(row.meanWaitSeconds),
    "p95 wait": duration(row.p95WaitSeconds),
    "p95 slowdown": row.p95Slowdown.toFixed(2),
    "accelerator-hours/job": row.acceleratorHoursPerJob.toFixed(3),
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
