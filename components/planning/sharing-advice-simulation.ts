/** Jobs of several kinds that arrive at random on a few accelerators shared in one mode. */
import { seededRandom } from "./random.ts";
import { type MigProfile, migSpeed, mpsSpeeds, timeSlicedSpeeds } from "./sharing-advice-model.ts";
import { type SharingJob, type SharingMode, sliceFor } from "./sharing-advice-modes.ts";
import { type Waits, waits } from "./simulation/queue-figures.ts";

/** A kind of job with how often it comes and how long it takes alone on a whole accelerator. */
export interface JobKind extends SharingJob {
  readonly arrivalsPerHour: number;
  readonly meanDurationSeconds: number;
}

export interface SharingFigures extends Waits {
  /** Mean part of the multiprocessors in use. */
  readonly smUtilization: number;
  /** Mean part of the slots, or slices, that hold a job. */
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

interface Resident {
  readonly arrival: Arrival;
  readonly startSeconds: number;
  left: number;
  speed: number;
}

/** Slots that jobs of the same kinds ask for: whole accelerators, replicas, or slices of one profile. */
class Slots {
  readonly waiting: Arrival[] = [];
  readonly slice: MigProfile | undefined;
  readonly accelerators: Resident[][];
  private readonly perAccelerator: number;

  constructor(accelerators: number, perAccelerator: number, slice?: MigProfile) {
    this.accelerators = Array.from({ length: accelerators }, () => []);
    this.perAccelerator = perAccelerator;
    this.slice = slice;
  }

  get size(): number {
    return this.accelerators.length * this.perAccelerator;
  }

  /** The accelerator with the fewest jobs, as the device plugin spreads replicas. */
  freest(): Resident[] | undefined {
    const [first, ...others] = this.accelerators;
    if (!first) return undefined;
    const least = others.reduce((best, next) => (next.length < best.length ? next : best), first);
    return least.length < this.perAccelerator ? least : undefined;
  }
}

/** Plays all arrivals, first come first served for each kind of slot; every job runs to its end. */
export function simulateSharing(
  mode: SharingMode,
  accelerators: number,
  jobs: readonly Arrival[],
): SharingFigures {
  const pools = slotsOf(mode, accelerators);
  const speeds = speedsOf(mode);
  const poolOf = placement(mode, pools);
  const waited: number[] = [];
  const ended: { readonly resident: Resident; readonly endSeconds: number }[] = [];
  let occupied = 0;
  let now = 0;
  let next = 0;
  const admit = (pool: Slots): void => {
    for (let free = pool.freest(); free && pool.waiting.length > 0; free = pool.freest()) {
      const arrival = pool.waiting.shift();
      if (!arrival) return;
      waited.push(now - arrival.atSeconds);
      free.push({ arrival, startSeconds: now, left: arrival.workSeconds, speed: 1 });
      retime(free, speeds, pool.slice);
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
    retime(end.residents, speeds, end.pool.slice);
    admit(end.pool);
  }
  const slots = pools.reduce((sum, { size }) => sum + size, 0);
  return figures(waited, ended, {
    slotSeconds: slots * now,
    occupied,
    acceleratorSeconds: accelerators * now,
  });
}

/** By kind of job, for those that share an accelerator or stand in its slices. */
type Speeds = (kinds: readonly JobKind[], slice: MigProfile | undefined) => ReadonlyMap<JobKind, number>;

function speedsOf(mode: SharingMode): Speeds {
  if (mode.mode !== "time-slicing" && mode.mode !== "mps") {
    return (kinds, slice) => new Map(kinds.map((kind) => [kind, slice ? migSpeed(kind, slice) : 1]));
  }
  const shared = mode.mode === "mps" ? mpsSpeeds : timeSlicedSpeeds;
  // The same jobs meet again and again.
  const known = new Map<string, ReadonlyMap<JobKind, number>>();
  return (kinds) => {
    const key = kinds
      .map(({ name }) => name)
      .sort()
      .join();
    const found = known.get(key) ?? mapOf(kinds, shared(kinds));
    known.set(key, found);
    return found;
  };
}

function mapOf(kinds: readonly JobKind[], speeds: readonly number[]): ReadonlyMap<JobKind, number> {
  return new Map(kinds.map((kind, index) => [kind, speeds[index] ?? 1]));
}

function slotsOf(mode: SharingMode, accelerators: number): Slots[] {
  if (mode.mode === "dedicated") return [new Slots(accelerators, 1)];
  if (mode.mode !== "mig") return [new Slots(accelerators, mode.clients)];
  const profiles = [...new Set(mode.layout)];
  return profiles.map((profile) => {
    const slices = mode.layout.filter((slice) => slice === profile).length;
    return new Slots(accelerators, slices, profile);
  });
}

function placement(mode: SharingMode, pools: readonly Slots[]): (kind: JobKind) => Slots {
  return (kind) => {
    const slice = mode.mode === "mig" ? sliceFor(kind, mode.layout) : undefined;
    const pool = pools.find((candidate) => candidate.slice === slice);
    if (!pool) throw new Error(`no slot for ${kind.name}`);
    return pool;
  };
}

function retime(residents: readonly Resident[], speeds: Speeds, slice: MigProfile | undefined): void {
  const found = speeds(
    residents.map(({ arrival }) => arrival.kind),
    slice,
  );
  for (const resident of residents) resident.speed = found.get(resident.arrival.kind) ?? 1;
}

interface End {
  readonly inSeconds: number;
  readonly pool?: Slots;
  readonly residents?: Resident[];
  readonly resident?: Resident;
}

function earliestEnd(pools: readonly Slots[]): End {
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

/** Everybody works for so long; tells the slot-seconds that were occupied. */
function progress(pools: readonly Slots[], seconds: number): number {
  let occupied = 0;
  for (const { accelerators } of pools) {
    for (const residents of accelerators) {
      occupied += residents.length * seconds;
      for (const resident of residents) resident.left -= resident.speed * seconds;
    }
  }
  return occupied;
}

function figures(
  waited: readonly number[],
  ended: readonly { readonly resident: Resident; readonly endSeconds: number }[],
  totals: { readonly slotSeconds: number; readonly occupied: number; readonly acceleratorSeconds: number },
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
    occupancy: totals.occupied / totals.slotSeconds,
    p95Slowdown: Object.fromEntries(
      [...slowdowns].sort().map(([name, values]) => [name, waits(values).p95Seconds]),
    ),
    meanTurnaroundSeconds: ended.length > 0 ? turnaround / ended.length : 0,
  };
}
