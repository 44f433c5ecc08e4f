import { expect, test } from "vitest";
import { seededRandom } from "../../../components/planning/random.ts";
import {
  type ToolCall,
  type ToolCallFormat,
  ToolCallParser,
  toolCallFormatOf,
} from "../../../runtime/text/tool-calls.ts";
import { templateNamed } from "../../support/runtime/chat-templates.ts";

function run(format: ToolCallFormat, pieces: readonly string[]) {
  const parser = new ToolCallParser(format, new Set(["f", "g"]));
  const told = [...pieces.map((piece) => parser.push(piece)), parser.end()];
  const calls: ToolCall[] = told.flatMap((each) => each.calls);
  expect(parser.count).toBe(calls.length);
  return { content: told.map(({ content }) => content).join(""), calls };
}

const call = (index: number, name: string, text: string, id?: string) => ({
  ...{ index, name, arguments: text },
  ...(id && { id }),
});

const rows: {
  format: ToolCallFormat;
  case: string;
  text: string;
  content: string;
  calls: ToolCall[];
}[] = [
  { format: "tags", case: "no call", text: "hello <b>", content: "hello <b>", calls: [] },
  {
    format: "tags",
    case: "text and two calls",
    text: '1 <tool_call>\n{"name":"f","arguments":{"a":1}}</tool_call>\n<tool_call>{"name":"g"}</tool_call>',
    content: "1 ",
    calls: [call(0, "f", '{"a":1}'), call(1, "g", "{}")],
  },
  {
    format: "tags",
    case: "the closing tag within an argument",
    text: '<tool_call>{"name":"f","arguments":{"a":"</tool_call>"}}</tool_call>',
    content: "",
    calls: [call(0, "f", '{"a":"</tool_call>"}')],
  },
  {
    format: "tags",
    case: "arguments as a text",
    text: '<tool_call>{"name":"f","arguments":"{\\"a\\": 1}"}</tool_call>',
    content: "",
    calls: [call(0, "f", '{"a": 1}')],
  },
  {
    format: "tags",
    case: "an end before the closing tag",
    text: '<tool_call>{"name":"f","arguments":{}}</tool',
    content: "",
    calls: [call(0, "f", "{}")],
  },
  {
    format: "tags",
    case: "text after a call",
    text: '<tool_call>{"name":"f"}</tool_call>\n done',
    content: "\n done",
    calls: [call(0, "f", "{}")],
  },
  ...[
    '<tool_call>{"name":"f","arg',
    "<tool_call>no</tool_call>",
    '<tool_call>{"nam":"f"}</tool_call>',
    '<tool_call>{"name":"f","arguments":[1]}</tool_call>',
    '<tool_call>{"name":"","arguments":{}}</tool_call>',
    '<tool_call>{"name":7}</tool_call>',
    '<tool_call>{"name":"f","age":31}</tool_call>',
    '<tool_call>{"name":"f","arguments":{},"parameters":{}}</tool_call>',
    '<tool_call>{"name":"f",}</tool_call>',
    '<tool_call>{"name":"f"} and</tool_call>',
    "a <tool_ca",
    "<tool_call>",
  ].map((text) => ({
    format: "tags" as const,
    case: `no call after all: ${text}`,
    text,
    content: text,
    calls: [],
  })),
  {
    format: "tags",
    case: "a call within what is none",
    text: '<tool_call>no <tool_call>{"name":"f"}</tool_call>',
    content: "<tool_call>no ",
    calls: [call(0, "f", "{}")],
  },
  {
    format: "list",
    case: "two calls, one with an id of its own",
    text: '1 [TOOL_CALLS] [{"name":"f","arguments":{"a":[1]},"id":"abcdefghi"}, {"name":"g"}]',
    content: "1 ",
    calls: [call(0, "f", '{"a":[1]}', "abcdefghi"), call(1, "g", "{}")],
  },
  ...[
    "[TOOL_CALLS] no",
    "[TOOL_CALLS][]",
    '[TOOL_CALLS][{"name":"f"},{"x":1}]',
    '[TOOL_CALLS]{"name":"f"}',
  ].map((text) => ({
    format: "list" as const,
    case: `no calls after all: ${text}`,
    text,
    content: text,
    calls: [],
  })),
  {
    format: "bare",
    case: "the whole answer",
    text: ' {"name": "f", "parameters": {"a": 1}}\n',
    content: "",
    calls: [call(0, "f", '{"a":1}')],
  },
  {
    format: "bare",
    case: "two behind the tag of code",
    text: '<|python_tag|>{"name":"f","parameters":{}}; {"name":"g","parameters":{}}',
    content: "",
    calls: [call(0, "f", "{}"), call(1, "g", "{}")],
  },
  {
    format: "bare",
    case: "text behind",
    text: '{"name":"f","parameters":{}} and',
    content: " and",
    calls: [call(0, "f", "{}")],
  },
  {
    format: "tags",
    case: "a tool that nobody offered is the client's to refuse",
    text: '<tool_call>{"name":"h"}</tool_call>',
    content: "",
    calls: [call(0, "h", "{}")],
  },
  ...['{"name":"f"}', '{"name":"Ann","parameters":{}}', '{"name":"f","parameters":{},"age":31}'].map(
    (text) => ({
      format: "bare" as const,
      case: `an answer that is JSON: ${text}`,
      text,
      content: text,
      calls: [],
    }),
  ),
  ...['{"a": 1}', 'hello {"name":"f","parameters":{}}', "<|pyth", "{", "", '<|python_tag|>print("a")'].map(
    (text) => ({
      format: "bare" as const,
      case: `no call after all: ${text}`,
      text,
      content: text,
      calls: [],
    }),
  ),
];

test.each(rows)("$format: $case", ({ format, text, content, calls }) => {
  expect(run(format, [text])).toEqual({ content, calls });
});

test.each(rows)("$format: $case: alike in any 60 cuts", ({ format, text, content, calls }) => {
  const random = seededRandom(text.length);
  expect(run(format, [...text])).toEqual({ content, calls });
  for (let turn = 0; turn < 60; turn += 1) {
    const pieces: string[] = [];
    for (let at = 0; at < text.length; ) {
      const length = 1 + random.below(9);
      pieces.push(text.slice(at, at + length));
      at += length;
    }
    expect(run(format, pieces)).toEqual({ content, calls });
  }
});

test("text is told at once while no call can have begun", () => {
  const parser = new ToolCallParser("tags", new Set());
  expect(parser.push("a <")).toEqual({ content: "a ", calls: [] });
  expect(parser.push("b")).toEqual({ content: "<b", calls: [] });
});

test.each([
  { id: '"abcdefghi"', want: "abcdefghi" },
  { id: '""', want: undefined },
  { id: "7", want: undefined },
  { id: `"${"a".repeat(257)}"`, want: undefined },
])("a call is named as the model has it, if that is a name: $want", ({ id, want }) => {
  const [made] = new ToolCallParser("list", new Set()).push(`[TOOL_CALLS][{"name":"f","id":${id}}]`).calls;
  expect(made?.id).toBe(want);
});

test.each([
  { template: "marks", format: "tags" },
  { template: "brackets", format: "list" },
  { template: "headers", format: "bare" },
  { template: "blocks", format: undefined },
] as const)("the format of a template: $template", ({ template, format }) => {
  expect(toolCallFormatOf(templateNamed(template))).toBe(format);
});
