/** What waits for the engine, in tokens, and its pace: when who is sent away may come back. */

/** Seconds that a client is asked to wait for at least and at most. */
export const [retryMin, retryMax] = [1, 60];
/** How much of what was measured before is left after a second of work: the last half minute counts most. */
const keptOfSecond = 0.97;
/** A longer silence is no work, but nothing to do. */
const idleSeconds = 1;
/** How much the newest answer says about how long the next one is. */
const newestShare = 0.1;

export class Backlog {
  private readonly now: () => number;
  private waiting = 0;
  /** What was computed lately, and how long that took. */
  private tokens = 0;
  private seconds = 0;
  private measuredAt: number | undefined;
  private usualAnswer = 0;

  /** `now` in milliseconds, never going back. */
  constructor(now: () => number) {
    this.now = now;
  }

  /** A prompt and its answer of so many tokens wait; what this answers is called once it has begun. */
  wait(promptTokens: number, answerTokens: number): () => void {
    const tokens = promptTokens + Math.min(answerTokens, this.usualAnswer);
    if (this.waiting === 0) this.measuredAt ??= this.now();
    this.waiting += tokens;
    let hasBegun = false;
    return () => {
      if (hasBegun) return;
      hasBegun = true;
      this.waiting = Math.max(0, this.waiting - tokens);
    };
  }

  /** The engine has computed so many tokens more. */
  computed(tokens: number): void {
    const now = this.now();
    const seconds = Math.min(idleSeconds, (now - (this.measuredAt ?? now)) / 1000);
    const kept = keptOfSecond ** seconds;
    this.tokens = this.tokens * kept + tokens;
    this.seconds = this.seconds * kept + seconds;
    this.measuredAt = now;
  }

  answered(tokens: number): void {
    this.usualAnswer += (tokens - this.usualAnswer) * newestShare;
  }

  /** How long what waits will take at the pace of late. */
  retrySeconds(): number {
    const isMeasured = this.tokens > 0 && this.seconds > 0;
    const seconds = isMeasured ? (this.waiting * this.seconds) / this.tokens : 0;
    return Math.ceil(Math.min(retryMax, Math.max(retryMin, seconds)));
  }
}
