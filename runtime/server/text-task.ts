/** What of a model's text may take long, as messages: done here, or by a thread of its own. */
import { PromptError } from "./prompt.ts";
import type { ChatMessage, ChatOptions, TextModel } from "./text.ts";

export type TextTask =
  /** Texts into tokens; a prompt begins with what the model wants at the beginning. */
  | { readonly type: "encode"; readonly texts: readonly string[]; readonly isPrompt: boolean }
  /** A conversation into tokens. */
  | { readonly type: "chat"; readonly messages: readonly ChatMessage[]; readonly options: ChatOptions }
  /** Tokens into one text. */
  | { readonly type: "decode"; readonly tokens: readonly number[] }
  /** Each token into a text of its own. */
  | { readonly type: "names"; readonly tokens: Int32Array };

export type TextResult =
  | { readonly type: "tokens"; readonly tokens: readonly Int32Array[] }
  | { readonly type: "texts"; readonly texts: readonly string[] }
  | { readonly type: "refused"; readonly fault: PromptError["fault"]; readonly message: string };

export function textResult(text: TextModel, task: TextTask): TextResult {
  switch (task.type) {
    case "encode": {
      const { texts, isPrompt } = task;
      return { type: "tokens", tokens: texts.map((each) => text.encode(each, { isPrompt })) };
    }
    case "chat":
      return chatResult(text, task.messages, task.options);
    case "decode":
      return { type: "texts", texts: [text.decode(task.tokens)] };
    case "names": {
      const nameOf = (token: number) => Buffer.from(text.bytesOf(token)).toString("utf8");
      return { type: "texts", texts: Array.from(task.tokens, nameOf) };
    }
  }
}

function chatResult(text: TextModel, messages: readonly ChatMessage[], options: ChatOptions): TextResult {
  try {
    return { type: "tokens", tokens: [text.renderChat(messages, options)] };
  } catch (error) {
    if (!(error instanceof PromptError)) throw error;
    return { type: "refused", fault: error.fault, message: error.message };
  }
}

/** Whether it has more than so many characters or tokens; no more of it is looked at than tells. */
export function isLong(task: TextTask, most: number): boolean {
  switch (task.type) {
    case "encode":
      return measured(task.texts, most) > most;
    case "chat":
      return measured([task.messages, task.options], most) > most;
    default:
      return task.tokens.length > most;
  }
}

/** Templates write names of fields, numbers and what is empty too: nothing is without length. */
function measured(value: unknown, most: number): number {
  if (typeof value === "string") return Math.max(1, value.length);
  if (typeof value !== "object" || value === null) return String(value).length;
  let sum = 1;
  if (Array.isArray(value)) {
    for (const each of value) {
      sum += measured(each, most - sum);
      if (sum > most) break;
    }
    return sum;
  }
  for (const [name, each] of Object.entries(value)) {
    sum += name.length;
    if (sum <= most) sum += measured(each, most - sum);
    if (sum > most) break;
  }
  return sum;
}
