/** Texts or tokens that a request gives, in each of the four ways in which OpenAI lets them be written. */
import { z } from "zod";
import { checkToken } from "./generation-fields.ts";
import type { Service } from "./service.ts";

const token = z.int().min(0);

export const promptField = z.union(
  [z.string(), z.array(token).min(1), z.array(z.string()).min(1), z.array(z.array(token).min(1)).min(1)],
  { error: "wants a string, a list of strings, a list of tokens, or a list of such lists" },
);

type Prompt = string | number[];

/** One for each text, however they were written. */
export function promptList(prompt: z.output<typeof promptField>): readonly Prompt[] {
  if (typeof prompt === "string") return [prompt];
  return typeof prompt[0] === "number" ? [prompt as number[]] : (prompt as Prompt[]);
}

/** Tokens of one of them; throws an ApiError for one that is no token of the model. */
export function encodedPrompt(
  { text, engine }: Pick<Service, "text" | "engine">,
  prompt: Prompt,
  param: string,
): Int32Array {
  if (typeof prompt === "string") return text.encode(prompt, { isPrompt: true });
  for (const token of prompt) checkToken(token, engine.facts.vocabularySize, param);
  return Int32Array.from(prompt);
}
