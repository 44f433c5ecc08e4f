/** Conversations into prompts, or what is wrong with them. */
import { ApiError } from "./api-error.ts";
import type { Exchange } from "./exchange.ts";
import type { ChatMessage, ChatOptions } from "./text.ts";
import type { TextReader } from "./text-reader.ts";

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
export async function renderPrompt(
  reader: Pick<TextReader, "renderChat">,
  exchange: Pick<Exchange, "signal" | "caller">,
  messages: readonly ChatMessage[],
  options: ChatOptions,
): Promise<Int32Array> {
  try {
    return await reader.renderChat(exchange, messages, options);
  } catch (error) {
    if (!(error instanceof PromptError)) throw error;
    if (error.fault === "template") throw new ApiError("template_failed", error.message);
    throw new ApiError("invalid_messages", `messages: ${error.message}`, { param: "messages" });
  }
}
