/** Patterns of strings that a grammar can hold to, and what they unroll to. */

/**
 * A pattern becomes the text between two quotes as it is, so it may only describe what needs no escape there:
 * letters and digits, some signs, classes of them, groups, choices and counts.
 */
const patternPieces = [
  /[A-Za-z0-9 _\-:/@,;=#%&!~<>']/,
  /\\[dw.+*?()[\]{}|^$/-]/,
  /\[(?:[A-Za-z0-9 _.:/@+]|\\[dw.-]|-)+\]/,
  /\((?:\?:|(?!\?))|\)|[*+?|]|\{\d{1,3}(?:,\d{0,3})?\}/,
];
const plainPattern = new RegExp(`^\\^?(?:${patternPieces.map(({ source }) => source).join("|")})*\\$?$`);

export function isPlainPattern(pattern: unknown): pattern is string {
  return typeof pattern === "string" && plainPattern.test(pattern);
}

/** How much counts in a pattern unroll to: those of groups multiply what stands in them. */
export function patternCount(pattern: string): number {
  const counts = [...pattern.matchAll(/(\)?)\{(\d+)(?:,(\d*))?\}/g)].map(([, group, least, most]) => ({
    isGroup: group === ")",
    count: Math.max(Number(least), Number(most || 0)),
  }));
  const groups = counts.filter(({ isGroup }) => isGroup).reduce((product, { count }) => product * count, 1);
  const alone = counts.filter(({ isGroup }) => !isGroup).reduce((sum, { count }) => sum + count, 0);
  return groups === 1 ? alone : Math.max(1, alone) * groups;
}
