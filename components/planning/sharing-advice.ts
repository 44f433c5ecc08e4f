/** Which sharing mode suits a mix of jobs: each is simulated with as few accelerators as will do. */
import type { Isolation } from "../catalogue/sharing-modes.ts";
import type { SharedAccelerator } from "./sharing-accelerator.ts";
import { migSpeed, mpsSpeeds, timeSlicedSpeeds } from "./sharing-advice-model.ts";
import {
  claimGiB,
  refusal,
  type SharingWay,
  type SharingWayName,
  sharingWayNames,
  sharingWays,
  sliceFor,
  variants,
} from "./sharing-advice-modes.ts";
import { adviceReason, isAsCheap } from "./sharing-advice-reason.ts";
import {
  type Arrival,
  arrivals,
  type JobKind,
  type SharingFigures,
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

export interface RefusedSharing {
  readonly mode: SharingWayName;
  readonly reason: string;
}

export interface SharingAdvice {
  /** Undefined when not even whole accelerators hold the jobs. */
  readonly recommended: SharingOutcome | undefined;
  readonly reason: string;
  /** The best found of each mode that is possible, the cheapest first. */
  readonly possible: readonly SharingOutcome[];
  readonly refused: readonly RefusedSharing[];
}

export interface SharingQuestion {
  readonly kinds: readonly JobKind[];
  readonly accelerator: SharedAccelerator;
  readonly objective: SharingObjective;
  /** Modes to choose from; the device plugin still calls MPS experimental. Default: all. */
  readonly modes?: readonly SharingWayName[] | undefined;
  /** Only whole machines of so many are paid for. Default: 1. */
  readonly acceleratorsPerNode?: number | undefined;
  /** Of one accelerator. Default: nobody knows. */
  readonly usdPerAcceleratorHour?: number | undefined;
  /** Jobs to simulate. */
  readonly jobs: number;
  readonly seed: number;
}

/** Variants of a mode that are simulated; a rough count of their load picks them. */
const shortlist = 4;
const maxAccelerators = 10_000;

/** The cheapest mode that meets the objective; of those that cost the same, the one that isolates most. */
export function adviseSharing(question: SharingQuestion): SharingAdvice {
  const { kinds, accelerator, modes = sharingWayNames } = question;
  const jobs = arrivals(kinds, question.jobs, question.seed);
  const refused: RefusedSharing[] = [];
  const possible: SharingOutcome[] = [];
  for (const mode of modes) {
    const reason = refusal(mode, kinds, accelerator);
    const found = likely(variants(mode, kinds, accelerator), kinds)
      .map((variant) => fewestAccelerators(variant, jobs, question))
      .filter((outcome) => outcome !== undefined);
    const best = bestOf(found);
    if (best) possible.push(best);
    else
      refused.push({ mode, reason: reason ?? "too slow for some job, however many accelerators there are" });
  }
  possible.sort((a, b) => a.acceleratorHoursPerJob - b.acceleratorHoursPerJob);
  const recommended = bestOf(possible);
  return { recommended, reason: adviceReason(recommended, possible), possible, refused };
}

type Asked = Pick<SharingQuestion, "kinds" | "objective" | "usdPerAcceleratorHour">;

/** One mode with one number of accelerators. */
export function evaluateSharing(
  way: SharingWay,
  accelerators: number,
  jobs: readonly Arrival[],
  { kinds, objective, usdPerAcceleratorHour }: Asked,
): SharingOutcome {
  const figures = simulateSharing(way, accelerators, jobs);
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
function bestOf(outcomes: readonly SharingOutcome[]): SharingOutcome | undefined {
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

/** Doubles until the objective is met, then halves the interval; undefined if more do not help. */
function fewestAccelerators(
  way: SharingWay,
  jobs: readonly Arrival[],
  question: SharingQuestion,
): SharingOutcome | undefined {
  const { acceleratorsPerNode = 1 } = question;
  const evaluate = (nodes: number) => evaluateSharing(way, nodes * acceleratorsPerNode, jobs, question);
  let nodes = 1;
  let enough = evaluate(nodes);
  let tooFew = 0;
  while (!enough.meetsObjective) {
    // Nobody waits and it is still too slow: the mode itself is.
    const isHopeless = enough.figures.maxSeconds === 0 && enough.accelerators >= jobs.length;
    if (isHopeless || enough.accelerators >= maxAccelerators) return undefined;
    tooFew = nodes;
    nodes *= 2;
    enough = evaluate(nodes);
  }
  while (nodes - tooFew > 1) {
    const middle = Math.floor((nodes + tooFew) / 2);
    const outcome = evaluate(middle);
    if (!outcome.meetsObjective) {
      tooFew = middle;
      continue;
    }
    nodes = middle;
    enough = outcome;
  }
  return enough;
}

function likely(ways: readonly SharingWay[], kinds: readonly JobKind[]): SharingWay[] {
  return ways
    .map((way) => ({ way, load: roughLoad(way, kinds) }))
    .sort((a, b) => a.load - b.load)
    .slice(0, shortlist)
    .map(({ way }) => way);
}

/** Accelerators that the jobs would keep busy if they came evenly. */
function roughLoad(way: SharingWay, kinds: readonly JobKind[]): number {
  const work = (kind: JobKind) => (kind.arrivalsPerHour * kind.meanDurationSeconds) / 3600;
  const total = kinds.reduce((sum, kind) => sum + work(kind), 0);
  if (way.mode === "dedicated" || way.mode === "dra-partitions") return total;
  if (way.mode === "mig") {
    return Math.max(
      ...way.layout.map((slice) => {
        const asking = kinds.filter((kind) => sliceFor(kind, way.layout) === slice);
        const load = asking.reduce((sum, kind) => sum + work(kind) / migSpeed(kind, slice), 0);
        return load / way.layout.filter((other) => other === slice).length;
      }),
    );
  }
  const together = typicalResidents(kinds, residentCount(way, kinds), work, total);
  const speeds = way.mode === "mps" ? mpsSpeeds(together, way.clients) : timeSlicedSpeeds(together);
  return total / speeds.reduce((sum, speed) => sum + speed, 0);
}

/** As many as there are replicas, or as the memory has claims of the mean size. */
function residentCount(way: Extract<SharingWay, { clients: number }>, kinds: readonly JobKind[]): number {
  if (way.mode !== "dra-shares") return way.clients;
  const arriving = kinds.reduce((sum, kind) => sum + kind.arrivalsPerHour, 0);
  const claimed = kinds.reduce((sum, kind) => sum + kind.arrivalsPerHour * claimGiB(kind, way), 0);
  return Math.max(1, Math.floor((way.memoryGiB * arriving) / claimed));
}

/** So many jobs in the proportions of their work. */
function typicalResidents(
  kinds: readonly JobKind[],
  count: number,
  work: (kind: JobKind) => number,
  total: number,
): JobKind[] {
  let share = 0;
  return kinds.flatMap((kind) => {
    const from = Math.round(share * count);
    share += work(kind) / total;
    return new Array<JobKind>(Math.round(share * count) - from).fill(kind);
  });
}
