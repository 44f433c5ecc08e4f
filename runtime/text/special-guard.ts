/**
 * Keeps special tokens that a user writes from being read as such once a chat template has put that text
 * beside its own. A guard character breaks them; it goes through templates like any other character, and
 * Tokenizer.encodeGuarded takes it out again.
 */

/** Set aside by Unicode for such use within a program, never for exchange. */
export const guardCharacter = "\u{fdd0}";

export type Guard = (text: string) => string;

/** Breaks whatever names one of these tokens, and what could become such a name beside other text. */
export function guardAgainst(names: readonly string[]): Guard {
  const known = [...new Set(names)].filter((name) => name.length > 1);
  const beginnings = new Set(known.flatMap((name) => partsOf(name, (end) => name.slice(0, end))));
  const endings = new Set(known.flatMap((name) => partsOf(name, (end) => name.slice(end))));
  const longest = Math.max(0, ...known.map((name) => name.length));
  return (text) => {
    let guarded = text.replaceAll(guardCharacter, "");
    // One after the other, so that names which overlap are all broken.
    for (const name of known)
      guarded = guarded.replaceAll(name, () => name[0] + guardCharacter + name.slice(1));
    const isNear = (part: string) => part !== "" && part.length < longest;
    const lengths = Array.from({ length: Math.min(longest, guarded.length) }, (_, index) => index + 1);
    const parts = (cut: (length: number) => string) => lengths.map(cut).filter(isNear);
    if (parts((length) => guarded.slice(-length)).some((part) => beginnings.has(part)))
      guarded += guardCharacter;
    if (parts((length) => guarded.slice(0, length)).some((part) => endings.has(part))) {
      guarded = guardCharacter + guarded;
    }
    return guarded;
  };
}

function partsOf(name: string, part: (end: number) => string): string[] {
  return Array.from({ length: name.length - 1 }, (_, index) => part(index + 1));
}
