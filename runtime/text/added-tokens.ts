/**
 * Finds the tokens that a tokenizer has beside its merges, such as `<|im_end|>`, in a text: the first one
 * from the left, and the longest of those that begin together.
 */
import { escaped } from "./escaped.ts";
import type { AddedToken } from "./tokenizer-file.ts";

/** A text that is still to be cut, or a token. `start` counts UTF-16 units from where the whole begins. */
export type Section = { readonly text: string; readonly start: number } | { readonly token: number };

const wordBefore = /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]$/u;
const wordAfter = /^[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]/u;
const spaceBefore = /\p{White_Space}+$/u;
const spaceAfter = /^\p{White_Space}+/u;

export class AddedTokens {
  readonly #tokens = new Map<string, AddedToken>();
  readonly #pattern: RegExp | undefined;

  /** `textOf` tells the text by which a token is found. */
  constructor(
    tokens: readonly AddedToken[],
    textOf: (token: AddedToken) => string = ({ content }) => content,
  ) {
    for (const token of tokens) this.#tokens.set(textOf(token), token);
    this.#tokens.delete("");
    const longestFirst = [...this.#tokens.keys()].sort((a, b) => b.length - a.length);
    if (longestFirst.length > 0) this.#pattern = new RegExp(longestFirst.map(escaped).join("|"), "g");
  }

  split(text: string, start = 0): Section[] {
    if (!this.#pattern) return text === "" ? [] : [{ text, start }];
    const sections: Section[] = [];
    let done = 0;
    for (const match of text.matchAll(this.#pattern)) {
      const token = this.#tokens.get(match[0]);
      const span = token && spanOf(token, text, match.index, match.index + match[0].length);
      if (!span) continue;
      const from = Math.max(span.from, done);
      if (from > done) sections.push({ text: text.slice(done, from), start: start + done });
      sections.push({ token: token.id });
      done = span.to;
    }
    if (done < text.length) sections.push({ text: text.slice(done), start: start + done });
    return sections;
  }
}

/** What a token takes, with the spaces that it swallows; undefined where it has to be a word and is none. */
function spanOf(token: AddedToken, text: string, from: number, to: number) {
  const before = () => text.slice(0, from);
  const after = () => text.slice(to);
  if (token.single_word && (wordBefore.test(before()) || wordAfter.test(after()))) return undefined;
  return {
    from: token.lstrip ? from - (spaceBefore.exec(before())?.[0].length ?? 0) : from,
    to: token.rstrip ? to + (spaceAfter.exec(after())?.[0].length ?? 0) : to,
  };
}
