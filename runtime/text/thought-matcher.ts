/**
 * Follows an answer that may think between two special tokens, which no grammar of text knows: any text up to
 * the closing one, and by a grammar from there on.
 */
import type { AfterThoughtTokensGrammar } from "../engine/contract.ts";
import type { GrammarMatcher } from "../engine/grammar-matcher.ts";
import type { Characters } from "./characters.ts";
import { betweenCharacters, notUtf8 } from "./utf8-state.ts";

export class ThoughtMatcher implements GrammarMatcher {
  readonly #open: number;
  readonly #close: number;
  readonly #isOpen: boolean;
  readonly #characters: Characters;
  readonly #answer: GrammarMatcher;
  #place: "start" | "thought" | "answer" = "start";
  #state = betweenCharacters;

  /** `answer` follows what comes behind the thought, and is disposed of with it. */
  constructor(
    { open, close, isOpen }: Pick<AfterThoughtTokensGrammar, "open" | "close" | "isOpen">,
    characters: Characters,
    answer: GrammarMatcher,
  ) {
    this.#open = open;
    this.#close = close;
    this.#isOpen = isOpen;
    this.#characters = characters;
    this.#answer = answer;
  }

  fillMask(mask: Int32Array, offset: number): void {
    if (this.#isAnswer) this.#answer.fillMask(mask, offset);
    else mask.set(this.#characters.textMaskAt(this.#state), offset);
    const allow = (token: number) => {
      const word = offset + (token >> 5);
      mask[word] = (mask[word] ?? 0) | (1 << (token & 31));
    };
    // Models open even thoughts that the prompt has opened.
    if (this.#place === "start") allow(this.#open);
    if (!this.#isAnswer && this.#state === betweenCharacters) allow(this.#close);
  }

  accept(token: number): boolean {
    if (this.#place === "start" && token === this.#open) {
      this.#place = "thought";
      return true;
    }
    if (!this.#isAnswer) return this.#think(token);
    if (!this.#answer.accept(token)) return false;
    this.#place = "answer";
    return true;
  }

  get isDone(): boolean {
    return this.#answer.isDone;
  }

  dispose(): void {
    this.#answer.dispose();
  }

  /** No thought has begun, or it is over. */
  get #isAnswer(): boolean {
    return this.#place === "answer" || (this.#place === "start" && !this.#isOpen);
  }

  #think(token: number): boolean {
    if (token === this.#close && this.#state === betweenCharacters) {
      this.#place = "answer";
      return true;
    }
    const state = this.#characters.afterText(this.#state, token);
    if (state === notUtf8) return false;
    this.#state = state;
    this.#place = "thought";
    return true;
  }
}
