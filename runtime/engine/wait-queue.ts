/**
 * Those that wait, some of them with blocks of before: the most urgent first, then whose tenant has had
 * least, then by arrival.
 */
import type { FairShare } from "./fair-share.ts";
import type { Sequence } from "./sequence.ts";

export class WaitQueue {
  private readonly share: FairShare;
  private readonly sequences: Sequence[] = [];

  constructor(share: FairShare) {
    this.share = share;
  }

  get size(): number {
    return this.sequences.length;
  }

  /** Those whose readers are slow. */
  get heldCount(): number {
    return this.sequences.reduce((count, { isHeld }) => count + (isHeld ? 1 : 0), 0);
  }

  add(sequence: Sequence): void {
    this.sequences.push(sequence);
  }

  /** Does nothing for one that does not wait. */
  remove(sequence: Sequence): void {
    const place = this.sequences.indexOf(sequence);
    if (place !== -1) this.sequences.splice(place, 1);
  }

  /** Whose turn it is; nobody's whose reader is slow, or whose mask is not there yet. */
  next(): Sequence | undefined {
    let best: Sequence | undefined;
    for (const sequence of this.sequences) {
      if (sequence.isHeld || sequence.isAwaited) continue;
      if (best === undefined || this.goesFirst(sequence, best)) best = sequence;
    }
    return best;
  }

  /** Who holds blocks that others need more: a slow reader's first, then who would go last; never `other`. */
  holder(other?: Sequence): Sequence | undefined {
    let worst: Sequence | undefined;
    for (const sequence of this.sequences) {
      if (sequence === other || sequence.blockCount === 0) continue;
      if (worst === undefined || this.losesFirst(sequence, worst)) worst = sequence;
    }
    return worst;
  }

  private losesFirst(one: Sequence, other: Sequence): boolean {
    return one.isHeld === other.isHeld ? this.goesFirst(other, one) : one.isHeld;
  }

  private goesFirst(one: Sequence, other: Sequence): boolean {
    if (one.priority !== other.priority) return one.priority < other.priority;
    const byShare = this.share.of(one.request.tenant) - this.share.of(other.request.tenant);
    return byShare === 0 ? one.arrival < other.arrival : byShare < 0;
  }
}
