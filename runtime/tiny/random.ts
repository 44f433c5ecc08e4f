/** Random numbers that are the same in every run, so that the same model is made everywhere. */

export interface SeededRandom {
  /** From 0, below 1. */
  next(): number;
  /** A whole number from 0, below `limit`. */
  below(limit: number): number;
  /** Of mean 0 and variance 1, near enough to normal: the sum of twelve even ones. */
  bell(): number;
}

/** A counter through a mixing function: no state but 32 bits, and no function that rounds differently. */
export function seededRandom(seed: number): SeededRandom {
  let counter = seed | 0;
  const next = () => {
    counter = (counter + 0x6d2b79f5) | 0;
    let mixed = Math.imul(counter ^ (counter >>> 15), counter | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    below: (limit) => Math.floor(next() * limit),
    bell: () => {
      let sum = -6;
      for (let count = 0; count < 12; count += 1) sum += next();
      return sum;
    },
  };
}
