/** Token counts of a request, as OpenAI's usage object tells them. */
import type { ChoiceEnd } from "./work.ts";

export interface Usage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
  readonly prompt_tokens_details: { readonly cached_tokens: number };
  /** Of models that think. */
  readonly completion_tokens_details?: { readonly reasoning_tokens: number };
}

/** Each prompt counts once, however many choices were made of it: they follow one another. */
export function usageOf(ends: readonly ChoiceEnd[], choicesOfPrompt: number, thoughtTokens?: number): Usage {
  const prompts = ends.filter((_, index) => index % choicesOfPrompt === 0);
  const sum = (of: (end: ChoiceEnd) => number, list: readonly ChoiceEnd[]) =>
    list.reduce((total, end) => total + of(end), 0);
  const promptTokens = sum((end) => end.promptTokens, prompts);
  const answerTokens = sum((end) => end.answerTokens, ends);
  return {
    prompt_tokens: promptTokens,
    completion_tokens: answerTokens,
    total_tokens: promptTokens + answerTokens,
    prompt_tokens_details: { cached_tokens: sum((end) => end.cachedTokens, prompts) },
    ...(thoughtTokens !== undefined && { completion_tokens_details: { reasoning_tokens: thoughtTokens } }),
  };
}
