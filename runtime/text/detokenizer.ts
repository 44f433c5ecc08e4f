/**
 * Tokens in, text out as soon as it is whole. A character may take several tokens: its first bytes are held
 * back until the last has come, so that no half of it is ever shown.
 */
import type { Tokenizer } from "./tokenizer.ts";

export interface DetokenizerOptions {
  /** Special tokens that are written out. Default: all are left out. */
  readonly shown?: ReadonlySet<number>;
  /** Some other text comes before: its first space is kept, where a tokenizer would drop it. */
  readonly continues?: boolean;
}

export class Detokenizer {
  readonly #tokenizer: Tokenizer;
  readonly #shown: ReadonlySet<number>;
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  #dropsNextSpace: boolean;

  constructor(tokenizer: Tokenizer, { shown = new Set(), continues = false }: DetokenizerOptions = {}) {
    this.#tokenizer = tokenizer;
    this.#shown = shown;
    this.#dropsNextSpace = tokenizer.dropsFirstSpace && !continues;
  }

  /** What this token completes; often nothing. */
  push(token: number): string {
    if (this.#tokenizer.isSpecial(token) && !this.#shown.has(token)) return "";
    return this.#told(this.#decoder.decode(this.#tokenizer.bytesOf(token), { stream: true }));
  }

  /** What is left of a character that nothing completes any more: U+FFFD, as in a text decoded whole. */
  end(): string {
    return this.#told(this.#decoder.decode());
  }

  #told(text: string): string {
    if (text === "" || !this.#dropsNextSpace) return text;
    this.#dropsNextSpace = false;
    return text.startsWith(" ") ? text.slice(1) : text;
  }
}
