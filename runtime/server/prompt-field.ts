/** Texts or tokens that a request gives, in each of the four ways in which OpenAI lets them be written. */
import { z } from "zod";
import type { Exchange } from "./exchange.ts";
import { checkToken } from "./generation-fields.ts";
import { isTokenNumber, listOf, tokenNumber } from "./request-body.ts";
import type { Service } from "./service.ts";

/** As many tokens as any context could hold, and as many texts as any setting could allow. */
const [tokensMost, textsMost] = [2 ** 21, 2048];
const tokens = listOf(tokenNumber, { min: 1, max: tokensMost, isPlain: isTokenNumber });
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

/** Tokens of each of them; throws an ApiError for one that is no token of the model. */
export async function encodedPrompts(
  { reader, engine }: Pick<Service, "reader" | "engine">,
  exchange: Pick<Exchange, "signal" | "caller">,
  prompts: readonly Prompt[],
  paramOf: (index: number) => string,
): Promise<readonly Int32Array[]> {
  const texts = prompts.filter((prompt) => typeof prompt === "string");
  const encoded = await reader.encode(exchange, texts, { isPrompt: true });
  let read = 0;
  return prompts.map((prompt, index) => {
    if (typeof prompt === "string") return encoded[read++] ?? new Int32Array();
    for (const token of prompt) checkToken(token, engine.facts.vocabularySize, paramOf(index));
    return Int32Array.from(prompt);
  });
}
