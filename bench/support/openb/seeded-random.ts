/** Random numbers that are the same for the same seed on every machine. */

export class SeededRandom {
  private state: number;

  constructor(seed: number) {
    this.state = seed | 0;
  }

  /** A whole number from 0 up to, but without, `limit`; mulberry32, whose period suffices for a replay. */
  below(limit: number): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  }

  /** A copy in random order. */
  shuffled<T>(values: readonly T[]): T[] {
    const copy = [...values];
    for (let last = copy.length - 1; last > 0; last -= 1) {
      const chosen = this.below(last + 1);
      [copy[last], copy[chosen]] = [copy[chosen] as T, copy[last] as T];
    }
    return copy;
  }
}
