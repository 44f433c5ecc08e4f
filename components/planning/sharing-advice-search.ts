/** The best setting of a sharing mode: each is played, but for those that another is as good as or better. */
import { migSpeed, mpsSpeeds, timeSlicedSpeeds } from "./sharing-advice-model.ts";
import { claimGiB, type SharingWay, sliceFor } from "./sharing-advice-modes.ts";
import {
  bestOf,
  evaluatePatience,
  type SharingDemand,
  type SharingOutcome,
} from "./sharing-advice-outcome.ts";
import { sameCost } from "./sharing-advice-reason.ts";
import type { Arrival, JobKind } from "./sharing-advice-simulation.ts";

export interface SharingSearch extends SharingDemand {
  /** Only whole machines of so many are paid for. Default: 1. */
  readonly acceleratorsPerNode?: number | undefined;
}

const maxAccelerators = 10_000;

/** With the fewest nodes that meet the objective; undefined if none do, however many there are. */
export function bestSetting(
  ways: readonly SharingWay[],
  jobs: readonly Arrival[],
  search: SharingSearch,
): SharingOutcome | undefined {
  const { kinds, acceleratorsPerNode = 1 } = search;
  const found: SharingOutcome[] = [];
  for (const way of byLoad(undominated(ways, kinds), kinds)) {
    const play = (nodes: number) => evaluatePatience(way, nodes * acceleratorsPerNode, jobs, search);
    const fewest = Math.min(...found.map(({ accelerators }) => accelerators)) / acceleratorsPerNode;
    const outcome = Number.isFinite(fewest)
      ? fewestBelow(Math.floor(fewest * sameCost), play)
      : fewestNodes(play, Math.floor(maxAccelerators / acceleratorsPerNode), jobs.length);
    if (outcome) found.push(outcome);
  }
  return bestOf(found);
}

/** One setting on so many nodes; undefined where jobs wait too long. */
type Play = (nodes: number) => SharingOutcome | undefined;

/** Doubles the nodes until they meet the objective, then looks for fewer. */
function fewestNodes(play: Play, most: number, jobCount: number): SharingOutcome | undefined {
  for (let nodes = 1; ; nodes *= 2) {
    const outcome = play(Math.min(nodes, most));
    if (outcome?.meetsObjective) return between(Math.floor(nodes / 2), Math.min(nodes, most), outcome, play);
    if (nodes >= most || (outcome && isHopeless(outcome, jobCount))) return undefined;
  }
}

/** Nobody waits and it is still too slow, and further accelerators would stay empty. */
function isHopeless({ way, figures, accelerators }: SharingOutcome, jobCount: number): boolean {
  const isPacked = way.mode === "dra-shares" || way.mode === "dra-partitions";
  return figures.maxSeconds === 0 && (isPacked || accelerators >= jobCount);
}

/** No more nodes than these; most settings need more, and one play tells. */
function fewestBelow(most: number, play: Play): SharingOutcome | undefined {
  let enough = play(most);
  if (!enough?.meetsObjective) return undefined;
  let nodes = most;
  for (let step = 1; nodes > step; step *= 2) {
    const fewer = play(nodes - step);
    if (!fewer?.meetsObjective) return between(nodes - step, nodes, enough, play);
    enough = fewer;
    nodes -= step;
  }
  return between(0, nodes, enough, play);
}

/** Halves the interval until what is too few and what is enough are neighbours. */
function between(tooFew: number, nodes: number, enough: SharingOutcome, play: Play): SharingOutcome {
  if (nodes - tooFew <= 1) return enough;
  const middle = Math.floor((nodes + tooFew) / 2);
  const outcome = play(middle);
  return outcome?.meetsObjective
    ? between(tooFew, middle, outcome, play)
    : between(middle, nodes, enough, play);
}

/**
 * Without layouts of which another gives every kind of job the same slice, and as many or more of each:
 * slices do not slow each other, so with fewer nobody waits less. Of equal ones that with the fewest slices.
 */
export function undominated(ways: readonly SharingWay[], kinds: readonly JobKind[]): SharingWay[] {
  const layouts = ways.flatMap((way) => (way.mode === "mig" ? [{ way, ...offerOf(way, kinds) }] : []));
  const kept = layouts.filter((own, index) =>
    layouts.every((other, place) => {
      if (other === own || other.asked !== own.asked) return true;
      const isCovered = own.counts.every((count, slice) => count <= (other.counts[slice] ?? 0));
      if (!isCovered) return true;
      const isEqual = own.counts.every((count, slice) => count === other.counts[slice]);
      const spare = other.way.layout.length - own.way.layout.length;
      return isEqual && (spare > 0 || (spare === 0 && place > index));
    }),
  );
  return ways.filter((way) => way.mode !== "mig" || kept.some((layout) => layout.way === way));
}

/** Which slice each kind asks for, and how many there are of each of these. */
function offerOf({ layout }: Extract<SharingWay, { mode: "mig" }>, kinds: readonly JobKind[]) {
  const slices = kinds.map((kind) => sliceFor(kind, layout));
  return {
    asked: slices.map((slice) => slice?.profile).join(" "),
    counts: slices.map((slice) => layout.filter((other) => other === slice).length),
  };
}

/** The likely ones first: the sooner a good one is found, the sooner are others known to be worse. */
function byLoad(ways: readonly SharingWay[], kinds: readonly JobKind[]): SharingWay[] {
  return ways
    .map((way) => ({ way, load: roughLoad(way, kinds) }))
    .sort((a, b) => a.load - b.load)
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
