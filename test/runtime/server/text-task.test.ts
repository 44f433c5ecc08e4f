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

test.each<{ case: string; task: TextTask; want: number }>([
  { case: "texts", task: { type: "encode", texts: ["abc", "de"], isPrompt: false }, want: 12 },
  { case: "messages", task: chat("abc"), want: 11 },
  { case: "tokens", task: { type: "decode", tokens: [1, 2, 3] }, want: 9 },
  { case: "tokens in an array of their own", task: { type: "names", tokens: bytes("ab") }, want: 7 },
])("$case are long above $want", ({ task, want }) => {
  expect([isLong(task, want - 1), isLong(task, want)]).toEqual([true, false]);
});
