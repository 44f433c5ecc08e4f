/** Names that must exist, and names that must not occur twice. */
import type { Path, Problem } from "./problem.ts";

/** A name that is none of the known ones. */
export function unknownName(path: Path, name: string, known: readonly string[]): Problem[] {
  if (known.includes(name)) return [];
  return [
    {
      path,
      given: JSON.stringify(name),
      allowed: known.length > 0 ? `one of ${known.join(", ")}` : "nothing: none is declared",
      remedy: `declare ${name}, or name one that is declared`,
    },
  ];
}

/** A name at this place of the list that an earlier place already has. */
export function repeatedName(path: Path, index: number, names: readonly string[]): Problem[] {
  const first = names.indexOf(names[index] ?? "");
  if (first === index) return [];
  return [
    {
      path,
      given: `"${names[index]}", which entry ${first} already has`,
      allowed: "each name once",
      remedy: "rename one of the two, or merge them",
    },
  ];
}
