import { expect, test } from "vitest";
import { guardedDeep, templateMessages } from "../../../runtime/text/template-messages.ts";

const text = (part: string) => ({ type: "text", text: part });

test.each([
  { case: "a text stays", message: { role: "user", content: "a" }, want: { role: "user", content: "a" } },
  {
    case: "parts that are texts become one",
    message: { role: "user", content: [text("a"), text("b")] },
    want: { role: "user", content: "a\nb" },
  },
  {
    case: "other parts are the template's to refuse",
    message: { role: "user", content: [text("a"), { type: "image_url" }] },
    want: { role: "user", content: [text("a"), { type: "image_url" }] },
  },
  {
    case: "a thought has all its names",
    message: { role: "assistant", content: "a", reasoning: "b" },
    want: { role: "assistant", content: "a", reasoning: "b", reasoning_content: "b", thinking: "b" },
  },
  {
    case: "arguments become the object that they write",
    message: {
      role: "assistant",
      tool_calls: [{ id: "1", function: { name: "f", arguments: '{"a":[1]}' } }],
    },
    want: { role: "assistant", tool_calls: [{ id: "1", function: { name: "f", arguments: { a: [1] } } }] },
  },
  {
    case: "arguments that write no object stay",
    message: { role: "assistant", content: null, tool_calls: [{ function: { arguments: "[1]" } }, 7] },
    want: { role: "assistant", content: null, tool_calls: [{ function: { arguments: "[1]" } }, 7] },
  },
])("$case", ({ message, want }) => {
  expect(templateMessages([message], "{{ messages }}")).toEqual([want]);
});

test.each([
  { template: "{% for part in message.content %}", isKept: true },
  { template: "{%- for part in message['content'] -%}", isKept: true },
  { template: '{%- for part in m["content"] | list -%}', isKept: true },
  { template: "{% if 'x' in message.content %}", isKept: true },
  { template: "{{ message.content }}", isKept: false },
])("parts are kept for a template that reads them: $template", ({ template, isKept }) => {
  const content = [text("a")];
  const [message] = templateMessages([{ role: "user", content }], template);
  expect(message?.content).toEqual(isKept ? content : "a");
});

test("each text is guarded, but for plain words of fields that templates compare", () => {
  const guard = (each: string) => `<${each}>`;
  const value = { role: "user", type: "a b", content: ["c", { text: "d", n: 1, none: null }] };
  expect(guardedDeep(value, guard)).toEqual({
    "<role>": "user",
    "<type>": "<a b>",
    "<content>": ["<c>", { "<text>": "<d>", "<n>": 1, "<none>": null }],
  });
});
