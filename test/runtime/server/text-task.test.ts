import { expect, test } from "vitest";
import { PromptError } from "../../../runtime/server/prompt.ts";
import { isLong, type TextTask, textResult } from "../../../runtime/server/text-task.ts";
import { byteText } from "../../support/runtime/byte-text.ts";

const options = { tools: [], variables: {} };
const chat = (content: string) => {
  return { type: "chat", messages: [{ role: "user", content }], options } satisfies TextTask;
};
const bytes = (text: string) => Int32Array.from(Buffer.from(text));

test.each<{ task: TextTask; want: object }>([
  {
    task: { type: "encode", texts: ["a", "bc"], isPrompt: true },
    want: { type: "tokens", tokens: [bytes("a"), bytes("bc")] },
  },
  { task: chat("Hi"), want: { type: "tokens", tokens: [bytes("user: Hi\nassistant: ")] } },
  {
    task: chat("refuse me"),
    want: { type: "refused", fault: "messages", message: "the template refuses this" },
  },
  { task: { type: "decode", tokens: [104, 105] }, want: { type: "texts", texts: ["hi"] } },
  { task: { type: "names", tokens: bytes("hi") }, want: { type: "texts", texts: ["h", "i"] } },
])("$task.type: $want.type", ({ task, want }) => {
  expect(textResult(byteText, task)).toEqual(want);
});

test("what nobody foresaw is thrown as it is", () => {
  const failing = (error: Error) => ({
    ...byteText,
    renderChat: () => {
      throw error;
    },
  });
  const refusal = { type: "refused", fault: "template", message: "no" };
  expect(textResult(failing(new PromptError("template", "no")), chat("a"))).toEqual(refusal);
  expect(() => textResult(failing(new TypeError("inside")), chat("a"))).toThrow(TypeError);
});

const variables = (value: unknown): TextTask => {
  return { ...chat("abc"), options: { tools: [], variables: { value } } };
};
/** What a conversation is long by without its value: brackets count 1, names and texts their characters. */
const besides = 1 + 1 + (1 + "role".length + "user".length + "content".length + "abc".length);
const around = 1 + "tools".length + 1 + "variables".length + 1;

test.each<{ case: string; task: TextTask; want: number }>([
  { case: "texts", task: { type: "encode", texts: ["abc", "de", ""], isPrompt: false }, want: 7 },
  { case: "messages", task: chat("abc"), want: besides + around },
  { case: "tokens", task: { type: "decode", tokens: [10, 20, 30] }, want: 3 },
  { case: "tokens in an array of their own", task: { type: "names", tokens: bytes("ab") }, want: 2 },
  { case: "names of fields", task: variables({ abcdefghij: {} }), want: besides + around + 5 + 12 },
  { case: "empty values", task: variables([[], {}, ""]), want: besides + around + 5 + 4 },
  { case: "numbers", task: variables([1.25, -7e22, null]), want: besides + around + 5 + 1 + 4 + 6 + 4 },
])("$case are long above $want", ({ task, want }) => {
  expect([isLong(task, want - 1), isLong(task, want)]).toEqual([true, false]);
});
