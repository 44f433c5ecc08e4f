/** Facts that nobody could verify: typed apart, so that no arithmetic takes one for a number. */

export interface Unknown {
  /** Why the fact is not here. */
  readonly unknown: string;
}

/** A fact, or why it is not here. */
export type Known<Fact> = Fact | Unknown;

export function unknown(reason: string): Unknown {
  return { unknown: reason };
}

export function isKnown<Fact>(fact: Known<Fact>): fact is Fact {
  return typeof fact !== "object" || fact === null || !("unknown" in fact);
}
