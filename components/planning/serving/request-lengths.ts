/** How long prompts and answers are, and how much that varies. */
import { sum } from "../sum.ts";

export interface Lengths {
  /** Tokens on average. */
  readonly mean: number;
  /** Tokens that 95 of 100 do not exceed. Default: all are as long as the mean. */
  readonly p95?: number;
}

/** What a replica is asked for. */
export interface RequestLengths {
  readonly prompt: Lengths;
  readonly answer: Lengths;
}

/** Standard deviations above the mean that 95 of 100 values of a normal distribution do not exceed. */
export const normal95 = 1.645;

/** The same for the middles of nine equal parts of the distribution. */
const ninths = [-1.593, -0.967, -0.589, -0.282, 0, 0.282, 0.589, 0.967, 1.593];

export function longTokens({ mean, p95 }: Lengths): number {
  return Math.max(mean, p95 ?? mean);
}

/**
 * Lengths that stand for a ninth of all requests each: of a lognormal distribution with this mean and 95th
 * percentile. Where no such distribution reaches so far out, the widest that comes near is taken.
 */
export function typicalTokens(lengths: Lengths): number[] {
  const stretch = Math.log(longTokens(lengths) / lengths.mean);
  // stretch = normal95 * sigma - sigma^2 / 2, of which the smaller sigma is meant.
  const sigma = normal95 - Math.sqrt(Math.max(0, normal95 ** 2 - 2 * stretch));
  const shape = ninths.map((deviations) => Math.exp(sigma * deviations));
  const scale = (lengths.mean * shape.length) / sum(shape);
  return shape.map((part) => Math.max(1, part * scale));
}
