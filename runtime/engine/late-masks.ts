/** Those whose answers are held to grammars: their masks come from another thread, and some are late. */
import type { Sequence } from "./sequence.ts";

/** How long a step waits for masks that are late. */
const masksMilliseconds = 1;

export class LateMasks {
  private readonly matched = new Set<Sequence>();

  /** It has a grammar. */
  add(sequence: Sequence): void {
    this.matched.add(sequence);
  }

  /** It has ended; does nothing for one without a grammar. */
  remove(sequence: Sequence): void {
    this.matched.delete(sequence);
  }

  /** Whether any of them would go on if its mask were there. */
  get isAwaiting(): boolean {
    for (const { isHeld } of this.matched) if (!isHeld) return true;
    return false;
  }

  /** For a moment, however many are late: who is later than that is left out of the step. */
  wait(): void {
    let left = masksMilliseconds;
    for (const { isHeld, state, matcher } of this.matched) {
      if (isHeld || state !== "running" || matcher?.isReady !== false) continue;
      left -= matcher.wait?.(left) ?? 0;
      if (left <= 0) return;
    }
  }
}
