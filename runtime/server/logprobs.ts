/** Log probabilities of tokens, in the shapes of the two endpoints. */
import type { PlacedToken } from "./answer-text.ts";
import type { TextModel } from "./text.ts";

interface TokenText {
  readonly token: string;
  readonly bytes: readonly number[];
  readonly logprob: number;
}

/** OpenAI's own word for a token that cannot be: JSON has no infinity. */
const least = -9999;

function tokenText(text: TextModel, token: number, logprob: number | undefined): TokenText {
  const bytes = text.bytesOf(token);
  const told = Math.max(logprob ?? least, least);
  return { token: Buffer.from(bytes).toString("utf8"), bytes: [...bytes], logprob: told };
}

export interface ChatLogprobs {
  readonly content: readonly (TokenText & { readonly top_logprobs: readonly TokenText[] })[];
  readonly refusal: null;
}

export function chatLogprobs(text: TextModel, tokens: readonly PlacedToken[]): ChatLogprobs {
  const content = tokens.map(({ token, logprob, top = [] }) => ({
    ...tokenText(text, token, logprob),
    top_logprobs: top.map((other) => tokenText(text, other.token, other.logprob)),
  }));
  return { content, refusal: null };
}

export interface CompletionLogprobs {
  readonly tokens: readonly string[];
  readonly token_logprobs: readonly number[];
  readonly top_logprobs: readonly Readonly<Record<string, number>>[];
  /** Characters of the text before each token. */
  readonly text_offset: readonly number[];
}

export function completionLogprobs(text: TextModel, tokens: readonly PlacedToken[]): CompletionLogprobs {
  const texts = tokens.map(({ token, logprob }) => tokenText(text, token, logprob));
  return {
    tokens: texts.map(({ token }) => token),
    token_logprobs: texts.map(({ logprob }) => logprob),
    top_logprobs: tokens.map(({ top = [] }) => {
      const others = top.map((other) => tokenText(text, other.token, other.logprob));
      return Object.fromEntries(others.map(({ token, logprob }) => [token, logprob]));
    }),
    text_offset: tokens.map(({ characters }) => characters),
  };
}
