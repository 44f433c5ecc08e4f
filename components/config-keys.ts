/** Which fields a schema knows at a path, and which known name an unknown one was probably meant to be. */
import { z } from "zod";
import type { Path } from "./planning/problem.ts";

/** Field names of the object at this path of the schema; none where the path leads elsewhere. */
export function keysAt(schema: z.core.$ZodType, path: Path, input: unknown): string[] {
  const inner = unwrap(schema, input);
  if (path.length === 0) return inner instanceof z.ZodObject ? Object.keys(inner.shape) : [];
  const [part, ...rest] = path;
  const value = typeof input === "object" && input !== null ? Reflect.get(input, String(part)) : undefined;
  if (inner instanceof z.ZodArray) return keysAt(inner.element, rest, value);
  if (inner instanceof z.ZodRecord) return keysAt(inner.valueType, rest, value);
  const field = inner instanceof z.ZodObject ? inner.shape[String(part)] : undefined;
  return field ? keysAt(field, rest, value) : [];
}

/** The schema below defaults, options and what is made of it, and the arm of a union that the input chose. */
function unwrap(schema: z.core.$ZodType, input: unknown): z.core.$ZodType {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
    return unwrap(schema.def.innerType, input);
  }
  // What is written comes before what follows from it.
  if (schema instanceof z.ZodPipe) return unwrap(schema.def.in, input);
  if (schema instanceof z.ZodDiscriminatedUnion) {
    const arm = schema.options.find(
      (option) => option instanceof z.ZodObject && matches(option, schema.def.discriminator, input),
    );
    return arm ? unwrap(arm, input) : schema;
  }
  return schema;
}

function matches(option: z.ZodObject, discriminator: string, input: unknown): boolean {
  const chosen = typeof input === "object" && input !== null ? Reflect.get(input, discriminator) : undefined;
  return z.safeParse(option.shape[discriminator] as z.core.$ZodType, chosen).success;
}

const unit = /(Seconds|Minutes|Hours|Days|Ms|Millis|[KMGT]i?[bB]?|Bytes|Cores|Millicores)$/;

/** The most similar candidate, if at most a third of its letters differ, or only its unit does. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const ranked = candidates
    .map((candidate) => ({ candidate, distance: unlikeness(word, candidate) }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  return best && best.distance <= Math.max(1, best.candidate.length / 3) ? best.candidate : undefined;
}

function unlikeness(word: string, candidate: string): number {
  const whole = editDistance(word.toLowerCase(), candidate.toLowerCase());
  const named = editDistance(word.replace(unit, ""), candidate.replace(unit, ""));
  return unit.test(candidate) ? Math.min(whole, named) : whole;
}

/** Letters to add, drop or change to turn one word into the other (Levenshtein). */
export function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (const [index, letter] of [...from].entries()) {
    const next = [index + 1];
    for (const [column, other] of [...to].entries()) {
      const replaced = (row[column] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
