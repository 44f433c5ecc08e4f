/** Chat templates in the styles of the families, and what transformers made of chats by them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ChatInput } from "../../../runtime/text/chat-template.ts";

const home = join(import.meta.dirname, "templates");

/** headers: Llama 3; marks: Qwen; brackets: Mistral; blocks: whatever Jinja does with space. */
export type TemplateName = "headers" | "marks" | "brackets" | "blocks";

export const templateNamed = (name: TemplateName) => readFileSync(join(home, `${name}.jinja`), "utf8");

export interface RenderedChat {
  readonly template: TemplateName;
  readonly chat: string;
  readonly input: Pick<ChatInput, "messages" | "tools"> & {
    readonly documents?: readonly unknown[];
    readonly add_generation_prompt?: boolean;
    readonly enable_thinking?: boolean;
  };
  readonly text?: string;
  /** The template's own words, or null where Python has words for what went wrong. */
  readonly error?: string | null;
}

/** Written by test/support/runtime/oracle/make-chats.py. */
export function renderedChats(): readonly RenderedChat[] {
  return JSON.parse(readFileSync(join(home, "chats.json"), "utf8"));
}
