/** Jobs of several kinds that arrive at random on a few accelerators shared in one mode. */
import { seededRandom } from "./random.ts";
import { migSpeed, mpsSpeeds, timeSlicedSpeeds } from "./sharing-advice-model.ts";
import { type SharingJob, type SharingWay, sliceFor } from "./sharing-advice-modes.ts";
import { type Placed, type Places, placesOf } from "./sharing-advice-places.ts";
import { type Waits, waits } from "./simulation/queue-figures.ts";

/** A kind of job with how often it comes and how long it takes alone on a whole accelerator. */
export interface JobKind extends SharingJob {
  readonly arrivalsPerHour: number;
  readonly meanDurationSeconds: number;
}

export interface SharingFigures extends Waits {
  /** Mean part of the multiprocessors in use. */
  readonly smUtilization: number;
  /** Mean part of the slots, slices or claimed memory that is taken. */
  readonly occupancy: number;
  /** 95th percentile, by kind, of the time a job runs by the time it takes alone. */
  readonly p95Slowdown: Readonly<Record<string, number>>;
  /** Mean time from arrival to end. */
  readonly meanTurnaroundSeconds: number;
}

/** One arrival; the same for every mode that is compared. */
export interface Arrival {
  readonly kind: JobKind;
  readonly atSeconds: number;
  readonly workSeconds: number;
}

export function arrivals(kinds: readonly JobKind[], count: number, seed: number): Arrival[] {
  const random = seededRandom(seed);
  const total = kinds.reduce((sum, kind) => sum + kind.arrivalsPerHour, 0);
  let now = 0;
  return Array.from({ length: count }, () => {
    now += random.exponential(3600 / total);
    let left = random.next() * total;
    const kind = kinds.find(({ arrivalsPerHour }) => {
      left -= arrivalsPerHour;
      return left < 0;
    });
    if (!kind) throw new Error("a mix needs at least one kind of job that arrives");
    return { kind, atSeconds: now, workSeconds: random.exponential(kind.meanDurationSeconds) };
  });
}

interface Resident extends Placed {
  readonly kind: JobKind;
  readonly arrival: Arrival;
  readonly startSeconds: number;
  left: number;
  speed: number;
}

/** Places of one kind with who is there, by accelerator, and who waits for them. */
interface Pool {
  readonly places: Places;
  readonly accelerators: readonly Resident[][];
  readonly waiting: Arrival[];
}

/** Plays all arrivals, first come first served for each kind of place; every job runs to its end. */
export function simulateSharing(
  way: SharingWay,
  accelerators: number,
  jobs: readonly Arrival[],
): SharingFigures {
  const pools = placesOf(way).map(
    (places): Pool => ({
      places,
      accelerators: Array.from({ length: accelerators }, () => []),
      waiting: [],
    }),
  );
  const speeds = speedsOf(way);
  const poolOf = placement(way, pools);
  const waited: number[] = [];
  const ended: Ended[] = [];
  let occupied = 0;
  let now = 0;
  let next = 0;
  const admit = (pool: Pool): void => {
    for (let found = nextToStart(pool); found; found = nextToStart(pool)) {
      const { arrival, accelerator, taken, start } = found;
      pool.waiting.splice(pool.waiting.indexOf(arrival), 1);
      waited.push(now - arrival.atSeconds);
      const residents = pool.accelerators[accelerator] ?? [];
      const { kind, workSeconds } = arrival;
      residents.push({ kind, taken, start, arrival, startSeconds: now, left: workSeconds, speed: 1 });
      retime(residents, speeds, pool);
    }
  };
  while (ended.length < jobs.length) {
    const end = earliestEnd(pools);
    const arrival = jobs[next];
    const at = Math.min(arrival?.atSeconds ?? Number.POSITIVE_INFINITY, now + end.inSeconds);
    occupied += progress(pools, at - now);
    now = at;
    if (arrival && arrival.atSeconds <= at) {
      const pool = poolOf(arrival.kind);
      pool.waiting.push(arrival);
      next += 1;
      admit(pool);
      continue;
    }
    if (!end.pool || !end.residents || !end.resident) throw new Error("nothing arrives and nothing ends");
    end.residents.splice(end.residents.indexOf(end.resident), 1);
    ended.push({ resident: end.resident, endSeconds: now });
    retime(end.residents, speeds, end.pool);
    admit(end.pool);
  }
  const capacity = pools.reduce((sum, { places }) => sum + places.capacity, 0);
  return figures(waited, ended, { occupied, capacity, acceleratorSeconds: accelerators * now });
}

interface Ended {
  readonly resident: Resident;
  readonly endSeconds: number;
}

/** The first of those who wait that has a place; later ones only where the place lets them pass. */
function nextToStart({ places, accelerators, waiting }: Pool) {
  const without = new Set<JobKind>();
  for (const arrival of waiting) {
    if (without.has(arrival.kind)) continue;
    const found = places.find(arrival.kind, accelerators);
    if (found) return { arrival, ...found };
    if (!places.isPassing) return undefined;
    without.add(arrival.kind);
  }
  return undefined;
}

/** By kind of job, for those that share an accelerator or stand in its slices. */
type Speeds = (kinds: readonly JobKind[], places: Places) => ReadonlyMap<JobKind, number>;

function speedsOf({ mode }: SharingWay): Speeds {
  const shared = { mps: mpsSpeeds, "time-slicing": timeSlicedSpeeds, "dra-shares": timeSlicedSpeeds };
  const speeds = (shared as Partial<Record<SharingWay["mode"], typeof mpsSpeeds>>)[mode];
  if (!speeds) {
    return (kinds, places) =>
      new Map(
        kinds.map((kind) => {
          const slice = places.sliceOf(kind);
          return [kind, slice ? migSpeed(kind, slice) : 1];
        }),
      );
  }
  // The same jobs meet again and again.
  const known = new Map<string, ReadonlyMap<JobKind, number>>();
  return (kinds) => {
    const key = JSON.stringify(kinds.map(({ name }) => name).sort());
    const found = known.get(key) ?? mapOf(kinds, speeds(kinds));
    known.set(key, found);
    return found;
  };
}

function mapOf(kinds: readonly JobKind[], speeds: readonly number[]): ReadonlyMap<JobKind, number> {
  return new Map(kinds.map((kind, index) => [kind, speeds[index] ?? 1]));
}

function placement(way: SharingWay, pools: readonly Pool[]): (kind: JobKind) => Pool {
  return (kind) => {
    const slice = way.mode === "mig" ? sliceFor(kind, way.layout) : undefined;
    const isAsked = ({ places }: Pool) => way.mode !== "mig" || places.sliceOf(kind) === slice;
    const pool = pools.find(isAsked);
    if (!pool) throw new Error(`no place for ${kind.name}`);
    return pool;
  };
}

function retime(residents: readonly Resident[], speeds: Speeds, { places }: Pool): void {
  const found = speeds(
    residents.map(({ kind }) => kind),
    places,
  );
  for (const resident of residents) resident.speed = found.get(resident.kind) ?? 1;
}

interface End {
  readonly inSeconds: number;
  readonly pool?: Pool;
  readonly residents?: Resident[];
  readonly resident?: Resident;
}

function earliestEnd(pools: readonly Pool[]): End {
  let earliest: End = { inSeconds: Number.POSITIVE_INFINITY };
  for (const pool of pools) {
    for (const residents of pool.accelerators) {
      for (const resident of residents) {
        const inSeconds = resident.left / resident.speed;
        if (inSeconds < earliest.inSeconds) earliest = { inSeconds, pool, residents, resident };
      }
    }
  }
  return earliest;
}

/** Everybody works for so long; tells what was taken, by the second. */
function progress(pools: readonly Pool[], seconds: number): number {
  let occupied = 0;
  for (const { accelerators } of pools) {
    for (const residents of accelerators) {
      for (const resident of residents) {
        occupied += resident.taken * seconds;
        resident.left -= resident.speed * seconds;
      }
    }
  }
  return occupied;
}

function figures(
  waited: readonly number[],
  ended: readonly Ended[],
  totals: { readonly occupied: number; readonly capacity: number; readonly acceleratorSeconds: number },
): SharingFigures {
  const slowdowns = new Map<string, number[]>();
  let smSeconds = 0;
  let turnaround = 0;
  for (const { resident, endSeconds } of ended) {
    const { kind, workSeconds, atSeconds } = resident.arrival;
    const found = slowdowns.get(kind.name) ?? [];
    found.push((endSeconds - resident.startSeconds) / workSeconds);
    slowdowns.set(kind.name, found);
    smSeconds += workSeconds * kind.smActive;
    turnaround += endSeconds - atSeconds;
  }
  return {
    ...waits(waited),
    smUtilization: smSeconds / totals.acceleratorSeconds,
    occupancy: totals.occupied / (totals.capacity * totals.acceleratorSeconds),
    p95Slowdown: Object.fromEntries(
      [...slowdowns].sort().map(([name, values]) => [name, waits(values).p95Seconds]),
    ),
    meanTurnaroundSeconds: ended.length > 0 ? turnaround / ended.length : 0,
  };
}
