/**
 * The engine's places: who has one, who waits for one, and how long whoever comes now would wait. Times are
 * those of late; what was not measured yet counts as nothing, and refuses nobody.
 */
import type { EngineFacts } from "../engine/contract.ts";
import { ApiError } from "./api-error.ts";
import type { Caller } from "./api-keys.ts";
import { retryMax, retryMin } from "./backlog.ts";

/** How much the newest value says about what is usual. */
const newestShare = 0.1;
/** How much of what was measured before is left after a second: the last half minute counts most. */
const keptOfSecond = 0.97;
/** Part of all that the engine takes that is kept for tenants with less than an even part. */
const keptShare = 1 / 8;

export interface PlacesOptions {
  readonly facts: Pick<EngineFacts, "sequences" | "requests">;
  /** The longest wait for a place; 0: only whose tenant has less than an even part waits. */
  readonly waitSeconds: number;
  /** Whether there is more than one tenant now. */
  readonly isShared: () => boolean;
  /** Milliseconds, never going back. */
  readonly now: () => number;
  /** Told of every request that is refused. */
  readonly refused: (reason: "wait") => void;
}

type Comer = Pick<Caller, "tenant" | "priority">;

/** What one answer has of the engine. */
export interface Place {
  /** The engine took it up so long ago. */
  begun(millisecondsAgo: number): void;
  /** So many tokens of it came. */
  came(tokens: number): void;
  /** Its reader is slow: others have its place until it is let go. */
  hold(isHeld: boolean): void;
  /** It is over; harmless a second time. Of one that did not come to its end nothing is learnt. */
  leave(isWhole?: boolean): void;
}

interface Guest extends Comer {
  /** Of its answer at most. */
  readonly answerTokens: number;
}

export class Places {
  private readonly options: PlacesOptions;
  private readonly waiting = new Set<Guest>();
  private readonly running = new Set<Guest>();
  /** Seconds until the first token of one that was taken up, between two tokens, and tokens of an answer. */
  private readonly firstToken = new Usual();
  private readonly betweenTokens = new Usual();
  private readonly answer = new Usual();
  /** By tenant; who was sent away is expected back, and less so as time goes by. */
  private readonly sentAway = new Map<string, { count: number; at: number }>();
  /** Of late, seconds in which every place was asked for, and seconds that answers had places in them. */
  private fullSeconds = 1;
  private usedSeconds: number;
  private measuredAt: number;

  constructor(options: PlacesOptions) {
    this.options = options;
    this.usedSeconds = options.facts.sequences;
    this.measuredAt = options.now();
  }

  /**
   * Seconds after which one of this tenant may come back that would wait for too long now; undefined: it may
   * come in. Whoever finds a place does, and so does whose tenant has less than an even part of them, unless
   * somebody more urgent waits: it is the next to have one. All others do if what their tenant asked for of
   * late, requests that were sent away included, would have its turn in time: a burst waits, and where ever
   * more come, nobody waits long.
   */
  refusal(comer: Comer): number | undefined {
    const { facts, waitSeconds } = this.options;
    const open = this.openByTenant();
    const own = open.get(comer.tenant) ?? 0;
    const tenants = open.size + (own === 0 ? 1 : 0);
    const seconds = this.secondsUntilTurn(comer);
    if (this.open < facts.sequences) return undefined;
    if (!this.isKeptForOthers(own, tenants)) {
      const isNext = own < facts.sequences / tenants && !this.isUrgentWaiting(comer);
      if (isNext || seconds < waitSeconds) return undefined;
    }
    this.sentAway.set(comer.tenant, { count: this.expectedBack(comer.tenant) + 1, at: this.options.now() });
    return Math.ceil(Math.min(retryMax, Math.max(retryMin, seconds)));
  }

  /**
   * Throws an ApiError for one that would wait for too long. Asked when it arrives, so that nothing is done
   * for it, and before the engine is, since many may arrive at once.
   */
  check(comer: Comer): void {
    const retrySeconds = this.refusal(comer);
    if (retrySeconds === undefined) return;
    this.options.refused("wait");
    const { waitSeconds } = this.options;
    const message = `every place is taken, and the wait for one would be longer than ${waitSeconds} seconds`;
    throw new ApiError("queue_full", message, { retrySeconds });
  }

  /** An answer of so many tokens at most waits from now on. */
  take({ tenant, priority }: Comer, answerTokens: number): Place {
    const { now } = this.options;
    const guest: Guest = { tenant, priority, answerTokens };
    this.measure();
    this.waiting.add(guest);
    let [begunAt, firstAt, lastAt, tokens] = [0, 0, 0, 0];
    let [wasHeld, isOver] = [false, false];
    const begun = (millisecondsAgo: number) => {
      if (!this.waiting.has(guest)) return;
      this.measure();
      this.waiting.delete(guest);
      this.running.add(guest);
      begunAt = now() - millisecondsAgo;
    };
    const came = (count: number) => {
      begun(0);
      if (count === 0) return;
      lastAt = now();
      if (tokens === 0) firstAt = lastAt;
      if (tokens === 0) this.firstToken.learn((firstAt - begunAt) / 1000);
      tokens += count;
    };
    const hold = (isHeld: boolean) => {
      if (isOver || this.waiting.has(guest)) return;
      this.measure();
      wasHeld = true;
      if (isHeld) this.running.delete(guest);
      else this.running.add(guest);
    };
    const leave = (isWhole = false) => {
      if (isOver) return;
      isOver = true;
      this.measure();
      const hasBegun = !this.waiting.delete(guest);
      this.running.delete(guest);
      if (!hasBegun || !isWhole) return;
      // An embedding has no token: its prompt is all that is computed.
      if (tokens === 0) this.firstToken.learn((now() - begunAt) / 1000);
      else this.answer.learn(tokens);
      if (tokens > 1 && !wasHeld) this.betweenTokens.learn((lastAt - firstAt) / 1000 / (tokens - 1));
    };
    return { begun, came, hold, leave };
  }

  /** Those that have a place or wait for one; slow readers have none while they are held. */
  private get open(): number {
    return this.waiting.size + this.running.size;
  }

  private openByTenant(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const guests of [this.waiting, this.running]) {
      for (const { tenant } of guests) counts.set(tenant, (counts.get(tenant) ?? 0) + 1);
    }
    return counts;
  }

  private isUrgentWaiting({ priority }: Comer): boolean {
    for (const guest of this.waiting) if (guest.priority < priority) return true;
    return false;
  }

  /** Of the last that the engine takes, nobody has more than an even part. */
  private isKeptForOthers(own: number, tenants: number): boolean {
    const { facts, isShared } = this.options;
    const left = facts.requests - this.open;
    return isShared() && left <= facts.requests * keptShare && own >= facts.requests / (tenants + 1);
  }

  /**
   * As the engine's queue goes: the more urgent first, then tenants in turn. Until the own ones have all
   * had their turn, every other tenant has had as much at most; then one place more must become free.
   */
  private secondsUntilTurn({ tenant, priority }: Comer): number {
    let urgent = 0;
    const waits = new Map<string, number>();
    for (const guest of this.waiting) {
      const seconds = this.usualSeconds(guest.answerTokens);
      if (guest.priority < priority) urgent += seconds;
      else if (guest.priority === priority) waits.set(guest.tenant, (waits.get(guest.tenant) ?? 0) + seconds);
    }
    const usual = this.usualSeconds(Number.POSITIVE_INFINITY);
    const own = (waits.get(tenant) ?? 0) + this.expectedBack(tenant) * usual;
    waits.delete(tenant);
    let others = 0;
    for (const seconds of waits.values()) others += Math.min(seconds, own);
    this.measure();
    return ((urgent + own + others + usual) * this.fullSeconds) / this.usedSeconds;
  }

  /** For which an answer of so many tokens at most usually has its place. */
  private usualSeconds(answerTokens: number): number {
    const tokens = Math.min(answerTokens, this.answer.value);
    return this.firstToken.value + Math.max(0, tokens - 1) * this.betweenTokens.value;
  }

  /** Who waits as long as it was told does not count any more when it comes back. */
  private expectedBack(tenant: string): number {
    const { count, at } = this.sentAway.get(tenant) ?? { count: 0, at: 0 };
    const seconds = (this.options.now() - at) / 1000;
    return count * Math.exp(-seconds / Math.max(retryMin, this.options.waitSeconds));
  }

  /**
   * How many have places while others ask for them: fewer than the engine has where its memory is what is
   * full. To be called before any of them comes or goes.
   */
  private measure(): void {
    const at = this.options.now();
    const seconds = (at - this.measuredAt) / 1000;
    this.measuredAt = at;
    const isFull = this.waiting.size > 0 && this.running.size > 0;
    if (!isFull || this.open < this.options.facts.sequences) return;
    const kept = keptOfSecond ** seconds;
    this.fullSeconds = this.fullSeconds * kept + seconds;
    this.usedSeconds = this.usedSeconds * kept + seconds * this.running.size;
  }
}

/** What is usual of late; 0 before anything was learnt. */
class Usual {
  value = 0;
  private isKnown = false;

  learn(newest: number): void {
    this.value += (newest - this.value) * (this.isKnown ? newestShare : 1);
    this.isKnown = true;
  }
}
