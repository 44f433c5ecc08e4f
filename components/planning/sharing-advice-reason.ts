/** Why a sharing mode is recommended, in words. */
import { isolationKinds } from "../catalogue/sharing-modes.ts";
import { describedWay, sharingWays } from "./sharing-advice-modes.ts";
import type { SharingOutcome } from "./sharing-advice-outcome.ts";

/** Costs nearer than this are the same: isolation and speed decide. */
export const sameCost = 1.03;

export function isAsCheap(outcome: SharingOutcome, outcomes: readonly SharingOutcome[]): boolean {
  const least = Math.min(...outcomes.map(({ acceleratorHoursPerJob }) => acceleratorHoursPerJob));
  return outcome.acceleratorHoursPerJob <= least * sameCost;
}

/** Against what costs the same, or else against the next. */
export function adviceReason(
  recommended: SharingOutcome | undefined,
  possible: readonly SharingOutcome[],
): string {
  if (!recommended) return "no mode gives the jobs what they ask for";
  const others = possible.filter((outcome) => outcome !== recommended);
  const equals = others.filter((outcome) => isAsCheap(outcome, possible));
  const told = equals.map((outcome) => passedOver(outcome, recommended));
  const next = others.find((outcome) => !equals.includes(outcome));
  return [
    ...(equals.length > 0 ? [`costs the same within 3 % as ${told.join(" and ")}`] : []),
    ...(next ? [`costs ${savedPercent(recommended, next)} % less than ${describedWay(next.way)}`] : []),
    ...(others.length === 0 ? ["the only mode that is possible"] : []),
    ...alphaNote(recommended, possible),
  ].join("; ");
}

/** A mode that costs the same, and what it has less of. */
function passedOver({ way, isolation }: SharingOutcome, recommended: SharingOutcome): string {
  const missing = isolationKinds.filter((kind) => recommended.isolation[kind] && !isolation[kind]);
  const { alphaGate } = sharingWays[way.mode];
  if (missing.length > 0) return `${describedWay(way)} (does not keep ${missing.join(", ")} apart)`;
  return `${describedWay(way)} (${alphaGate ? `alpha gate ${alphaGate}` : "ends jobs no sooner"})`;
}

function savedPercent(recommended: SharingOutcome, next: SharingOutcome): string {
  const part = 1 - recommended.acceleratorHoursPerJob / next.acceleratorHoursPerJob;
  return (100 * part).toFixed(0);
}

/** A gate that is off by default, and what there is without it. */
function alphaNote({ way }: SharingOutcome, possible: readonly SharingOutcome[]): string[] {
  const { alphaGate } = sharingWays[way.mode];
  if (alphaGate === undefined) return [];
  const stable = possible.find((outcome) => sharingWays[outcome.way.mode].alphaGate === undefined);
  const without = stable ? `; without it: ${describedWay(stable.way)}` : "";
  return [`needs the driver's alpha gate ${alphaGate}${without}`];
}
