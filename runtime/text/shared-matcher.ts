/** Follows an answer by a grammar that another thread knows: tells it the tokens, and takes its masks. */
import type { GrammarMatcher } from "../engine/grammar-matcher.ts";
import type { SharedMask } from "./shared-mask.ts";

/** What a matcher asks of whoever keeps the thread. */
export interface MatcherThread {
  readonly stopTokens: ReadonlySet<number>;
  /** It is at something that takes longer than a mask. */
  readonly isBusy: boolean;
  ring(): void;
  drop(matcher: SharedMatcher): void;
}

export class SharedMatcher implements GrammarMatcher {
  /** Those that came: another thread is told them if this one ends. */
  readonly tokens: number[] = [];
  isDone = false;
  readonly #thread: MatcherThread;
  /** Undefined until the thread knows its grammar. */
  #mask: SharedMask | undefined;
  #failure: Error | undefined;

  constructor(thread: MatcherThread) {
    this.#thread = thread;
  }

  /** A thread knows its grammar from now on, and so many of the tokens that came. */
  follow(mask: SharedMask, known: number): void {
    this.#mask = mask;
    // A step that was under way when the last thread ended has brought one more.
    for (const token of this.tokens.slice(known)) this.#tell(token);
  }

  /** No thread knows its grammar; until another one does. */
  lose(): void {
    this.#mask = undefined;
  }

  /** None ever will. */
  fail(error: Error): void {
    this.#failure = error;
  }

  get isReady(): boolean {
    return this.#failure !== undefined || (this.#mask?.isReady ?? false);
  }

  wait(milliseconds: number): number {
    if (this.#thread.isBusy || !this.#mask) return 0;
    const from = performance.now();
    this.#mask.wait(milliseconds);
    return performance.now() - from;
  }

  fillMask(mask: Int32Array, offset: number): void {
    if (this.#failure) throw this.#failure;
    const made = this.#mask;
    if (!made?.isReady) throw new Error("its grammar has no mask yet");
    const { problem } = made;
    if (problem !== undefined) throw new Error(`its grammar gave no mask: ${problem}`);
    mask.set(made.words, offset);
  }

  /** A mask let it through, so that it may come; a stop token does where the answer may end. */
  accept(token: number): boolean {
    this.tokens.push(token);
    this.isDone = this.#thread.stopTokens.has(token);
    if (!this.isDone) this.#tell(token);
    return true;
  }

  dispose(): void {
    this.#thread.drop(this);
  }

  #tell(token: number): void {
    this.#mask?.tell(token);
    this.#thread.ring();
  }
}
