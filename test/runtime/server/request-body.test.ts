import { expect, test } from "vitest";
import { z } from "zod";
import { ApiError } from "../../../runtime/server/api-error.ts";
import { checkShape, ignored, listOf, parseBody, unsupported } from "../../../runtime/server/request-body.ts";

const schema = z.strictObject({
  name: z.string(),
  size: z.int().max(9).nullish(),
  parts: z
    .union([z.string(), z.array(z.strictObject({ text: z.string() }))], { error: "wants a text or parts" })
    .nullish(),
  harmless: ignored,
  voice: unsupported("nobody speaks"),
});

function refusal(body: unknown): [string, string | undefined, string] {
  try {
    parseBody(schema, body);
  } catch (error) {
    if (error instanceof ApiError) return [error.code, error.param, error.message];
  }
  throw new Error("nothing was refused");
}

test("what fits is taken", () => {
  expect(parseBody(schema, { name: "a", size: null, harmless: [1], voice: null })).toEqual({
    name: "a",
    size: null,
    harmless: [1],
    voice: null,
  });
});

test.each([
  { body: {}, want: ["missing_required_parameter", "name", "name: is missing"] },
  { body: 1, want: ["invalid_type", undefined, expect.stringContaining("the body: ")] },
  { body: { name: 1 }, want: ["invalid_type", "name", expect.stringContaining("expected string")] },
  { body: { name: "a", size: 10 }, want: ["invalid_value", "size", expect.stringContaining("<=9")] },
  { body: { name: "a", x: 1 }, want: ["unknown_parameter", "x", "x: is no field that is known here"] },
  {
    body: { name: "a", voice: 1 },
    want: ["unsupported_parameter", "voice", "voice: is not supported: nobody speaks"],
  },
  { body: { name: "a", parts: 1 }, want: ["invalid_type", "parts", "parts: wants a text or parts"] },
  {
    body: { name: "a", parts: [{}] },
    want: ["missing_required_parameter", "parts[0].text", "parts[0].text: is missing"],
  },
])("$body is refused", ({ body, want }) => {
  expect(refusal(body)).toEqual(want);
});

test("every mistake is told, up to ten", () => {
  const [, , message] = refusal({ ...Object.fromEntries([..."abcdefghijkl"].map((key) => [key, 1])) });
  expect(message.split("; ").length).toBe(11);
  expect(message).toContain("and 3 more");
});

test.each([
  { case: "at the limit", levels: 5, isDeep: false },
  { case: "one deeper", levels: 6, isDeep: true },
  { case: "far deeper", levels: 100_000, isDeep: true },
])("a body $case: refused is $isDeep", ({ levels, isDeep }) => {
  let body: unknown = 1;
  for (let level = 0; level < levels; level += 1) body = level % 2 ? { body } : [body];
  if (isDeep) expect(() => checkShape(body, 4)).toThrow("more than 4 levels deep");
  else expect(() => checkShape(body, 4)).not.toThrow();
});

test("an object of too many fields is refused, a long list is not", () => {
  const wide = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, key) => [`k${key}`, 1]));
  expect(() => checkShape({ body: [wide(4096)], list: Array(10_000).fill(1) }, 4)).not.toThrow();
  expect(() => checkShape({ body: [wide(4097)] }, 4)).toThrow(
    "an object of the body has 4097 fields, of 4096 at most",
  );
});

test("of a list the first item that is wrong is told, and those behind it are not looked at", () => {
  let looked = 0;
  const counted = z.string().refine((text) => {
    looked += 1;
    return text !== "";
  }, "is empty");
  const body = z.strictObject({ texts: listOf(counted, { min: 1, max: 1000 }) });
  const problem = (texts: unknown) => {
    try {
      return parseBody(body, { texts });
    } catch (error) {
      return (error as ApiError).message;
    }
  };
  expect(problem(["a", "", ...Array(900).fill("")])).toBe("texts[1]: is empty");
  expect(looked).toBe(2);
  expect(problem(Array(1001).fill(0))).toBe("texts: Too big: expected array to have <=1000 items");
  expect(problem([])).toContain("Too small");
  expect(problem([1])).toBe("texts[0]: Invalid input: expected string, received number");
  expect(problem(["a"])).toEqual({ texts: ["a"] });
});
