/** Which sharing mode suits a mix of jobs: the best setting of each, with as few accelerators as will do. */
import type { Problem } from "./problem.ts";
import type { SharedAccelerator } from "./sharing-accelerator.ts";
import {
  describedWay,
  refusal,
  type SharingWay,
  type SharingWayName,
  sharingWayNames,
  variants,
} from "./sharing-advice-modes.ts";
import { bestOf, type SharingOutcome } from "./sharing-advice-outcome.ts";
import { adviceReason } from "./sharing-advice-reason.ts";
import { bestSetting, type SharingSearch } from "./sharing-advice-search.ts";
import { arrivals } from "./sharing-advice-simulation.ts";

export interface RefusedSharing {
  readonly mode: SharingWayName;
  readonly reason: string;
}

/** Settings of a mode that are refused for one reason, while the mode has others. */
export interface LeftOutSettings {
  readonly mode: SharingWayName;
  readonly settings: number;
  /** One of them. */
  readonly example: string;
  readonly allowed: string;
  readonly remedy: string;
}

export interface SharingAdvice {
  /** Undefined when not even whole accelerators hold the jobs. */
  readonly recommended: SharingOutcome | undefined;
  readonly reason: string;
  /** The best setting of each mode that is possible, the cheapest first. */
  readonly possible: readonly SharingOutcome[];
  /** Settings that it was chosen from, by mode. */
  readonly settings: Readonly<Partial<Record<SharingWayName, number>>>;
  readonly refused: readonly RefusedSharing[];
  readonly leftOut: readonly LeftOutSettings[];
}

export interface SharingQuestion extends SharingSearch {
  readonly accelerator: SharedAccelerator;
  /** Modes to choose from; the device plugin still calls MPS experimental. Default: all. */
  readonly modes?: readonly SharingWayName[] | undefined;
  /** Why nodes cannot be set up in this way; undefined if they can. Default: in every way. */
  readonly settingProblem?: ((way: SharingWay) => Problem | undefined) | undefined;
  /** Jobs to simulate. */
  readonly jobs: number;
  readonly seed: number;
}

/** The cheapest mode that meets the objective; of those that cost the same, the one that isolates most. */
export function adviseSharing(question: SharingQuestion): SharingAdvice {
  const { kinds, accelerator, modes = sharingWayNames } = question;
  const jobs = arrivals(kinds, question.jobs, question.seed);
  const settings: Partial<Record<SharingWayName, number>> = {};
  const refused: RefusedSharing[] = [];
  const leftOut: LeftOutSettings[] = [];
  const possible: SharingOutcome[] = [];
  for (const mode of modes) {
    const { allowed, problems } = sifted(variants(mode, kinds, accelerator), question);
    const best = bestSetting(allowed, jobs, question);
    if (best) {
      possible.push(best);
      settings[mode] = allowed.length;
      leftOut.push(...byReason(mode, problems));
      continue;
    }
    const reasons = [
      ...[refusal(mode, kinds, accelerator) ?? []].flat(),
      ...byReason(mode, problems).map(platformReason),
      ...(allowed.length > 0 ? ["too slow for some job, however many accelerators there are"] : []),
    ];
    refused.push({ mode, reason: reasons.join("; ") });
  }
  possible.sort((a, b) => a.acceleratorHoursPerJob - b.acceleratorHoursPerJob);
  const recommended = bestOf(possible);
  return {
    recommended,
    reason: adviceReason(recommended, possible),
    possible,
    settings,
    refused,
    leftOut,
  };
}

interface RefusedSetting {
  readonly way: SharingWay;
  readonly problem: Problem;
}

function sifted(ways: readonly SharingWay[], { settingProblem }: SharingQuestion) {
  const allowed: SharingWay[] = [];
  const problems: RefusedSetting[] = [];
  for (const way of ways) {
    const problem = settingProblem?.(way);
    if (problem) problems.push({ way, problem });
    else allowed.push(way);
  }
  return { allowed, problems };
}

function byReason(mode: SharingWayName, refused: readonly RefusedSetting[]): LeftOutSettings[] {
  const groups = Map.groupBy(refused, ({ problem }) => problem.allowed);
  return [...groups].flatMap(([allowed, group]) => {
    const [first] = group;
    if (!first) return [];
    const { way, problem } = first;
    return [{ mode, settings: group.length, example: describedWay(way), allowed, remedy: problem.remedy }];
  });
}

function platformReason({ allowed, remedy }: LeftOutSettings): string {
  return `the platform would be refused; allowed: ${allowed}; way out: ${remedy}`;
}
