import { expect, test } from "vitest";
import { chatFields, chatMessages, chatTools, strictTools } from "../../../runtime/server/chat-fields.ts";
import { serverSettings } from "../../../runtime/server/settings.ts";

const schema = chatFields(serverSettings.parse({ models: ["m"], messages: 2, tools: 1 }));
const hi = { role: "user", content: "Hi" };
const tool = { type: "function", function: { name: "a", description: "b", parameters: {}, strict: true } };

test("fields of OpenAI's that change no answer are taken", () => {
  const harmless = {
    user: "u",
    safety_identifier: "s",
    metadata: { a: "b" },
    store: true,
    service_tier: "auto",
    prompt_cache_key: "k",
    prompt_cache_retention: "24h",
    prompt_cache_options: {},
    prediction: { type: "content", content: "x" },
    modalities: ["text"],
    verbosity: "medium",
    stream_options: { include_obfuscation: false },
  };
  expect(schema.safeParse({ model: "m", messages: [hi], ...harmless }).error).toBeUndefined();
});

test.each([
  { case: "messages", more: { messages: [hi, hi, hi] } },
  { case: "tools", more: { tools: [tool, tool] } },
])("$case are as many as the settings allow", ({ case: field, more }) => {
  const { error } = schema.safeParse({ model: "m", messages: [hi], ...more });
  expect(error?.issues.map(({ path, code }) => [path.join("."), code])).toEqual([[field, "too_big"]]);
});

test("messages are told as templates read them", () => {
  const call = { id: "c", type: "function" as const, function: { name: "f", arguments: '{"a":1}' } };
  const broken = { ...call, function: { name: "f", arguments: "{" } };
  expect(
    chatMessages([
      { role: "developer", content: "d", name: "n" },
      {
        role: "user",
        content: [
          { type: "text", text: "a" },
          { type: "text", text: "b" },
        ],
      },
      { role: "assistant", content: null, tool_calls: [call, broken] },
      { role: "assistant", refusal: "no" },
      { role: "assistant", content: "c", reasoning_content: "hm" },
      { role: "tool", content: "t", tool_call_id: "c" },
    ]),
  ).toEqual([
    { role: "developer", content: "d", name: "n" },
    { role: "user", content: "a\nb" },
    {
      role: "assistant",
      content: null,
      tool_calls: [
        { id: "c", type: "function", function: { name: "f", arguments: '{"a":1}' } },
        { id: "c", type: "function", function: { name: "f", arguments: "{" } },
      ],
    },
    { role: "assistant", content: "no" },
    { role: "assistant", content: "c", reasoning_content: "hm" },
    { role: "tool", content: "t", tool_call_id: "c" },
  ]);
});

test("tools are told without what only concerns the server", () => {
  const { tools } = schema.parse({ model: "m", messages: [hi], tools: [tool] });
  expect(chatTools(tools)).toEqual([
    { type: "function", function: { name: "a", description: "b", parameters: {} } },
  ]);
  expect(chatTools(null)).toEqual([]);
});

test("strict tools are told by their numbers", () => {
  expect(strictTools([{}, { strict: true }, { strict: false }, { strict: null }])).toEqual([1]);
  expect(strictTools(null)).toEqual([]);
});
