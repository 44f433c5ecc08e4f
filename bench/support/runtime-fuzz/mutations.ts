/** Valid documents made wrong in a few places: what random text never reaches lies behind the first check. */
import fc from "fast-check";

interface Mutation {
  /** Which of the document's places, counted around. */
  readonly at: number;
  readonly kind: "replace" | "remove" | "add" | "wrap" | "double";
  readonly name: string;
  readonly value: unknown;
}

export type Mutations = readonly Mutation[];

const numbers = [0, -0, -1, 1, 2, 0.5, 1e-9, 65_536, 2 ** 31, 2 ** 32, 2 ** 53, -(2 ** 63), 1e308, 1e-308];
const texts = [
  "",
  " ",
  "\0",
  "\ud800",
  "a".repeat(3000),
  "__proto__",
  "constructor",
  "🙂",
  "<s>",
  "{{",
  "(a+)+$",
];

const strange: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(null, true, false, [], {}, [[]], ...numbers, ...texts),
  fc.integer(),
  fc.double(),
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.jsonValue({ maxDepth: 3 }),
);

export const mutations: fc.Arbitrary<Mutations> = fc.array(
  fc.record({
    at: fc.nat({ max: 10_000 }),
    kind: fc.constantFrom("replace", "replace", "replace", "remove", "add", "wrap", "double"),
    name: fc.oneof(fc.string({ maxLength: 8 }), fc.constantFrom("type", "__proto__", "n", "$ref", "stop")),
    value: strange,
  }),
  { maxLength: 4 },
);

interface Place {
  readonly holder: unknown[] | Record<string, unknown>;
  readonly key: string | number;
}

/** A copy of the document in which each mutation was applied to what the ones before have left. */
export function mutated(document: unknown, changes: Mutations): unknown {
  const box = { document: structuredClone(document) };
  for (const change of changes) {
    const places = placesOf(box);
    const place = places[change.at % places.length];
    if (place) apply(place, change);
  }
  return box.document;
}

function placesOf(root: Record<string, unknown>): Place[] {
  const places: Place[] = [];
  const queue: Place["holder"][] = [root];
  for (let holder = queue.pop(); holder; holder = queue.pop()) {
    for (const key of Array.isArray(holder) ? holder.keys() : Object.keys(holder)) {
      places.push({ holder, key });
      const value = Reflect.get(holder, key) as unknown;
      if (typeof value === "object" && value !== null) queue.push(value as Place["holder"]);
    }
  }
  return places;
}

function apply({ holder, key }: Place, { kind, name, value }: Mutation): void {
  const old = Reflect.get(holder, key) as unknown;
  if (kind === "remove") {
    if (Array.isArray(holder)) holder.splice(Number(key), 1);
    else delete holder[key];
  } else if (kind === "add") {
    const into = typeof old === "object" && old !== null ? old : holder;
    // As JSON.parse does, which makes even "__proto__" a field like any other.
    const property = { value, enumerable: true, writable: true, configurable: true };
    if (Array.isArray(into)) into.push(value);
    else Object.defineProperty(into, name, property);
  } else if (kind === "wrap") Reflect.set(holder, key, [old]);
  else if (kind === "double" && Array.isArray(holder)) holder.push(structuredClone(old));
  else Reflect.set(holder, key, structuredClone(value));
}

interface Edit {
  readonly at: number;
  readonly removed: number;
  readonly added: Uint8Array;
}

export type Edits = readonly Edit[];

export const edits: fc.Arbitrary<Edits> = fc.array(
  fc.record({
    at: fc.nat({ max: 100_000 }),
    removed: fc.nat({ max: 12 }),
    added: fc.oneof(
      fc.uint8Array({ maxLength: 12 }),
      fc
        .constantFrom(
          "\r\n",
          "\r\n\r\n",
          ":",
          "{",
          "}",
          "[",
          '"',
          ",",
          "0",
          "-1",
          "1e999",
          "\\u0000",
          "{%",
          "%}",
        )
        .map((text) => new Uint8Array(Buffer.from(text))),
    ),
  }),
  { maxLength: 5 },
);

export function edited(bytes: Uint8Array, changes: Edits): Buffer {
  let result = Buffer.from(bytes);
  for (const { at, removed, added } of changes) {
    const from = at % (result.length + 1);
    result = Buffer.concat([result.subarray(0, from), added, result.subarray(from + removed)]);
  }
  return result;
}
