/** Schemas of several types: the library reads one of each, so that every type has a schema of its own. */

type Record_ = Readonly<Record<string, unknown>>;

/** What says something about values of one type alone. */
const typeOfKeyword: Readonly<Record<string, string>> = {
  ...{ pattern: "string", minLength: "string", maxLength: "string", format: "string" },
  ...{ items: "array", prefixItems: "array", minItems: "array", maxItems: "array" },
  ...{ properties: "object", required: "object", additionalProperties: "object" },
  ...{ minimum: "number", maximum: "number", exclusiveMinimum: "number", exclusiveMaximum: "number" },
};
/** What says nothing about values, and is named by references. */
export const definitions = new Set(["$defs", "definitions"]);

/** The JSON type of a value; integers apart from other numbers. */
function typeOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return Number.isInteger(value) ? "integer" : typeof value;
}

/** Whether a value is of a type of JSON Schema, where an integer is a number as well. */
export function isOfType(value: unknown, type: unknown): boolean {
  return typeOf(value) === type || (type === "number" && typeof value === "number");
}

/**
 * The same schema without a list of types: an `anyOf` with one type each, or the values of those types where
 * it lists values. One that says nothing of a list comes back as it is.
 */
export function typeByType(said: Record_): Record_ {
  const { type, ...rest } = said;
  if (!Array.isArray(type) || type.length < 2 || rest.$ref !== undefined || rest.anyOf !== undefined) {
    return said;
  }
  const isOfThem = (value: unknown) => type.some((each) => isOfType(value, each));
  if (Array.isArray(rest.enum)) return { ...rest, enum: rest.enum.filter(isOfThem) };
  if ("const" in rest && isOfThem(rest.const)) return rest;
  if ("const" in rest) return said;
  const entries = Object.entries(rest);
  const shared = Object.fromEntries(entries.filter(([keyword]) => definitions.has(keyword)));
  const own = (each: unknown) =>
    entries.filter(([keyword]) => typeOfKeyword[keyword] === (each === "integer" ? "number" : each));
  return { ...shared, anyOf: type.map((each) => ({ type: each, ...Object.fromEntries(own(each)) })) };
}
