/**
 * Which JSON schemas constrain an answer. The library passes over what it does not know, or stops for good;
 * so everything that it is given has been looked at here, and the rest is refused with the place and reason.
 */

import { choiceMark } from "./grammar-choices.ts";
import { isRecord } from "./is-record.ts";
import { formatPattern } from "./schema-formats.ts";
import { isPlainPattern, patternCount } from "./schema-pattern.ts";
import { definitions, isOfType, typeByType } from "./schema-types.ts";

/** A schema or grammar that cannot constrain an answer: the request's fault. */
export class GrammarError extends Error {
  override name = "GrammarError";
}

export interface SchemaLimits {
  readonly bytes: number;
  readonly depth: number;
  /** The most that bounds on lengths and counts may be in all: each is unrolled, which takes its time. */
  readonly count: number;
  /** The most texts that all choices and ranges of integers may list. */
  readonly choices: number;
}

export const schemaLimits: SchemaLimits = { bytes: 65_536, depth: 32, count: 128, choices: 4096 };

/** Says nothing about which values are allowed. */
const annotations = new Set([
  ...["title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly"],
  ...["$schema", "$id", "$comment"],
]);
const types = new Set(["null", "boolean", "integer", "number", "string", "array", "object"]);
const counts = new Set(["minItems", "maxItems", "minLength", "maxLength"]);
const bounds = new Set(["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"]);
const taken = new Set([
  ...["type", "properties", "required", "additionalProperties", "items", "prefixItems", "enum", "const"],
  ...["anyOf", "$ref", "pattern", "format", ...counts, ...bounds, ...definitions],
]);

type Record_ = Readonly<Record<string, unknown>>;

/** The schema as the library takes it: without annotations, and open where nothing is said. */
export function preparedSchema(schema: object, limits: SchemaLimits = schemaLimits): PreparedSchema {
  const bytes = Buffer.byteLength(JSON.stringify(schema));
  if (bytes > limits.bytes) {
    throw new GrammarError(`the schema has ${bytes} bytes, of ${limits.bytes} at most`);
  }
  if (!isRecord(schema)) throw new GrammarError("the schema is no object");
  const preparation = new Preparation(schema, limits);
  return { schema: JSON.stringify(preparation.schema(schema, "#", 0)), choices: preparation.choices };
}

export interface PreparedSchema {
  readonly schema: string;
  /** For each mark in it, the texts that may stand there. */
  readonly choices: readonly (readonly string[])[];
}

class Preparation {
  readonly choices: string[][] = [];
  readonly #root: Record_;
  readonly #limits: SchemaLimits;
  #counted = 0;
  #listed = 0;

  constructor(root: Record_, limits: SchemaLimits) {
    this.#root = root;
    this.#limits = limits;
  }

  schema(value: unknown, at: string, depth: number): unknown {
    if (value === true) return true;
    if (!isRecord(value)) throw new GrammarError(`${at}: is no schema that any value has`);
    if (depth > this.#limits.depth) {
      throw new GrammarError(`${at}: lies deeper than ${this.#limits.depth} schemas`);
    }
    const unknown = Object.keys(value).find((keyword) => !taken.has(keyword) && !annotations.has(keyword));
    if (unknown !== undefined) throw new GrammarError(`${at}/${unknown}: cannot be held to by a grammar`);
    const taken_ = Object.fromEntries(Object.entries(value).filter(([keyword]) => taken.has(keyword)));
    const said = closed(formatted(typeByType(taken_)));
    this.#checkPlain(said, at);
    const within = (each: unknown, path: string) => this.schema(each, `${at}/${path}`, depth + 1);
    return this.#chosen({ ...ranged(measured(opened(said)), at), ...this.#within(said, at, within) }, at);
  }

  /** Values become a mark: the library does not keep those apart that begin alike. */
  #chosen(said: Record_, at: string): Record_ {
    const { enum: values, type: _, ...rest } = said;
    if (!Array.isArray(values)) return said;
    this.#listed += values.length;
    if (this.#listed > this.#limits.choices) {
      throw new GrammarError(`${at}: all choices together are more than ${this.#limits.choices}`);
    }
    const texts = values.map((value: unknown) => JSON.stringify(value));
    return { ...rest, const: choiceMark(this.choices.push([...new Set(texts)]) - 1) };
  }

  #checkPlain(said: Record_, at: string): void {
    const types_ = said.type === undefined ? [] : [said.type].flat();
    for (const type of types_) {
      if (!types.has(String(type))) throw new GrammarError(`${at}/type: ${JSON.stringify(type)} is no type`);
    }
    if (said.type !== undefined && types_.length !== 1) {
      throw new GrammarError(`${at}/type: one type, or anyOf several schemas`);
    }
    for (const [keyword, value] of Object.entries(said)) {
      if (counts.has(keyword)) this.#checkCount(value, `${at}/${keyword}`);
      if (bounds.has(keyword)) checkBound(value, said.type, `${at}/${keyword}`);
    }
    checkOrder(said, at);
    checkAlone(said, at);
    checkPattern(said, at);
    if (typeof said.pattern === "string") this.#checkCount(patternCount(said.pattern), `${at}/pattern`);
    checkNames(said, at);
    if (said.$ref !== undefined) this.#checkReference(said.$ref, at);
    if (said.enum !== undefined && (!Array.isArray(said.enum) || said.enum.length === 0)) {
      throw new GrammarError(`${at}/enum: is no list of values`);
    }
  }

  #checkCount(value: unknown, at: string): void {
    const isCount = Number.isInteger(value) && Number(value) >= 0 && Number(value) <= this.#limits.count;
    if (!isCount) throw new GrammarError(`${at}: is no count from 0 to ${this.#limits.count}`);
    this.#counted += Number(value);
    if (this.#counted > this.#limits.count) {
      throw new GrammarError(`${at}: all counts together are more than ${this.#limits.count}`);
    }
  }

  #checkReference(reference: unknown, at: string): void {
    const path =
      typeof reference === "string" ? /^#\/(\$defs|definitions)\/([^/~%]+)$/.exec(reference) : null;
    const [, group = "", name = ""] = path ?? [];
    const held = this.#root[group];
    if (!isRecord(held) || !Object.hasOwn(held, name)) {
      throw new GrammarError(`${at}/$ref: ${JSON.stringify(reference)} is no definition of this schema`);
    }
    if (isRecord(held[name]) && held[name].$ref !== undefined) {
      throw new GrammarError(`${at}/$ref: ${JSON.stringify(reference)} is a reference itself`);
    }
  }

  #within(said: Record_, at: string, schema: (value: unknown, path: string) => unknown): Record_ {
    const many = (keyword: string) => {
      const value = said[keyword];
      if (!isRecord(value)) throw new GrammarError(`${at}/${keyword}: is no object of schemas`);
      return Object.fromEntries(
        Object.entries(value).map(([name, each]) => [name, schema(each, `${keyword}/${name}`)]),
      );
    };
    const listed = (keyword: string) => {
      const value = said[keyword];
      if (!Array.isArray(value) || value.length === 0) throw new GrammarError(`${at}/${keyword}: is no list`);
      return value.map((each: unknown, index) => schema(each, `${keyword}/${index}`));
    };
    const one = (keyword: string) => (said[keyword] === false ? false : schema(said[keyword], keyword));
    const readers: readonly (readonly [string, (keyword: string) => unknown])[] = [
      ...["properties", ...definitions].map((keyword) => [keyword, many] as const),
      ...["anyOf", "prefixItems"].map((keyword) => [keyword, listed] as const),
      ...["items", "additionalProperties"].map((keyword) => [keyword, one] as const),
    ];
    const present = readers.filter(([keyword]) => said[keyword] !== undefined);
    return Object.fromEntries(present.map(([keyword, read]) => [keyword, read(keyword)]));
  }
}

function checkBound(value: unknown, type: unknown, at: string): void {
  // Of other numbers the library holds bounds only to some digits.
  if (type !== "integer" || !Number.isSafeInteger(value)) {
    throw new GrammarError(`${at}: only integers can be held to a bound, and by an integer`);
  }
}

/** The library writes names of fields as they are, where JSON would have them escaped. */
function checkNames(said: Record_, at: string): void {
  const names = isRecord(said.properties) ? Object.keys(said.properties) : [];
  const odd = names.find((name) => JSON.stringify(name) !== `"${name}"` || /\p{Cc}/u.test(name));
  if (odd !== undefined) {
    throw new GrammarError(`${at}/properties: ${JSON.stringify(odd)} has characters that names cannot have`);
  }
}

function checkOrder(said: Record_, at: string): void {
  for (const [least, most] of [
    ["minItems", "maxItems"],
    ["minLength", "maxLength"],
  ] as const) {
    if (Number(said[least] ?? 0) > Number(said[most] ?? Number.POSITIVE_INFINITY)) {
      throw new GrammarError(`${at}/${least}: is more than ${most}`);
    }
  }
  const { low, high } = rangeOf(said);
  if (low > high) throw new GrammarError(`${at}: no integer is from ${low} to ${high}`);
  if (said.required === undefined) return;
  const known = isRecord(said.properties) ? said.properties : {};
  const isNamed = (name: unknown) => typeof name === "string" && Object.hasOwn(known, name);
  if (!Array.isArray(said.required) || !said.required.every(isNamed)) {
    throw new GrammarError(`${at}/required: names what properties does not`);
  }
}

/** The library reads one of these and passes over what stands beside it. */
function checkAlone(said: Record_, at: string): void {
  const alone = ["$ref", "const", "enum", "anyOf"].filter((keyword) => said[keyword] !== undefined);
  const [first] = alone;
  if (first === undefined) return;
  const beside = Object.keys(said).find((keyword) => keyword !== first && !definitions.has(keyword));
  if (beside === undefined) return;
  // A type beside values that all have it says nothing new.
  const values =
    first === "const" ? [said.const] : first === "enum" && Array.isArray(said.enum) ? said.enum : [];
  const isTyped = values.length > 0 && values.every((value) => isOfType(value, said.type));
  if (beside === "type" && alone.length === 1 && isTyped && Object.keys(said).length === 2) return;
  throw new GrammarError(`${at}/${beside}: cannot stand beside ${first}`);
}

function checkPattern(said: Record_, at: string): void {
  const { pattern, minLength, maxLength, type } = said;
  if (pattern !== undefined && !isPlainPattern(pattern)) {
    throw new GrammarError(`${at}/pattern: describes more than plain letters, digits and signs`);
  }
  const isBounded = minLength !== undefined || maxLength !== undefined;
  if (pattern !== undefined && isBounded) {
    throw new GrammarError(`${at}/pattern: cannot stand beside bounds of the length`);
  }
  if ((pattern !== undefined || isBounded) && type !== "string") {
    throw new GrammarError(`${at}/type: only a string has a pattern or a length`);
  }
}

/**
 * Of ranges the library lets some neighbours through (0.1.27: 171 for a maximum of 170), so that a range is
 * the list of its integers. Beyond those, it is right about what begins at 0 or 1.
 */
function ranged(
  { minimum, maximum, exclusiveMinimum, exclusiveMaximum, ...said }: Record_,
  at: string,
): Record_ {
  const { low, high } = rangeOf({ minimum, maximum, exclusiveMinimum, exclusiveMaximum });
  if (low === Number.NEGATIVE_INFINITY && high === Number.POSITIVE_INFINITY) return said;
  if (high - low < integersMost) {
    return { enum: Array.from({ length: high - low + 1 }, (_, index) => low + index) };
  }
  const isUsual = (low === 0 || low === 1) && high === Number.POSITIVE_INFINITY;
  if (isUsual) return { ...said, minimum: low, maximum: 999_999_999_999_999 };
  throw new GrammarError(`${at}: holds only to ranges of ${integersMost} integers, or from 0 or 1 on`);
}

const integersMost = 1024;

function rangeOf(said: Record_): { readonly low: number; readonly high: number } {
  const { NEGATIVE_INFINITY: least, POSITIVE_INFINITY: most } = Number;
  const low = Math.max(Number(said.minimum ?? least), Number(said.exclusiveMinimum ?? least) + 1);
  const high = Math.min(Number(said.maximum ?? most), Number(said.exclusiveMaximum ?? most) - 1);
  return { low, high };
}

/** A format says nothing of what is no string, or beside a pattern or a length, which are held to instead. */
function formatted({ format, ...said }: Record_): Record_ {
  const isHeldTo = [said.pattern, said.minLength, said.maxLength, said.enum, said.const].some(
    (value) => value !== undefined,
  );
  const pattern = said.type === "string" && !isHeldTo ? formatPattern(format) : undefined;
  return pattern === undefined ? said : { ...said, pattern };
}

/** Beside properties the library would let further ones be named as those are, of another type. */
function closed({ additionalProperties, ...said }: Record_): Record_ {
  const isNamed = isRecord(said.properties) && Object.keys(said.properties).length > 0;
  return additionalProperties === undefined || isNamed ? said : { ...said, additionalProperties };
}

/** Bounds of the library's own let characters through that JSON does not: a pattern holds to both. */
function measured({ minLength, maxLength, ...said }: Record_): Record_ {
  if (minLength === undefined && maxLength === undefined) return said;
  return { ...said, pattern: String.raw`^[^"\\\x00-\x1f\x7f]{${minLength ?? 0},${maxLength ?? ""}}$` };
}

/** The library takes what is not mentioned as forbidden: right beside properties, and wrong without any. */
function opened(said: Record_): Record_ {
  const isOpenObject = said.type === "object" && said.properties === undefined;
  const isOpenArray = said.type === "array" && said.prefixItems === undefined;
  return {
    ...said,
    ...(isOpenObject && said.additionalProperties === undefined && { additionalProperties: true }),
    ...(isOpenArray && said.items === undefined && { items: true }),
  };
}
