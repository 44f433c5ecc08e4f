/** Which sharing mode suits a mix of jobs: each is simulated with as few accelerators as will do. */
import { migSpeed, mpsSpeeds, timeSlicedSpeeds } from "./sharing-advice-model.ts";
import {
  type Isolation,
  isolation,
  refusal,
  type SharedAccelerator,
  type SharingMode,
  sliceFor,
  variants,
} from "./sharing-advice-modes.ts";
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
  readonly mode: SharingMode;
  readonly accelerators: number;
  readonly isolation: Isolation;
  readonly figures: SharingFigures;
  /** Accelerator-hours that exist for each job while jobs arrive; what is paid for. */
  readonly acceleratorHoursPerJob: number;
  /** The wait, and how much each kind of job may be slowed down. */
  readonly meetsObjective: boolean;
}

export interface SharingAdvice {
  /** Undefined when not even whole accelerators hold the jobs. */
  readonly recommended: SharingOutcome | undefined;
  /** The best found of each mode that is possible, the cheapest first. */
  readonly possible: readonly SharingOutcome[];
  readonly refused: readonly { readonly mode: SharingMode["mode"]; readonly reason: string }[];
}

export interface SharingQuestion {
  readonly kinds: readonly JobKind[];
  readonly accelerator: SharedAccelerator;
  readonly objective: SharingObjective;
  /** Modes to choose from; the device plugin still calls MPS experimental. Default: all. */
  readonly modes?: readonly SharingMode["mode"][];
  /** Jobs to simulate. */
  readonly jobs: number;
  readonly seed: number;
}

const families = ["dedicated", "mig", "mps", "time-slicing"] as const;
/** Costs nearer than this are the same: isolation and speed decide. */
const sameCost = 1.03;
/** Variants of a family that are simulated; a rough count of their load picks them. */
const shortlist = 4;
const maxAccelerators = 10_000;

/** The cheapest mode that meets the objective; of those that cost the same, the one that isolates most. */
export function adviseSharing(question: SharingQuestion): SharingAdvice {
  const { kinds, accelerator, modes = families } = question;
  const jobs = arrivals(kinds, question.jobs, question.seed);
  const refused = modes.flatMap((mode) => {
    const reason = refusal(mode, kinds, accelerator);
    return reason === undefined ? [] : [{ mode, reason }];
  });
  const possible = modes
    .flatMap((mode) => {
      const found = likely(variants(mode, kinds, accelerator), kinds)
        .map((variant) => fewestAccelerators(variant, jobs, question))
        .filter((outcome) => outcome !== undefined);
      return bestOf(found) ?? [];
    })
    .sort((a, b) => a.acceleratorHoursPerJob - b.acceleratorHoursPerJob);
  return { recommended: bestOf(possible), possible, refused };
}

/** One mode with one number of accelerators. */
export function evaluateSharing(
  mode: SharingMode,
  accelerators: number,
  jobs: readonly Arrival[],
  { kinds, objective }: Pick<SharingQuestion, "kinds" | "objective">,
): SharingOutcome {
  const figures = simulateSharing(mode, accelerators, jobs);
  const isFastEnough = kinds.every(({ name, slowdownMax }) => {
    return (figures.p95Slowdown[name] ?? 1) <= (slowdownMax ?? Number.POSITIVE_INFINITY);
  });
  const windowHours = (jobs.at(-1)?.atSeconds ?? 0) / 3600;
  return {
    mode,
    accelerators,
    isolation: isolation[mode.mode],
    figures,
    acceleratorHoursPerJob: (accelerators * windowHours) / Math.max(1, jobs.length),
    meetsObjective: isFastEnough && figures.p95Seconds <= objective.p95WaitSeconds,
  };
}

/** The cheapest; within the margin the best isolated; then the one that is done soonest. */
function bestOf(outcomes: readonly SharingOutcome[]): SharingOutcome | undefined {
  const least = Math.min(...outcomes.map(({ acceleratorHoursPerJob }) => acceleratorHoursPerJob));
  return outcomes
    .filter(({ acceleratorHoursPerJob }) => acceleratorHoursPerJob <= least * sameCost)
    .toSorted(
      (a, b) =>
        strength(b.isolation) - strength(a.isolation) ||
        a.figures.meanTurnaroundSeconds - b.figures.meanTurnaroundSeconds,
    )[0];
}

function strength(offered: Isolation): number {
  return Object.values(offered).filter(Boolean).length;
}

/** Doubles until the objective is met, then halves the interval; undefined if more do not help. */
function fewestAccelerators(
  mode: SharingMode,
  jobs: readonly Arrival[],
  question: SharingQuestion,
): SharingOutcome | undefined {
  let enough = evaluateSharing(mode, 1, jobs, question);
  let tooFew = 0;
  while (!enough.meetsObjective) {
    // Nobody waits and it is still too slow: the mode itself is.
    const isHopeless = enough.figures.maxSeconds === 0 && enough.accelerators >= jobs.length;
    if (isHopeless || enough.accelerators >= maxAccelerators) return undefined;
    tooFew = enough.accelerators;
    enough = evaluateSharing(mode, 2 * enough.accelerators, jobs, question);
  }
  while (enough.accelerators - tooFew > 1) {
    const middle = Math.floor((enough.accelerators + tooFew) / 2);
    const outcome = evaluateSharing(mode, middle, jobs, question);
    if (outcome.meetsObjective) enough = outcome;
    else tooFew = middle;
  }
  return enough;
}

function likely(modes: readonly SharingMode[], kinds: readonly JobKind[]): SharingMode[] {
  return modes
    .map((mode) => ({ mode, load: roughLoad(mode, kinds) }))
    .sort((a, b) => a.load - b.load)
    .slice(0, shortlist)
    .map(({ mode }) => mode);
}

/** Accelerators that the jobs would keep busy if they came evenly. */
function roughLoad(mode: SharingMode, kinds: readonly JobKind[]): number {
  const work = (kind: JobKind) => (kind.arrivalsPerHour * kind.meanDurationSeconds) / 3600;
  const total = kinds.reduce((sum, kind) => sum + work(kind), 0);
  if (mode.mode === "dedicated") return total;
  if (mode.mode === "mig") {
    return Math.max(
      ...mode.layout.map((slice) => {
        const asking = kinds.filter((kind) => sliceFor(kind, mode.layout) === slice);
        const load = asking.reduce((sum, kind) => sum + work(kind) / migSpeed(kind, slice), 0);
        return load / mode.layout.filter((other) => other === slice).length;
      }),
    );
  }
  const together = typicalResidents(kinds, mode.clients, work, total);
  const speeds = mode.mode === "mps" ? mpsSpeeds(together) : timeSlicedSpeeds(together);
  return total / speeds.reduce((sum, speed) => sum + speed, 0);
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
