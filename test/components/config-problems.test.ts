import { expect, test } from "vitest";
import { z } from "zod";
import { problemsOf } from "../../components/config-problems.ts";

const schema = z.strictObject({
  count: z.int().min(1).max(8).multipleOf(2).optional(),
  share: z.number().optional(),
  level: z.enum(["restricted", "baseline"]).optional(),
  names: z
    .array(
      z
        .string()
        .min(2)
        .max(4)
        .regex(/^[a-z]+$/, "lower-case letters"),
    )
    .min(1)
    .max(2)
    .optional(),
  labels: z.record(z.string().regex(/^[a-z]+$/, "lower-case keys"), z.string()).optional(),
  on: z.boolean().optional(),
  size: z.union([z.literal("small"), z.literal("large")]).optional(),
  memoryGiB: z.int().optional(),
  timeoutSeconds: z.int().optional(),
  custom: z
    .any()
    .superRefine((value, context) => {
      if (value !== undefined) context.addIssue({ code: "custom", message: "nothing at all" });
    })
    .optional(),
});

function problems(input: unknown) {
  const issues = schema.safeParse(input).error?.issues ?? [];
  return issues
    .flatMap((issue) => problemsOf(issue, schema, input))
    .map(({ path, given, allowed, remedy }) => [path.join("."), given, allowed, remedy]);
}

test.each([
  { case: "too small", input: { count: 0 }, want: ["count", "0", "at least 1", "raise it to 1"] },
  { case: "too large", input: { count: 10 }, want: ["count", "10", "at most 8", "lower it to 8"] },
  { case: "no multiple", input: { count: 3 }, want: ["count", "3", "a multiple of 2", "choose a multiple"] },
  {
    case: "a fraction",
    input: { count: 2.5 },
    want: ["count", "2.5", "a whole number", "write a whole number"],
  },
  {
    case: "a number in quotes",
    input: { memoryGiB: "64" },
    want: [
      "memoryGiB",
      '"64"',
      "a number",
      "write 64 without quotes or a unit; the field's name says the unit",
    ],
  },
  {
    case: "a number with a unit",
    input: { memoryGiB: "64Gi" },
    want: [
      "memoryGiB",
      '"64Gi"',
      "a number",
      "write 64 without quotes or a unit; the field's name says the unit",
    ],
  },
  {
    case: "text for a number",
    input: { share: "half" },
    want: ["share", '"half"', "a number", "write a number"],
  },
  {
    case: "a near miss of a choice",
    input: { level: "restrict" },
    want: ["level", '"restrict"', "one of restricted, baseline", "did you mean restricted?"],
  },
  {
    case: "no choice at all",
    input: { level: "privileged" },
    want: ["level", '"privileged"', "one of restricted, baseline", "choose one of the allowed values"],
  },
  { case: "too few", input: { names: [] }, want: ["names", "[]", "at least 1 entry", "add entries"] },
  {
    case: "too many",
    input: { names: ["aa", "bb", "cc"] },
    want: ["names", '["aa","bb","cc"]', "at most 2 entries", "remove entries"],
  },
  {
    case: "too short",
    input: { names: ["a"] },
    want: ["names.0", '"a"', "at least 2 characters", "lengthen it"],
  },
  {
    case: "too long",
    input: { names: ["abcde"] },
    want: ["names.0", '"abcde"', "at most 4 characters", "shorten it"],
  },
  {
    case: "another form",
    input: { names: ["A1"] },
    want: ["names.0", '"A1"', "lower-case letters", "write it in the allowed form"],
  },
  {
    case: "a bad key",
    input: { labels: { A: "x" } },
    want: ["labels.A", '"x"', "lower-case keys", "rename the key to the allowed form"],
  },
  {
    case: "not a switch",
    input: { on: "yes" },
    want: ["on", '"yes"', "true or false", "write true or false"],
  },
  {
    case: "no arm of a union",
    input: { size: "medium" },
    want: ["size", '"medium"', "another form", "choose one of the allowed values"],
  },
  {
    case: "another unit in the name",
    input: { memoryGb: 64 },
    want: [
      "memoryGb",
      "an unknown field, memoryGb",
      "only count, share, level, names, labels, on, size, memoryGiB, timeoutSeconds, custom",
      "did you mean memoryGiB?",
    ],
  },
  {
    case: "another unit of time",
    input: { timeoutMinutes: 5 },
    want: [
      "timeoutMinutes",
      "an unknown field, timeoutMinutes",
      "only count, share, level, names, labels, on, size, memoryGiB, timeoutSeconds, custom",
      "did you mean timeoutSeconds?",
    ],
  },
  {
    case: "a rule without words of its own",
    input: { custom: 1 },
    want: ["custom", "1", "nothing at all", "correct the value"],
  },
])("$case", ({ input, want }) => {
  expect(problems(input)).toEqual([want]);
});

test("several unknown keys are several problems", () => {
  expect(problems({ zz: 1, xx: 2 }).map(([path]) => path)).toEqual(["zz", "xx"]);
});

test("a long value is cut short", () => {
  expect(problems({ share: "x".repeat(100) })[0]?.[1]).toBe(`"${"x".repeat(76)}...`);
});
