import { expect, test } from "vitest";
import { responseFields, responseMessages, responseTools } from "../../../runtime/server/response-fields.ts";
import { serverSettings } from "../../../runtime/server/settings.ts";

const schema = responseFields(serverSettings.parse({ models: ["m"] }));
const call = (call_id: string) => ({
  type: "function_call",
  call_id,
  name: "f",
  arguments: '{"a":1}',
  id: "fc_1",
});
const told = (id: string) => ({ id, type: "function", function: { name: "f", arguments: '{"a":1}' } });

test("a text is what the user says, after the instructions", () => {
  expect(responseMessages(schema.parse({ model: "m", input: "Hi", instructions: "Be kind" }))).toEqual([
    { role: "system", content: "Be kind" },
    { role: "user", content: "Hi" },
  ]);
});

test("items are a conversation, and calls that follow one another one message", () => {
  const said = { type: "output_text", text: "Wait", annotations: [], logprobs: [] };
  const input = [
    { role: "user", content: [{ type: "input_text", text: "Hi" }] },
    { type: "message", id: "msg_1", role: "assistant", status: "completed", content: [said] },
    call("1"),
    call("2"),
    { type: "function_call_output", call_id: "1", output: "one" },
    call("3"),
  ];
  expect(responseMessages(schema.parse({ model: "m", input }))).toEqual([
    { role: "user", content: "Hi" },
    { role: "assistant", content: "Wait", tool_calls: [told("1"), told("2")] },
    { role: "tool", tool_call_id: "1", content: "one" },
    { role: "assistant", content: null, tool_calls: [told("3")] },
  ]);
});

test("thoughts that are sent back are of the answers that follow them", () => {
  const thought = (text: string) => ({
    ...{ type: "reasoning", id: "rs_1", summary: [], status: "completed", encrypted_content: null },
    content: [{ type: "reasoning_text", text }],
  });
  const input = [
    { role: "user", content: "Hi" },
    ...[thought("hm"), { role: "assistant", content: "Wait" }],
    ...[thought("so"), call("1")],
    { type: "reasoning", summary: [{ type: "summary_text", text: "left out" }] },
    { role: "user", content: "Well?" },
  ];
  expect(responseMessages(schema.parse({ model: "m", input }))).toEqual([
    { role: "user", content: "Hi" },
    { role: "assistant", content: "Wait", reasoning_content: "hm" },
    { role: "assistant", content: null, reasoning_content: "so", tool_calls: [told("1")] },
    { role: "user", content: "Well?" },
  ]);
});

test("tools are told as the chat's are", () => {
  const tools = [{ type: "function", name: "f", description: "d", parameters: {}, strict: true }];
  expect(responseTools(schema.parse({ model: "m", input: "a", tools }))).toEqual([
    { type: "function", function: { name: "f", description: "d", parameters: {} } },
  ]);
});

test("what else it is to include is taken where no response here has it", () => {
  const include = ["reasoning.encrypted_content", "file_search_call.results"];
  expect(schema.parse({ model: "m", input: "a", include }).include).toEqual(include);
});

test.each([
  { previous_response_id: "resp_1" },
  { conversation: "c" },
  { prompt: { id: "p" } },
  { background: true },
  { truncation: "auto" },
  { top_logprobs: 1 },
  { include: ["message.output_text.logprobs"] },
  { include: ["reasoning.encrypted_content", "more"] },
  { tools: [{ type: "web_search" }] },
  { text: { verbosity: "low" } },
  { input: [] },
  { input: [{ type: "reasoning", content: [{ type: "text", text: "a" }] }] },
  { input: [{ role: "user", content: [{ type: "input_image", image_url: "a" }] }] },
])("%o is refused", (more) => {
  expect(schema.safeParse({ model: "m", input: "a", ...more }).success).toBe(false);
});
