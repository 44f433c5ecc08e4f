/** Turns what zod found wrong into problems in the words of the configuration's author. */
import type { z } from "zod";
import { keysAt, nearest } from "./config-keys.ts";
import type { Path, Problem } from "./planning/problem.ts";

type Issue = z.core.$ZodIssue;

/** One problem for most issues; one per key for unknown keys. */
export function problemsOf(issue: Issue, schema: z.ZodType, input: unknown): Problem[] {
  const path = issue.path.map((part) => (typeof part === "symbol" ? String(part) : part));
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => unknownKey([...path, key], key, keysAt(schema, path, input)));
  }
  const value = valueAt(input, path);
  return [{ path, given: show(value), ...advice(issue, value) }];
}

type Advice = Partial<Pick<Problem, "given">> & Pick<Problem, "allowed" | "remedy">;

function advice(issue: Issue, value: unknown): Advice {
  switch (issue.code) {
    case "custom":
      return {
        given: text(issue.params?.given) ?? show(value),
        allowed: text(issue.params?.allowed) ?? issue.message,
        remedy: text(issue.params?.remedy) ?? "correct the value",
      };
    case "invalid_type":
      return wrongType(issue.expected, value);
    case "invalid_value":
      return oneOf(issue.values.map(String), value);
    case "invalid_union":
      // A field that may be left out has nothing as one of its options.
      return oneOf("options" in issue ? (issue.options ?? []).filter(isGiven).map(String) : [], value);
    case "too_small":
      return bound("at least", issue.minimum, issue.origin, "raise", "lengthen");
    case "too_big":
      return bound("at most", issue.maximum, issue.origin, "lower", "shorten");
    case "not_multiple_of":
      return { allowed: `a multiple of ${issue.divisor}`, remedy: "choose a multiple" };
    case "invalid_format":
      return { allowed: issue.message, remedy: "write it in the allowed form" };
    case "invalid_key":
    case "invalid_element":
      return {
        allowed: issue.issues.map((inner) => inner.message).join("; "),
        remedy: "rename the key to the allowed form",
      };
    case "unrecognized_keys":
      throw new Error("unknown keys are told one by one, before this table");
  }
}

const typeNames: Readonly<Record<string, string>> = {
  int: "a whole number",
  number: "a number",
  string: "text",
  boolean: "true or false",
  array: "a list",
  object: "a section with named fields",
  record: "a section with named fields",
};

function wrongType(expected: string, value: unknown): Advice {
  const allowed = typeNames[expected] ?? expected;
  if (value === undefined) return { allowed, remedy: "add this field" };
  if ((expected === "number" || expected === "int") && typeof value === "string") {
    const digits = value.match(/\d+(\.\d+)?/)?.[0];
    const remedy = digits
      ? `write ${digits} without quotes or a unit; the field's name says the unit`
      : "write a number";
    return { allowed, remedy };
  }
  return { allowed, remedy: `write ${allowed}` };
}

function oneOf(values: readonly string[], value: unknown): Advice {
  const close = typeof value === "string" ? nearest(value, values) : undefined;
  return {
    allowed: values.length > 1 ? `one of ${values.join(", ")}` : (values[0] ?? "another form"),
    remedy: close ? `did you mean ${close}?` : "choose one of the allowed values",
  };
}

function bound(
  side: string,
  limit: number | bigint,
  origin: string,
  change: string,
  changeText: string,
): Advice {
  const units: Readonly<Record<string, string>> = { string: " characters", array: " entries" };
  const unit = units[origin] ?? "";
  if (origin === "string") return { allowed: `${side} ${limit}${unit}`, remedy: `${changeText} it` };
  if (origin === "array") {
    return {
      allowed: `${side} ${limit} ${Number(limit) === 1 ? "entry" : "entries"}`,
      remedy: change === "raise" ? "add entries" : "remove entries",
    };
  }
  return { allowed: `${side} ${limit}`, remedy: `${change} it to ${limit}` };
}

function unknownKey(path: Path, key: string, known: readonly string[]): Problem {
  const close = nearest(key, known);
  return {
    path,
    given: `an unknown field, ${key}`,
    allowed: known.length > 0 ? `only ${known.join(", ")}` : "no fields",
    remedy: close ? `did you mean ${close}?` : "remove it",
  };
}

function valueAt(input: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, part) =>
      typeof value === "object" && value !== null ? Reflect.get(value, String(part)) : undefined,
    input,
  );
}

function show(value: unknown): string {
  if (value === undefined) return "nothing";
  const written = JSON.stringify(value) ?? String(value);
  return written.length > 80 ? `${written.slice(0, 77)}...` : written;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function isGiven(option: unknown): boolean {
  return option !== undefined && option !== null;
}
