import { expect, test } from "vitest";
import { GrammarError, preparedSchema } from "../../../runtime/text/grammar-schema.ts";

const prepared = (schema: object) => JSON.parse(preparedSchema(schema).schema);

test.each([
  {
    case: "annotations say nothing",
    schema: { type: "null", title: "a", format: "b" },
    want: { type: "null" },
  },
  {
    case: "a format is a pattern",
    schema: { type: "string", format: "ipv4" },
    want: { type: "string", pattern: expect.stringMatching(/^\^\(25\[0-5\]/) },
  },
  {
    case: "a length is held to, and no format beside it",
    schema: { type: "string", format: "date", maxLength: 10 },
    want: { type: "string", pattern: String.raw`^[^"\\\x00-\x1f\x7f]{0,10}$` },
  },
  {
    case: "types have alternatives",
    schema: { type: ["string", "null"], format: "time", minimum: 1 },
    want: { anyOf: [{ type: "string", pattern: expect.stringMatching(/^\^/) }, { type: "null" }] },
  },
  {
    case: "further properties are none that could be named like these",
    schema: { type: "object", properties: { a: {} }, additionalProperties: { type: "string" } },
    want: { type: "object", properties: { a: {} } },
  },
  {
    case: "an object of anything",
    schema: { type: "object" },
    want: { type: "object", additionalProperties: true },
  },
  { case: "a list of anything", schema: { type: "array" }, want: { type: "array", items: true } },
  {
    case: "what is said stays",
    schema: { type: "object", properties: { a: {} }, required: ["a"] },
    want: { type: "object", properties: { a: {} }, required: ["a"] },
  },
  {
    case: "a range is its integers",
    schema: { type: "integer", exclusiveMinimum: 1, maximum: 4 },
    want: { const: "plinth choice 0" },
  },
  {
    case: "a range from 1 on",
    schema: { type: "integer", exclusiveMinimum: 0 },
    want: { type: "integer", minimum: 1, maximum: 999_999_999_999_999 },
  },
  {
    case: "a length is a pattern",
    schema: { type: "string", minLength: 1, maxLength: 2 },
    want: { type: "string", pattern: String.raw`^[^"\\\x00-\x1f\x7f]{1,2}$` },
  },
  {
    case: "a type beside values that have it",
    schema: { type: "string", enum: ["a"] },
    want: { const: "plinth choice 0" },
  },
])("$case", ({ schema, want }) => {
  expect(prepared(schema)).toEqual(want);
});

const deep = (depth: number): object => (depth === 0 ? {} : { anyOf: [deep(depth - 1)] });

test.each([
  ...[
    "not",
    "oneOf",
    "allOf",
    "if",
    "patternProperties",
    "uniqueItems",
    "multipleOf",
    "minProperties",
    "odd",
  ].map((keyword) => ({ schema: { [keyword]: true }, want: `#/${keyword}: cannot be held to by a grammar` })),
  {
    schema: { type: "object", properties: { a: { items: { not: {} } } } },
    want: "#/properties/a/items/not: cannot be held to by a grammar",
  },
  { schema: { type: "text" }, want: '#/type: "text" is no type' },
  { schema: { type: ["string", "null"], anyOf: [{}] }, want: "#/type: one type, or anyOf several schemas" },
  { schema: { type: "object", properties: [] }, want: "#/properties: is no object of schemas" },
  {
    schema: { type: "object", properties: { a: false } },
    want: "#/properties/a: is no schema that any value has",
  },
  {
    schema: { type: "object", properties: { 'a"': {} } },
    want: '#/properties: "a\\"" has characters that names cannot have',
  },
  { schema: { type: "object", required: ["a"] }, want: "#/required: names what properties does not" },
  { schema: { anyOf: [] }, want: "#/anyOf: is no list" },
  { schema: { enum: [] }, want: "#/enum: is no list of values" },
  { schema: { enum: ["a"], minLength: 1 }, want: "#/minLength: cannot stand beside enum" },
  { schema: { enum: ["a", 1], type: "string" }, want: "#/type: cannot stand beside enum" },
  { schema: { $ref: "#/$defs/a" }, want: '#/$ref: "#/$defs/a" is no definition of this schema' },
  { schema: { $ref: "#" }, want: '#/$ref: "#" is no definition of this schema' },
  {
    schema: { $ref: "#/$defs/a", $defs: { a: { $ref: "#/$defs/a" } } },
    want: '#/$ref: "#/$defs/a" is a reference itself',
  },
  { schema: { type: "array", minItems: -1 }, want: "#/minItems: is no count from 0 to 128" },
  { schema: { type: "array", maxItems: 129 }, want: "#/maxItems: is no count from 0 to 128" },
  {
    schema: { type: "string", pattern: "^[a-z]{129}$" },
    want: "#/pattern: is no count from 0 to 128",
  },
  {
    schema: { type: "string", pattern: "^((a{6}){5}){5}$" },
    want: "#/pattern: is no count from 0 to 128",
  },
  {
    schema: { type: "array", items: { type: "integer", minimum: 1, maximum: 1025 } },
    want: "#/items: holds only to ranges of 1024 integers, or from 0 or 1 on",
  },
  {
    schema: {
      type: "object",
      properties: Object.fromEntries(
        ["a", "b", "c", "d", "e"].map((name) => [name, { type: "integer", minimum: 1, maximum: 1000 }]),
      ),
    },
    want: "#/properties/e: all choices together are more than 4096",
  },
  {
    schema: { type: "array", maxItems: 100, items: { type: "string", maxLength: 29 } },
    want: "#/items/maxLength: all counts together are more than 128",
  },
  { schema: { type: "array", minItems: 2, maxItems: 1 }, want: "#/minItems: is more than maxItems" },
  { schema: { type: "number", minimum: 1 }, want: "#/minimum: only integers can be held to a bound" },
  { schema: { type: "integer", minimum: 1.5 }, want: "#/minimum: only integers can be held to a bound" },
  { schema: { type: "integer", minimum: 2, maximum: 1 }, want: "#: no integer is from 2 to 1" },
  {
    schema: { type: "integer", minimum: 2 },
    want: "#: holds only to ranges of 1024 integers, or from 0 or 1 on",
  },
  {
    schema: { type: "integer", minimum: 0, maximum: 1024 },
    want: "#: holds only to ranges of 1024 integers, or from 0 or 1 on",
  },
  { schema: { minLength: 1 }, want: "#/type: only a string has a pattern or a length" },
  {
    schema: { type: "string", pattern: "a", maxLength: 1 },
    want: "#/pattern: cannot stand beside bounds of the length",
  },
  ...["[^a]", ".", '"', "a\\b\\s", "(?=a)", "é"].map((pattern) => ({
    schema: { type: "string", pattern },
    want: "#/pattern: describes more than plain letters, digits and signs",
  })),
  { schema: deep(33), want: "lies deeper than 32 schemas" },
  { schema: { title: "a".repeat(65_536) }, want: "the schema has 65548 bytes, of 65536 at most" },
  { schema: [], want: "the schema is no object" },
])("refused: $want", ({ schema, want }) => {
  expect(() => preparedSchema(schema)).toThrow(want);
  expect(() => preparedSchema(schema)).toThrow(GrammarError);
});

test("32 schemas deep is deep enough", () => {
  expect(prepared(deep(32))).toEqual(deep(32));
});

test("what a mark stands for", () => {
  const anyOf = [{ enum: ["a", 'q"', 1, "a"] }, { type: "integer", minimum: -1, maximum: 1 }];
  expect(preparedSchema({ anyOf })).toEqual({
    schema: '{"anyOf":[{"const":"plinth choice 0"},{"const":"plinth choice 1"}]}',
    choices: [
      ['"a"', '"q\\""', "1"],
      ["-1", "0", "1"],
    ],
  });
});
