import { expect, test } from "vitest";
import { isOfType, typeByType } from "../../../runtime/text/schema-types.ts";

test.each([
  { case: "one type", said: { type: "string", maxLength: 3 }, want: { type: "string", maxLength: 3 } },
  {
    case: "what is said of one type alone",
    said: { type: ["string", "null", "integer"], maxLength: 3, minimum: 1, items: {}, $defs: { a: {} } },
    want: {
      $defs: { a: {} },
      anyOf: [{ type: "string", maxLength: 3 }, { type: "null" }, { type: "integer", minimum: 1 }],
    },
  },
  { case: "values", said: { type: ["string", "null"], enum: ["a", 1, null] }, want: { enum: ["a", null] } },
  { case: "one value", said: { type: ["number", "null"], const: 1 }, want: { const: 1 } },
  {
    case: "a value of none of them",
    said: { type: ["string", "null"], const: 1 },
    want: { type: ["string", "null"], const: 1 },
  },
  {
    case: "alternatives already",
    said: { type: ["string", "null"], anyOf: [{}] },
    want: { type: ["string", "null"], anyOf: [{}] },
  },
])("types apart: $case", ({ said, want }) => {
  expect(typeByType(said)).toEqual(want);
});

test("types of values", () => {
  const values = [null, [], {}, 1, 1.5, "a", true];
  const types = ["null", "array", "object", "integer", "number", "string", "boolean"];
  const found = values.map((value) => types.filter((type) => isOfType(value, type)));
  expect(found).toEqual([
    ...[["null"], ["array"], ["object"], ["integer", "number"], ["number"], ["string"], ["boolean"]],
  ]);
});
