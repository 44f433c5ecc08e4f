import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, test } from "vitest";
import type { AnswerPart, AnswerReader } from "../../../runtime/server/text.ts";
import { toolPlan } from "../../../runtime/server/tool-plan.ts";
import { preparedSchema } from "../../../runtime/text/grammar-schema.ts";
import { byteText } from "../../support/runtime/byte-text.ts";

const tool = (name: string, parameters?: object) =>
  ({ type: "function", function: { name, ...(parameters && { parameters }) } }) as const;
const city = {
  type: "object",
  properties: { city: { $ref: "#/$defs/city" } },
  required: ["city"],
  $defs: { city: { type: "string", minLength: 2 } },
};
const tools = [tool("weather", city), tool("clock")];
const plan = (more: object) => toolPlan(byteText, { tools, choice: "auto", isParallel: true, ...more });

function parts(reader: AnswerReader, pieces: readonly string[]): AnswerPart[] {
  return [...pieces.flatMap((piece) => reader.push(piece)), ...reader.end()];
}

test("without tools, or where none may be called, all is content", () => {
  for (const made of [plan({ tools: [] }), plan({ choice: "none" })]) {
    expect([made.tools, made.grammar]).toEqual([[], undefined]);
    expect(parts(made.reader(), ["<a>", ""])).toEqual([{ type: "content", text: "<a>" }]);
  }
  const format = { type: "json-object" } as const;
  expect(plan({ choice: "none", format }).grammar).toEqual(format);
});

test("a model that may call tools is free, and read in its own way", () => {
  const made = plan({});
  expect([made.tools, made.grammar]).toEqual([tools, undefined]);
  expect(parts(made.reader(), ["<clock>{}</>"]).map(({ type }) => type)).toEqual(["call", "arguments"]);
});

test("a named tool is the whole answer", () => {
  const made = plan({ choice: { name: "weather" } });
  expect(made.grammar).toEqual({ type: "json-schema", schema: city });
  expect(parts(made.reader(), ["", '{"city":', '"Ulm"}'])).toEqual([
    { type: "call", index: 0, name: "weather" },
    { type: "arguments", index: 0, text: '{"city":' },
    { type: "arguments", index: 0, text: '"Ulm"}' },
  ]);
  expect(plan({ choice: { name: "clock" } }).grammar).toEqual({
    type: "json-schema",
    schema: { type: "object" },
  });
});

test("what a tool defines for itself can be held to when calls are required", () => {
  const { grammar } = plan({ choice: "required" });
  if (grammar?.type !== "json-schema") throw new Error("no schema holds the calls");
  const { $defs } = grammar.schema as { $defs: object };
  expect($defs).toEqual({
    tool0: { type: "object", properties: { city: { $ref: "#/$defs/tool0_city" } }, required: ["city"] },
    tool0_city: { type: "string", minLength: 2 },
    tool1: { type: "object" },
  });
  expect(() => preparedSchema(grammar.schema)).not.toThrow();
});

test.each([
  {
    case: "one call",
    isParallel: true,
    answer: [{ name: "weather", parameters: { city: "Ulm" } }],
    fits: true,
  },
  {
    case: "two calls",
    isParallel: true,
    answer: [1, 2].map(() => ({ name: "clock", parameters: {} })),
    fits: true,
  },
  {
    case: "two of one",
    isParallel: false,
    answer: [1, 2].map(() => ({ name: "clock", parameters: {} })),
    fits: false,
  },
  { case: "no call", isParallel: true, answer: [], fits: false },
  { case: "no such tool", isParallel: true, answer: [{ name: "other", parameters: {} }], fits: false },
  {
    case: "a reference",
    isParallel: true,
    answer: [{ name: "weather", parameters: { city: "U" } }],
    fits: false,
  },
  { case: "another's", isParallel: true, answer: [{ name: "weather", parameters: {} }], fits: false },
])("calls that are required: $case fits is $fits", ({ isParallel, answer, fits }) => {
  const { grammar } = plan({ choice: "required", isParallel });
  if (grammar?.type !== "json-schema") throw new Error("no schema");
  expect(new Ajv2020({ strict: false }).validate(grammar.schema, answer)).toBe(fits);
});

test("calls that are required are told once they are whole", () => {
  const { reader } = plan({ choice: "required" });
  const answer = '[{"name":"clock","parameters":{}},{"name":"weather","parameters":{"city":"Ulm"}}]';
  expect(parts(reader(), [answer.slice(0, 20), answer.slice(20)])).toEqual([
    { type: "call", index: 0, name: "clock" },
    { type: "arguments", index: 0, text: "{}" },
    { type: "call", index: 1, name: "weather" },
    { type: "arguments", index: 1, text: '{"city":"Ulm"}' },
  ]);
  expect(parts(reader(), ['[{"na'])).toEqual([{ type: "content", text: '[{"na' }]);
  expect(parts(reader(), [])).toEqual([]);
});

test("a model that calls nothing can still be made to", () => {
  const mute = { ...byteText, answerReader: () => undefined };
  const request = { tools, choice: "auto", isParallel: true } as const;
  expect(() => toolPlan(mute, request).reader()).toThrow("was not taught to call any");
  expect(toolPlan(mute, { ...request, choice: "required" }).reader()).toBeDefined();
});
