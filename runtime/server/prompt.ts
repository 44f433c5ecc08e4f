/** Conversations into prompts, or what is wrong with them. */
import { ApiError } from "./api-error.ts";
import type { ChatMessage, ChatTool, TextModel } from "./text.ts";

/** No prompt can be made: of these messages, or of any by this model's template. */
export class PromptError extends Error {
  override readonly name = "PromptError";
  readonly fault: "messages" | "template";

  constructor(fault: "messages" | "template", message: string) {
    super(message);
    this.fault = fault;
  }
}

/** Tokens of a conversation, or what its template says is wrong with it. */
export function renderPrompt(
  text: TextModel,
  messages: readonly ChatMessage[],
  tools: readonly ChatTool[],
  variables: Readonly<Record<string, unknown>>,
): Int32Array {
  try {
    return text.renderChat(messages, { tools, variables });
  } catch (error) {
    if (!(error instanceof PromptError)) throw error;
    if (error.fault === "template") throw new ApiError("template_failed", error.message);
    throw new ApiError("invalid_messages", `messages: ${error.message}`, { param: "messages" });
  }
}
