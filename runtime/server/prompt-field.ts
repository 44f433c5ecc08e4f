/** Texts or tokens that a request gives, in each of the four ways in which OpenAI lets them be written. */
import { z } from "zod";
import { checkToken } from "./generation-fields.ts";
import { listOf } from "./request-body.ts";
import type { Service } from "./service.ts";

/** As many tokens as any context could hold, and as many texts as any setting could allow. */
const [tokensMost, textsMost] = [2 ** 21, 2048];
const tokens = listOf(z.int().min(0), { min: 1, max: tokensMost });
const texts = { min: 1, max: textsMost };

export const promptField = z.union([z.string(), tokens, listOf(z.string(), texts), listOf(tokens, texts)], {
  error: "wants a string, a list of strings, a list of tokens, or a list of such lists",
});

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
