/**
 * What sharing does to jobs, found in another way than the advice finds it and with none of its code: every
 * job is played as bursts on the accelerator and pauses beside it, and whoever is in a burst shares what
 * there is at that very moment. The advice reckons with averages instead.
 */
import { seededRandom } from "../../components/planning/random.ts";
import type { MigSlice } from "../../components/planning/sharing-accelerator.ts";
import type { SharingWay } from "../../components/planning/sharing-advice-modes.ts";
import type { Arrival, JobKind } from "../../components/planning/sharing-advice-simulation.ts";

interface Running {
  readonly arrival: Arrival;
  readonly startSeconds: number;
  /** Where its devices are, in the eight memory slices of a card. */
  readonly from: number;
  /** What is left of the job, and of its present burst or pause, in seconds alone. */
  left: number;
  phaseLeft: number;
  isBurst: boolean;
  rate: number;
}

type Card = Running[];

/** Bursts and pauses of a job of mean length. */
const cycles = 20;
/** Losses of the published measurements, once more: docs/sharing-advice.md. */
const kept = { sliced: 0.85, mps: 0.925 };

/**
 * How much slower than alone each kind of job is at its 95th percentile; undefined as soon as more than one
 * job in twenty has waited longer than is allowed.
 */
export function playBursts(
  way: SharingWay,
  cardCount: number,
  jobs: readonly Arrival[],
  p95WaitSeconds: number,
): ReadonlyMap<string, number> | undefined {
  const random = seededRandom(7);
  const cards: Card[] = Array.from({ length: cardCount }, () => []);
  const waiting: Arrival[] = [];
  const slowdowns = new Map<string, number[]>();
  let now = 0;
  let next = 0;
  let late = 0;
  const nextPhase = (running: Running, isBurst: boolean) => {
    const { engineActive, meanDurationSeconds } = running.arrival.kind;
    const mean = (meanDurationSeconds / cycles) * (isBurst ? engineActive : 1 - engineActive);
    running.isBurst = mean > 0 ? isBurst : !isBurst;
    running.phaseLeft = random.exponential(mean > 0 ? mean : meanDurationSeconds / cycles);
  };
  const start = () => {
    const blocked = new Set<string>();
    for (const arrival of [...waiting]) {
      const lane = laneOf(way, arrival.kind);
      const place = blocked.has(lane) ? undefined : placeFor(way, cards, arrival.kind);
      if (!place) {
        blocked.add(lane);
        continue;
      }
      waiting.splice(waiting.indexOf(arrival), 1);
      late += Number(now - arrival.atSeconds > p95WaitSeconds);
      const running = { arrival, startSeconds: now, from: place.from, left: arrival.workSeconds };
      const whole: Running = { ...running, phaseLeft: 0, isBurst: false, rate: 1 };
      nextPhase(whole, random.next() < arrival.kind.engineActive);
      place.card.push(whole);
      setRates(way, place.card);
    }
  };
  for (let ended = 0; ended < jobs.length; ) {
    if (late > jobs.length / 20) return undefined;
    const { first, card, inSeconds } = nextEvent(cards);
    const arrival = jobs[next];
    const step = Math.min(inSeconds, (arrival?.atSeconds ?? Number.POSITIVE_INFINITY) - now);
    for (const busy of cards) {
      for (const running of busy) {
        running.left -= step * running.rate;
        running.phaseLeft -= step * running.rate;
      }
    }
    now += step;
    if (arrival && step < inSeconds) {
      waiting.push(arrival);
      next += 1;
      start();
    } else if (first && card && first.left <= first.phaseLeft) {
      card.splice(card.indexOf(first), 1);
      ended += 1;
      const { kind, workSeconds } = first.arrival;
      slowdowns.set(kind.name, [
        ...(slowdowns.get(kind.name) ?? []),
        (now - first.startSeconds) / workSeconds,
      ]);
      setRates(way, card);
      start();
    } else if (first && card) {
      nextPhase(first, !first.isBurst);
      setRates(way, card);
    }
  }
  return new Map([...slowdowns].map(([name, values]) => [name, ninetyFifth(values)]));
}

function nextEvent(cards: readonly Card[]) {
  let inSeconds = Number.POSITIVE_INFINITY;
  let first: Running | undefined;
  let card: Card | undefined;
  for (const candidate of cards) {
    for (const running of candidate) {
      const seconds = Math.min(running.left, running.phaseLeft) / running.rate;
      if (seconds >= inSeconds) continue;
      inSeconds = Math.max(0, seconds);
      first = running;
      card = candidate;
    }
  }
  return { first, card, inSeconds };
}

/** Seconds of work a second: everything in a pause, and in a burst what the others leave. */
function setRates(way: SharingWay, card: Card): void {
  const bursts = card.filter(({ isBurst }) => isBurst).map(({ arrival }) => arrival.kind);
  const isAlone = card.length < 2;
  for (const running of card) {
    const { kind } = running.arrival;
    if (!running.isBurst || way.mode === "dedicated") running.rate = 1;
    else if (way.mode === "mps")
      running.rate = (isAlone ? 1 : kept.mps) * clientRate(kind, bursts, way.clients);
    else if (way.mode === "mig" || way.mode === "dra-partitions") {
      running.rate = burstRate(kind, sliceOf(way, kind));
    } else running.rate = (isAlone ? 1 : kept.sliced) / bursts.length;
  }
}

/** With an equal part of the multiprocessors, and of the bandwidth what all that are in a burst leave. */
function clientRate(kind: JobKind, bursts: readonly JobKind[], clients: number): number {
  const byPart = (of: JobKind) => Math.min(1, of.engineActive / of.smActive / clients);
  const fast = bursts.reduce((total, of) => total + (byPart(of) * of.dramActive) / of.engineActive, 0);
  return byPart(kind) / Math.max(1, fast);
}

/** In a slice of its own, where nobody else matters. */
function burstRate(kind: JobKind, slice: MigSlice): number {
  const { engineActive, smActive, dramActive } = kind;
  const wanted = [
    smActive / engineActive / slice.multiprocessors,
    dramActive / engineActive / slice.bandwidth,
  ];
  return 1 / Math.max(1, ...wanted);
}

/** The smallest slice on which the job is fast enough by itself. */
function sliceOf(way: Extract<SharingWay, { mode: "mig" | "dra-partitions" }>, kind: JobKind): MigSlice {
  const offered = way.mode === "mig" ? way.layout : way.slices;
  const isFit = (slice: MigSlice) => {
    const slowdown = 1 - kind.engineActive + kind.engineActive / burstRate(kind, slice);
    return slice.memoryGiB >= kind.memoryGiB && slowdown <= (kind.slowdownMax ?? Number.POSITIVE_INFINITY);
  };
  const size = (slice: MigSlice) => slice.multiprocessors + slice.memoryGiB / 1e6;
  const found = offered.filter(isFit).sort((a, b) => size(a) - size(b))[0];
  if (!found) throw new Error(`no slice for ${kind.name}`);
  return found;
}

/** Jobs that wait for the same thing, in the order in which they came. */
function laneOf(way: SharingWay, kind: JobKind): string {
  if (way.mode === "mig") return sliceOf(way, kind).profile;
  return way.mode === "dra-partitions" || way.mode === "dra-shares" ? kind.name : "all";
}

function placeFor(way: SharingWay, cards: readonly Card[], kind: JobKind) {
  const isSpread = way.mode !== "dra-partitions" && way.mode !== "dra-shares";
  const sameLane = (card: Card) =>
    card.filter(({ arrival }) => laneOf(way, arrival.kind) === laneOf(way, kind)).length;
  const order = isSpread ? cards.toSorted((a, b) => sameLane(a) - sameLane(b)) : cards;
  for (const card of order) {
    const from = freePosition(way, card, kind, sameLane);
    if (from !== undefined) return { card, from };
  }
  return undefined;
}

function freePosition(
  way: SharingWay,
  card: Card,
  kind: JobKind,
  sameLane: (card: Card) => number,
): number | undefined {
  if (way.mode === "dra-partitions") {
    const taken = new Set(
      card.flatMap(({ from, arrival }) => row(from, sliceOf(way, arrival.kind).memorySlices)),
    );
    const { starts, memorySlices } = sliceOf(way, kind);
    return starts.find((start) => row(start, memorySlices).every((position) => !taken.has(position)));
  }
  if (way.mode === "dra-shares") {
    const claim = (job: JobKind) => Math.max(job.memoryGiB, way.memoryGiB / way.clients);
    const claimed = card.reduce((total, { arrival }) => total + claim(arrival.kind), claim(kind));
    return claimed <= way.memoryGiB + 1e-6 ? 0 : undefined;
  }
  const room =
    way.mode === "dedicated"
      ? 1
      : way.mode === "mig"
        ? way.layout.filter(({ profile }) => profile === sliceOf(way, kind).profile).length
        : way.clients;
  return sameLane(card) < room ? 0 : undefined;
}

function row(from: number, length: number): number[] {
  return Array.from({ length }, (_, index) => from + index);
}

function ninetyFifth(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * 0.95) - 1] ?? 0;
}
