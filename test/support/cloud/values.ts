/** Values as the engine sends them: what is not known yet is a string that nothing else can be. */

/** Written by the engine in the place of a value that only an update will tell. */
export const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

export function isUnknown(value: unknown): boolean {
  return value === unknownValue;
}

export type Bag = Readonly<Record<string, unknown>>;

/** Paths at which two bags differ; elements of lists count as their list. */
export function changedPaths(before: unknown, after: unknown, path = ""): string[] {
  if (isUnknown(after)) return [path];
  if (Array.isArray(before) && Array.isArray(after)) {
    if (before.length !== after.length) return [path];
    return [...new Set(before.flatMap((each, index) => changedPaths(each, after[index], path)))];
  }
  if (!isBag(before) || !isBag(after))
    return Object.is(before ?? undefined, after ?? undefined) ? [] : [path];
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names.flatMap((name) =>
    changedPaths(before[name], after[name], path === "" ? name : `${path}.${name}`),
  );
}

function isBag(value: unknown): value is Bag {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
