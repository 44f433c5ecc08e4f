import { expect, test } from "vitest";
import { ApiError } from "../../../runtime/server/api-error.ts";
import { PromptError, renderPrompt } from "../../../runtime/server/prompt.ts";
import { byteText } from "../../support/runtime/byte-text.ts";

const ask = [{ role: "user", content: "Hi" }] as const;

test("a prompt has tools, variables and messages", () => {
  const tools = [{ type: "function", function: { name: "clock" } }] as const;
  const prompt = renderPrompt(byteText, ask, tools, { mood: "calm" });
  expect(Buffer.from(prompt).toString()).toBe('[clock]{mood="calm"}user: Hi\nassistant: ');
});

test.each([
  { error: new PromptError("messages", "no"), want: [400, "invalid_messages", "messages: no", "messages"] },
  { error: new PromptError("template", "no"), want: [500, "template_failed", "no", undefined] },
])("the $error.fault's fault is told as that", ({ error, want }) => {
  const failing = {
    ...byteText,
    renderChat: () => {
      throw error;
    },
  };
  const refusal = () => renderPrompt(failing, ask, [], {});
  expect(refusal).toThrow(ApiError);
  const [status, code, message, param] = want;
  expect(refusal).toThrow(expect.objectContaining({ status, code, message, param }));
});

test("what nobody foresaw is not told as a fault of the messages", () => {
  const broken = {
    ...byteText,
    renderChat: () => {
      throw new TypeError("inside");
    },
  };
  expect(() => renderPrompt(broken, ask, [], {})).toThrow(TypeError);
});
