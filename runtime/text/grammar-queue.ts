/**
 * Grammars that wait to be compiled: first those of answers under way, whose thread has ended, and then new
 * ones, of whose senders one after the other has a turn.
 */
import type { GrammarSource } from "../engine/contract.ts";
import { FairQueue } from "../fair-queue.ts";
import type { SharedMatcher } from "./shared-matcher.ts";

/** One grammar that is to be compiled for one matcher. */
export interface GrammarJob {
  readonly id: number;
  readonly source: GrammarSource;
  /** The same for grammars that are the same. */
  readonly key: string;
  readonly tenant: string;
  readonly matcher: SharedMatcher;
  readonly done: (error?: Error) => void;
  /** How often it was late. */
  lateTimes: number;
  /** It was compiled before a thread ended, and its answer is under way. */
  readonly isAgain: boolean;
}

/** It had to give way to another tenant's. */
export class CrowdedError extends Error {
  override readonly name = "CrowdedError";
  override readonly message = "too many grammars wait to be compiled";
}

export class GrammarQueue {
  #again: GrammarJob[] = [];
  readonly #new: FairQueue<GrammarJob>;

  /** So many new ones may wait. */
  constructor(most: number) {
    this.#new = new FairQueue(most);
  }

  /** Who has to give way for it, if anybody: itself, or the newest of the tenant who has most. */
  add(job: GrammarJob): GrammarJob | undefined {
    return this.#new.add(job.tenant, job);
  }

  /** All of answers under way; the quick ones first: who was late before holds up nobody who is not. */
  setAgain(jobs: readonly GrammarJob[]): void {
    this.#again = jobs.toSorted((one, other) => one.lateTimes - other.lateTimes);
  }

  /** What take() would give is a new one. */
  get isNextNew(): boolean {
    return this.#again.length === 0 && this.#new.size > 0;
  }

  take(): GrammarJob | undefined {
    return this.#again.shift() ?? this.#new.take();
  }

  /** Whether it waited. */
  remove(job: GrammarJob): boolean {
    const place = this.#again.indexOf(job);
    if (place === -1) return this.#new.remove(job);
    this.#again.splice(place, 1);
    return true;
  }

  /** Takes out new ones of one grammar. */
  takeAlike(key: string): readonly GrammarJob[] {
    const alike = [...this.#new].filter((job) => job.key === key);
    for (const job of alike) this.#new.remove(job);
    return alike;
  }
}
