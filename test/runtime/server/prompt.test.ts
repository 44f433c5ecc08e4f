import { expect, test } from "vitest";
import { ApiError } from "../../../runtime/server/api-error.ts";
import { PromptError, renderPrompt } from "../../../runtime/server/prompt.ts";

const ask = [{ role: "user", content: "Hi" }] as const;
const options = { tools: [], variables: { mood: "calm" } };
const caller = { tenant: "red", priority: 0, number: 1 };
const reading = { signal: new AbortController().signal, caller };
const failing = (error: Error) => ({ renderChat: () => Promise.reject(error) });

test("a prompt is what the reader makes of messages, tools and variables", async () => {
  const prompt = Int32Array.of(1, 2);
  const asked: unknown[] = [];
  const renderChat = async (...told: unknown[]) => {
    asked.push(...told);
    return prompt;
  };
  expect(await renderPrompt({ renderChat }, reading, ask, options)).toBe(prompt);
  expect(asked).toEqual([reading, ask, options]);
});

test.each([
  { error: new PromptError("messages", "no"), want: [400, "invalid_messages", "messages: no", "messages"] },
  { error: new PromptError("template", "no"), want: [500, "template_failed", "no", undefined] },
])("the $error.fault's fault is told as that", async ({ error, want }) => {
  const refusal = renderPrompt(failing(error), reading, ask, options);
  const [status, code, message, param] = want;
  await expect(refusal).rejects.toBeInstanceOf(ApiError);
  await expect(refusal).rejects.toMatchObject({ status, code, message, param });
});

test("what nobody foresaw is not told as a fault of the messages", async () => {
  const broken = failing(new TypeError("inside"));
  await expect(renderPrompt(broken, reading, ask, options)).rejects.toThrow(TypeError);
});
