/**
 * Tokens after which a text is still UTF-8, by where in a character it stops. Grammars of the library let any
 * bytes through as a character, and count what is none as fewer than everybody who reads it.
 */
import type { Tokenizer } from "./tokenizer.ts";
import { notUtf8, utf8StateAfter } from "./utf8-state.ts";

export class Characters {
  readonly size: number;
  readonly #tokenizer: Tokenizer;
  readonly #stopTokens: ReadonlySet<number>;
  readonly #masks: (Int32Array | undefined)[] = [];
  readonly #textMasks: (Int32Array | undefined)[] = [];

  /** `size` is the model's vocabulary, which may be more than the tokenizer's. */
  constructor(tokenizer: Tokenizer, size: number, stopTokens: readonly number[]) {
    this.#tokenizer = tokenizer;
    this.#stopTokens = new Set(stopTokens);
    this.size = size;
  }

  /** Special tokens are left to the grammar: they are no text. */
  after(state: number, token: number): number {
    const isText = !this.#tokenizer.isSpecial(token);
    return isText ? utf8StateAfter(state, this.#tokenizer.bytesOf(token)) : state;
  }

  maskAt(state: number): Int32Array {
    return this.#kept(this.#masks, state, (token) => this.after(state, token) !== notUtf8);
  }

  /** notUtf8 for a token that is no text, or ends it. */
  afterText(state: number, token: number): number {
    const { length } = this.#tokenizer.bytesOf(token);
    const isText = length > 0 && !this.#tokenizer.isSpecial(token) && !this.#stopTokens.has(token);
    return isText ? this.after(state, token) : notUtf8;
  }

  textMaskAt(state: number): Int32Array {
    return this.#kept(this.#textMasks, state, (token) => this.afterText(state, token) !== notUtf8);
  }

  #kept(masks: (Int32Array | undefined)[], state: number, isIn: (token: number) => boolean): Int32Array {
    const known = masks[state];
    if (known) return known;
    const mask = new Int32Array(Math.ceil(this.size / 32));
    for (let token = 0; token < this.size; token += 1) {
      if (isIn(token)) mask[token >> 5] = (mask[token >> 5] ?? 0) | (1 << (token & 31));
    }
    masks[state] = mask;
    return mask;
  }
}
