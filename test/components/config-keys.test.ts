import { expect, test } from "vitest";
import { z } from "zod";
import { editDistance, keysAt, nearest } from "../../components/config-keys.ts";

const schema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("a"), list: z.array(z.strictObject({ inner: z.int() })).default([]) }),
  z.strictObject({
    kind: z.literal("b"),
    section: z.strictObject({ deep: z.int().optional() }).prefault({}),
  }),
]);

test.each([
  { case: "the arm that the input chose", path: [], input: { kind: "b" }, want: ["kind", "section"] },
  { case: "an entry of a list", path: ["list", 0], input: { kind: "a", list: [{}] }, want: ["inner"] },
  { case: "a section with defaults", path: ["section"], input: { kind: "b" }, want: ["deep"] },
  { case: "no arm", path: [], input: { kind: "c" }, want: [] },
  { case: "a field that is no section", path: ["kind"], input: { kind: "a" }, want: [] },
])("keys of $case", ({ path, input, want }) => {
  expect(keysAt(schema, path, input)).toEqual(want);
});

test("keys of a section from which more follows are those that are written", () => {
  const complete = z.strictObject({ machine: z.string() }).transform(({ machine }) => ({ machine, size: 8 }));
  expect(keysAt(z.strictObject({ pools: z.array(complete) }), ["pools", 0], { pools: [{}] })).toEqual([
    "machine",
  ]);
});

test.each([
  { from: "", to: "abc", want: 3 },
  { from: "abc", to: "abc", want: 0 },
  { from: "kitten", to: "sitting", want: 3 },
  { from: "acceleratorPerNode", to: "acceleratorsPerNode", want: 1 },
])("from '$from' to '$to' it is $want", ({ from, to, want }) => {
  expect(editDistance(from, to)).toBe(want);
});

const known = ["nodes", "accelerators", "acceleratorsPerNode", "timeoutSeconds", "memoryGiB"];

test.each([
  { case: "a missing letter", word: "node", want: "nodes" },
  { case: "another case", word: "Accelerators", want: "accelerators" },
  { case: "another unit", word: "timeoutHours", want: "timeoutSeconds" },
  { case: "no unit", word: "timeout", want: "timeoutSeconds" },
  { case: "a decimal unit", word: "memoryGB", want: "memoryGiB" },
  { case: "nothing alike", word: "colour", want: undefined },
])("nearest to $case", ({ word, want }) => {
  expect(nearest(word, known)).toBe(want);
});
