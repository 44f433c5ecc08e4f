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
  /** Work that was left when its card changed last. */
  left: number;
  speed: number;
}

/** An accelerator, or its slices of one profile: nothing there changes but when a job comes or goes. */
interface Card {
  readonly pool: Pool;
  readonly residents: Resident[];
  changedSeconds: number;
  /** When the first of them ends, if nobody comes before; infinite where nobody is. */
  endSeconds: number;
  first: Resident | undefined;
}

/** Places of one kind with who is there, by accelerator, and who waits for them. */
interface Pool {
  readonly places: Places;
  readonly accelerators: readonly Resident[][];
  readonly cards: Card[];
  readonly waiting: Arrival[];
}

interface Play {
  readonly pools: readonly Pool[];
  readonly cards: readonly Card[];
  readonly speeds: Speeds;
  readonly waited: number[];
  readonly ended: Ended[];
  /** Jobs that waited longer than they should have. */
  late: number;
  now: number;
  /** Of all places together, now and by the second until now. */
  taken: number;
  takenSeconds: number;
}

/** Plays all arrivals, first come first served for each kind of place; every job runs to its end. */
export function simulateSharing(
  way: SharingWay,
  accelerators: number,
  jobs: readonly Arrival[],
): SharingFigures {
  const found = simulatePatience(way, accelerators, jobs, Number.POSITIVE_INFINITY);
  if (!found) throw new Error("nobody waits longer than for ever");
  return found;
}

/** The same; undefined as soon as more than one job in twenty has waited longer than this. */
export function simulatePatience(
  way: SharingWay,
  accelerators: number,
  jobs: readonly Arrival[],
  p95WaitSeconds: number,
): SharingFigures | undefined {
  const play = newPlay(way, accelerators);
  const poolOf = placement(way, play.pools);
  const mayBeLate = jobs.length - Math.ceil(0.95 * jobs.length);
  let next = 0;
  while (play.ended.length < jobs.length) {
    if (play.late > mayBeLate) return undefined;
    const card = play.cards.reduce((first, other) => (other.endSeconds < first.endSeconds ? other : first));
    const arrival = jobs[next];
    if (arrival && arrival.atSeconds <= card.endSeconds) {
      moveOn(play, arrival.atSeconds);
      const pool = poolOf(arrival.kind);
      pool.waiting.push(arrival);
      next += 1;
      admit(play, pool, p95WaitSeconds);
      continue;
    }
    endFirst(play, card);
    admit(play, card.pool, p95WaitSeconds);
  }
  const capacity = play.pools.reduce((sum, { places }) => sum + places.capacity, 0);
  const { takenSeconds: occupied, now } = play;
  return figures(play.waited, play.ended, { occupied, capacity, acceleratorSeconds: accelerators * now });
}

function newPlay(way: SharingWay, accelerators: number): Play {
  const pools = placesOf(way).map((places): Pool => {
    const residents = Array.from({ length: accelerators }, (): Resident[] => []);
    const pool: Pool = { places, accelerators: residents, cards: [], waiting: [] };
    const empty = { changedSeconds: 0, endSeconds: Number.POSITIVE_INFINITY, first: undefined };
    pool.cards.push(...residents.map((own): Card => ({ ...empty, pool, residents: own })));
    return pool;
  });
  const start = { late: 0, now: 0, taken: 0, takenSeconds: 0 };
  const cards = pools.flatMap((pool) => pool.cards);
  return { ...start, pools, cards, speeds: speedsOf(way), waited: [], ended: [] };
}

interface Ended {
  readonly resident: Resident;
  readonly endSeconds: number;
}

function moveOn(play: Play, toSeconds: number): void {
  play.takenSeconds += play.taken * (toSeconds - play.now);
  play.now = toSeconds;
}

function endFirst(play: Play, card: Card): void {
  const { first } = card;
  if (!first) throw new Error("nothing arrives and nothing ends");
  moveOn(play, card.endSeconds);
  change(play, card, () => card.residents.splice(card.residents.indexOf(first), 1));
  play.taken -= first.taken;
  play.ended.push({ resident: first, endSeconds: play.now });
}

/** Starts whoever has a place. */
function admit(play: Play, pool: Pool, p95WaitSeconds: number): void {
  for (let found = nextToStart(pool); found; found = nextToStart(pool)) {
    const { arrival, accelerator, taken, start } = found;
    const { kind, atSeconds, workSeconds } = arrival;
    const card = pool.cards[accelerator];
    if (!card) throw new Error(`no accelerator ${accelerator}`);
    pool.waiting.splice(pool.waiting.indexOf(arrival), 1);
    play.waited.push(play.now - atSeconds);
    play.late += Number(play.now - atSeconds > p95WaitSeconds);
    const times = { startSeconds: play.now, left: workSeconds, speed: 1 };
    change(play, card, () => card.residents.push({ kind, taken, start, arrival, ...times }));
    play.taken += taken;
  }
}

/** Who is there has worked until now, and is as fast as the others let it be from now on. */
function change({ now, speeds }: Play, card: Card, comeOrGo: () => void): void {
  const { residents } = card;
  for (const resident of residents) resident.left -= resident.speed * (now - card.changedSeconds);
  card.changedSeconds = now;
  comeOrGo();
  const found = speeds(residents, card.pool.places);
  card.endSeconds = Number.POSITIVE_INFINITY;
  card.first = undefined;
  for (const resident of residents) {
    resident.speed = found.get(resident.kind) ?? 1;
    const endSeconds = now + resident.left / resident.speed;
    if (endSeconds >= card.endSeconds) continue;
    card.endSeconds = endSeconds;
    card.first = resident;
  }
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
type Speeds = (residents: readonly Resident[], places: Places) => ReadonlyMap<JobKind, number>;

function speedsOf(way: SharingWay): Speeds {
  const shared = sharedSpeeds(way);
  if (!shared) {
    return (residents, places) =>
      new Map(
        residents.map(({ kind }) => {
          const slice = places.sliceOf(kind);
          return [kind, slice ? migSpeed(kind, slice) : 1];
        }),
      );
  }
  return (residents) => {
    const kinds = residents.map(({ kind }) => kind);
    const found = shared(kinds);
    return new Map(kinds.map((kind, index) => [kind, found[index] ?? 1]));
  };
}

/** Of modes whose jobs slow each other. */
function sharedSpeeds(way: SharingWay): ((jobs: readonly JobKind[]) => number[]) | undefined {
  switch (way.mode) {
    case "mps":
      return (jobs) => mpsSpeeds(jobs, way.clients);
    case "time-slicing":
    case "dra-shares":
      return timeSlicedSpeeds;
    default:
      return undefined;
  }
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
