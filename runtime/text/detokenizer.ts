/**
 * Tokens in, text out as soon as it is whole. A character may take several tokens: its first bytes are held
 * back until the last has come, so that no half of it is ever shown.
 */
import type { DecodeOptions, Tokenizer } from "./tokenizer.ts";

export class Detokenizer {
  readonly #tokenizer: Tokenizer;
  readonly #showsSpecial: boolean;
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  #dropsNextSpace: boolean;

  constructor(tokenizer: Tokenizer, { special = false, continues = false }: DecodeOptions = {}) {
    this.#tokenizer = tokenizer;
    this.#showsSpecial = special;
    this.#dropsNextSpace = tokenizer.dropsFirstSpace && !continues;
  }

  /** What this token completes; often nothing. */
  push(token: number): string {
    if (!this.#showsSpecial && this.#tokenizer.isSpecial(token)) return "";
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
