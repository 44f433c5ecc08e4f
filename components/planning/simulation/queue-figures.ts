/** What a simulation says in figures: waits, utilisation, shares, lost work. */

import { sum } from "../sum.ts";
import type { Simulation } from "./queue-simulation.ts";
import type { Workload } from "./workload.ts";

export interface Waits {
  readonly meanSeconds: number;
  readonly p50Seconds: number;
  readonly p95Seconds: number;
  readonly maxSeconds: number;
}

export interface TeamFigures extends Waits {
  readonly team: string;
  readonly jobs: number;
  /** Jobs that never ran to their end, because no state of the queue could hold them or time was up. */
  readonly unfinished: number;
  readonly preemptions: number;
  readonly acceleratorHours: number;
  /** Part of those that were lost to preemption. */
  readonly lostAcceleratorHours: number;
}

export interface QueueFigures {
  readonly teams: readonly TeamFigures[];
  /** Accelerator-hours that existed between the first submission and the last end. */
  readonly offeredAcceleratorHours: number;
  readonly usedAcceleratorHours: number;
  readonly lostAcceleratorHours: number;
  /** Used by offered, lost work included. */
  readonly utilization: number;
}

/** Figures of all jobs, over as many accelerators as the pools held. */
export function queueFigures(simulation: Simulation, accelerators: number): QueueFigures {
  const { workloads, firstSeconds, lastSeconds } = simulation;
  const names = [...new Set(workloads.map(({ job }) => job.team))].sort();
  const teams = names.map((team) =>
    teamFigures(
      team,
      workloads.filter(({ job }) => job.team === team),
      lastSeconds,
    ),
  );
  const offeredAcceleratorHours = (accelerators * (lastSeconds - firstSeconds)) / 3600;
  const usedAcceleratorHours = sum(teams.map((team) => team.acceleratorHours));
  return {
    teams,
    offeredAcceleratorHours,
    usedAcceleratorHours,
    lostAcceleratorHours: sum(teams.map((team) => team.lostAcceleratorHours)),
    utilization: offeredAcceleratorHours > 0 ? usedAcceleratorHours / offeredAcceleratorHours : 0,
  };
}

/** Accelerator-seconds that each team held between two instants, lost work included. */
export function heldBetween(
  workloads: readonly Workload[],
  fromSeconds: number,
  toSeconds: number,
): Record<string, number> {
  const held: Record<string, number> = {};
  for (const workload of workloads) {
    const { team } = workload.job;
    held[team] = (held[team] ?? 0) + workload.heldSeconds(fromSeconds, toSeconds) * workload.size;
  }
  return held;
}

/** The smallest value that at least this part of all values does not exceed; 0 of nothing. */
export function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? 0;
}

/** Mean, median, 95th percentile and longest of some times. */
export function waits(seconds: readonly number[]): Waits {
  return {
    meanSeconds: seconds.length > 0 ? sum(seconds) / seconds.length : 0,
    p50Seconds: percentile(seconds, 0.5),
    p95Seconds: percentile(seconds, 0.95),
    maxSeconds: percentile(seconds, 1),
  };
}

function teamFigures(team: string, workloads: readonly Workload[], lastSeconds: number): TeamFigures {
  const held = (workload: Workload) => workload.heldSeconds(Number.NEGATIVE_INFINITY, lastSeconds);
  const finished = workloads.filter(({ state }) => state === "finished");
  const lost = finished.map((workload) => (held(workload) - workload.job.durationSeconds) * workload.size);
  return {
    team,
    jobs: workloads.length,
    unfinished: workloads.length - finished.length,
    preemptions: sum(workloads.map(({ preemptions }) => preemptions)),
    acceleratorHours: sum(workloads.map((workload) => held(workload) * workload.size)) / 3600,
    lostAcceleratorHours: sum(lost) / 3600,
    ...waits(workloads.map((workload) => waitedSeconds(workload, lastSeconds))),
  };
}

/** All time in the queue: before the first start and after each preemption. */
function waitedSeconds(workload: Workload, lastSeconds: number): number {
  const end = workload.finishedSeconds ?? lastSeconds;
  const { submittedSeconds } = workload.job;
  return end - submittedSeconds - workload.heldSeconds(submittedSeconds, end);
}
