import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, test } from "vitest";
import type { AnswerPart, AnswerReader, TextModel } from "../../../runtime/server/text.ts";
import { thinkingPlan, toolPlan } from "../../../runtime/server/tool-plan.ts";
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
const marks = { open: "<think>", close: "</think>" };
const place = (tool: number) => `tools[${tool}].function`;
const usual = { tools, place, strict: [], choice: "auto", isParallel: true } as const;
const plan = (more: object, text = byteText) => toolPlan(text, { ...usual, ...more });
const made = (index: number, name: string) => ({
  type: "call",
  index,
  id: expect.stringMatching(/^call_/),
  name,
});

/** The schema that an answer is held to. */
function schemaOf({ grammar }: ReturnType<typeof plan>): object {
  if (grammar?.source.type !== "json-schema") throw new Error("no schema holds the answer");
  return grammar.source.schema;
}

function parts(reader: AnswerReader, pieces: readonly string[]): AnswerPart[] {
  return [...pieces.flatMap((piece) => reader.push(piece)), ...reader.end()];
}

test("without tools, or where none may be called, all is content", () => {
  for (const free of [plan({ tools: [] }), plan({ choice: "none" })]) {
    expect([free.tools, free.grammar]).toEqual([[], undefined]);
    expect(parts(free.reader(), ["<a>", ""])).toEqual([{ type: "content", text: "<a>" }]);
  }
  const format = { source: { type: "json-object" }, param: "response_format" } as const;
  expect(plan({ choice: "none", format }).grammar).toEqual(format);
});

/** The byte text of a model whose calls can be held. */
const heldText: TextModel = {
  ...byteText,
  callsGrammar: (tools, format) => ({
    type: "tool-calls",
    trigger: "<",
    calls: tools.map(({ function: { name, parameters: schema = {} } }) => ({
      begin: `<${name}>`,
      schema,
      end: "</>",
    })),
    ...(format && { format }),
  }),
};
const json = { source: { type: "json-object" }, param: "response_format" } as const;

test("an answer that may call tools follows a format where it calls none", () => {
  for (const isParallel of [true, false]) {
    const held = plan({ format: json, strict: [0], isParallel }, heldText);
    expect([held.tools, held.grammar]).toEqual([
      tools,
      {
        param: "response_format",
        source: {
          ...{ type: "tool-calls", trigger: "<", format: { grammar: json.source, isParallel } },
          calls: [
            { begin: "<weather>", schema: city, end: "</>" },
            { begin: "<clock>", schema: {}, end: "</>" },
          ],
        },
      },
    ]);
    const told = parts(held.reader(), ["<clock>{}</>", "<clock>{}</>"]);
    expect(told.filter(({ type }) => type === "call").length).toBe(isParallel ? 2 : 1);
    const text = '{"a":"<clock>{}</>"}';
    expect(parts(held.reader(), [text])).toEqual([{ type: "content", text }]);
  }
});

test("an answer that has to be a call follows no format", () => {
  for (const choice of ["required", { name: "clock" }]) {
    expect(plan({ format: json, choice }).grammar).toEqual(plan({ choice }).grammar);
  }
});

test.each([
  { case: "calls that cannot be held", text: byteText, format: json, want: "cannot be told from a text" },
  {
    case: "a format that is none",
    text: heldText,
    format: { source: { type: "json-schema", schema: { type: "no-such-type" } }, param: "text.format" },
    want: "a type that is none",
  },
])("a format beside tools is refused by its name: $case", ({ text, format, want }) => {
  const refused = () => plan({ format }, text);
  expect(refused).toThrow(expect.objectContaining({ param: format.param }));
  expect(refused).toThrow(want);
});

test("a model that may call tools is free, and read in its own way", () => {
  const free = plan({});
  expect([free.tools, free.grammar]).toEqual([tools, undefined]);
  expect(parts(free.reader(), ["<clock>{}</>"]).map(({ type }) => type)).toEqual(["call", "arguments"]);
});

test("a named tool is the whole answer", () => {
  const held = plan({ choice: { name: "weather" } });
  const source = { type: "json-schema", schema: city };
  expect(held.grammar).toEqual({ source, param: "tools[0].function.parameters" });
  expect(parts(held.reader(), ["", '{"city":', '"Ulm"}'])).toEqual([
    made(0, "weather"),
    { type: "arguments", index: 0, text: '{"city":' },
    { type: "arguments", index: 0, text: '"Ulm"}' },
  ]);
  expect(schemaOf(plan({ choice: { name: "clock" } }))).toEqual({ type: "object" });
});

test("what a tool defines for itself can be held to when calls are required", () => {
  const schema = schemaOf(plan({ choice: "required" }));
  const { $defs } = schema as { $defs: object };
  expect($defs).toEqual({
    tool0: { type: "object", properties: { city: { $ref: "#/$defs/tool0_city" } }, required: ["city"] },
    tool0_city: { type: "string", minLength: 2 },
    tool1: { type: "object" },
  });
  expect(() => preparedSchema(schema)).not.toThrow();
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
  const schema = schemaOf(plan({ choice: "required", isParallel }));
  expect(new Ajv2020({ strict: false }).validate(schema, answer)).toBe(fits);
});

test("calls that are required are told once they are whole", () => {
  const { reader } = plan({ choice: "required" });
  const answer = '[{"name":"clock","parameters":{}},{"name":"weather","parameters":{"city":"Ulm"}}]';
  expect(parts(reader(), [answer.slice(0, 20), answer.slice(20)])).toEqual([
    made(0, "clock"),
    { type: "arguments", index: 0, text: "{}" },
    made(1, "weather"),
    { type: "arguments", index: 1, text: '{"city":"Ulm"}' },
  ]);
  expect(parts(reader(), ['[{"na'])).toEqual([{ type: "content", text: '[{"na' }]);
  expect(parts(reader(), [])).toEqual([]);
});

test("a model that calls nothing can still be made to", () => {
  const mute = { ...byteText, answerReader: () => undefined };
  expect(() => plan({}, mute)).toThrow("was not taught to call any");
  expect(plan({ choice: "required" }, mute).reader()).toBeDefined();
});

test("where one call is all, the answer is whole with it", () => {
  const reader = plan({ isParallel: false }).reader();
  expect([reader.push("So "), reader.isWhole]).toEqual([[{ type: "content", text: "So " }], false]);
  expect(reader.push("<clock>{}</><clock>{}</>").map(({ type }) => type)).toEqual(["call", "arguments"]);
  expect([reader.isWhole, reader.push("more"), reader.end()]).toEqual([true, [], []]);
});

test("what is called strictly is held to its schema, if the model's calls can be", () => {
  const seen: unknown[] = [];
  const source = { type: "tool-calls", trigger: "<", calls: [] } as const;
  const callsGrammar = (given: unknown) => {
    seen.push(given);
    return source;
  };
  const loose = [tool("weather", city), tool("clock", city)];
  const held = plan({ tools: loose, strict: [0] }, { ...byteText, callsGrammar });
  expect(held.grammar).toEqual({ source, param: "tools" });
  expect(seen).toEqual([[tool("weather", city), tool("clock")]]);
  expect(() => plan({ strict: [1] })).toThrow(
    expect.objectContaining({ code: "unsupported_parameter", param: "tools[1].function.strict" }),
  );
});

const wrong = tool("wrong", { type: "no-such-type" });

test.each([
  { case: "required", more: { tools: [tool("clock"), wrong], choice: "required" } },
  { case: "strict", more: { tools: [tool("clock"), wrong], strict: [0, 1] } },
])("a schema that cannot be held to is told of its tool: $case", ({ more }) => {
  const want = { code: "invalid_grammar", param: "tools[1].function.parameters" };
  expect(() => plan(more)).toThrow(expect.objectContaining(want));
});

test("a thought comes before whatever the answer is held to", () => {
  const thought = {
    reader: (answer: AnswerReader) => answer,
    grammar: (grammar: object) => ({ type: "after-thought", ...marks, isOpen: true, grammar }) as never,
  };
  const held = plan({ choice: { name: "clock" } });
  expect(thinkingPlan(held, undefined)).toEqual({ ...held, reader: expect.any(Function) });
  expect(thinkingPlan(held, thought).grammar).toEqual({
    source: { type: "after-thought", ...marks, isOpen: true, grammar: held.grammar?.source },
    param: "tools[1].function.parameters",
  });
  expect(thinkingPlan(plan({}), thought).grammar).toBeUndefined();
  expect(() => thinkingPlan(held, { ...thought, grammar: () => undefined })).toThrow(
    "tools[1].function.parameters: an answer of this model cannot be held to anything while it thinks",
  );
});
