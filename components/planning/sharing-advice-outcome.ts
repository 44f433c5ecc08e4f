/** What one setting of a sharing mode does for a mix of jobs, with so many accelerators. */
import type { Isolation } from "../catalogue/sharing-modes.ts";
import { type SharingWay, sharingWays } from "./sharing-advice-modes.ts";
import { isAsCheap } from "./sharing-advice-reason.ts";
import {
  type Arrival,
  type JobKind,
  type SharingFigures,
  simulatePatience,
  simulateSharing,
} from "./sharing-advice-simulation.ts";

export interface SharingObjective {
  /** At most one job in twenty may wait longer. */
  readonly p95WaitSeconds: number;
}

export interface SharingOutcome {
  readonly way: SharingWay;
  readonly accelerators: number;
  readonly isolation: Isolation;
  readonly figures: SharingFigures;
  /** Accelerator-hours that exist for each job while jobs arrive; what is paid for. */
  readonly acceleratorHoursPerJob: number;
  /** The same in money; undefined where no price is known. */
  readonly usdPerJob: number | undefined;
  /** The wait, and how much each kind of job may be slowed down. */
  readonly meetsObjective: boolean;
}

/** What is asked of a setting. */
export interface SharingDemand {
  readonly kinds: readonly JobKind[];
  readonly objective: SharingObjective;
  /** Of one accelerator. Default: nobody knows. */
  readonly usdPerAcceleratorHour?: number | undefined;
}

export function evaluateSharing(
  way: SharingWay,
  accelerators: number,
  jobs: readonly Arrival[],
  demand: SharingDemand,
): SharingOutcome {
  return outcomeOf(way, accelerators, jobs, demand, simulateSharing(way, accelerators, jobs));
}

/** The same; undefined where too many jobs wait too long. */
export function evaluatePatience(
  way: SharingWay,
  accelerators: number,
  jobs: readonly Arrival[],
  demand: SharingDemand,
): SharingOutcome | undefined {
  const figures = simulatePatience(way, accelerators, jobs, demand.objective.p95WaitSeconds);
  return figures && outcomeOf(way, accelerators, jobs, demand, figures);
}

function outcomeOf(
  way: SharingWay,
  accelerators: number,
  jobs: readonly Arrival[],
  { kinds, objective, usdPerAcceleratorHour }: SharingDemand,
  figures: SharingFigures,
): SharingOutcome {
  const isFastEnough = kinds.every(({ name, slowdownMax }) => {
    return (figures.p95Slowdown[name] ?? 1) <= (slowdownMax ?? Number.POSITIVE_INFINITY);
  });
  const windowHours = (jobs.at(-1)?.atSeconds ?? 0) / 3600;
  const acceleratorHoursPerJob = (accelerators * windowHours) / Math.max(1, jobs.length);
  return {
    way,
    accelerators,
    isolation: sharingWays[way.mode].isolation,
    figures,
    acceleratorHoursPerJob,
    usdPerJob:
      usdPerAcceleratorHour === undefined ? undefined : acceleratorHoursPerJob * usdPerAcceleratorHour,
    meetsObjective: isFastEnough && figures.p95Seconds <= objective.p95WaitSeconds,
  };
}

/** The cheapest; within the margin the best isolated; then what is past alpha; then what is done soonest. */
export function bestOf(outcomes: readonly SharingOutcome[]): SharingOutcome | undefined {
  const isAlpha = ({ way }: SharingOutcome) => Number(sharingWays[way.mode].alphaGate !== undefined);
  return outcomes
    .filter((outcome) => isAsCheap(outcome, outcomes))
    .toSorted(
      (a, b) =>
        strength(b.isolation) - strength(a.isolation) ||
        isAlpha(a) - isAlpha(b) ||
        a.figures.meanTurnaroundSeconds - b.figures.meanTurnaroundSeconds,
    )[0];
}

function strength(offered: Isolation): number {
  return Object.values(offered).filter(Boolean).length;
}
