/** A mistake in a configuration, told so that its author can mend it. */

export type Path = readonly (string | number)[];

export interface Problem {
  /** Where the mistake stands. */
  readonly path: Path;
  /** What was written there. */
  readonly given: string;
  /** What may be written there. */
  readonly allowed: string;
  /** What to do. */
  readonly remedy: string;
}

/** A path as people write it: teams[1].quotas[0].pool. */
export function formatPath(path: Path): string {
  const written = path.map((part) => (typeof part === "number" ? `[${part}]` : `.${part}`)).join("");
  return written.startsWith(".") ? written.slice(1) : written;
}

/** One thing or several: "1 node", "3 nodes". */
export function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? "" : "s"}`;
}

/** A range from nothing: "0", "0 to 8". */
export function upTo(limit: number): string {
  return limit === 0 ? "0" : `0 to ${limit}`;
}
