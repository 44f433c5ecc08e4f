/** Marks in a text that comes in pieces. */

/** How much of the end of a text could be the beginning of the mark. */
export function beginningAtEnd(text: string, mark: string): number {
  for (let length = Math.min(text.length, mark.length - 1); length > 0; length -= 1) {
    if (mark.startsWith(text.slice(-length))) return length;
  }
  return 0;
}

/** Finds where a value of JSON in a text ends, however the text comes. It does not tell whether it is one. */
export class JsonEnd {
  #at: number;
  #depth = 0;
  #isInText = false;
  #isEscaped = false;
  #end: number | undefined;

  /** `start` is where the value's first bracket is. */
  constructor(start: number) {
    this.#at = start;
  }

  /** Of the same text, with more at its end than before; undefined until the value is whole. */
  find(text: string): number | undefined {
    for (; this.#end === undefined && this.#at < text.length; this.#at += 1) {
      const letter = text.charAt(this.#at);
      if (this.#isInText) this.#withinText(letter);
      else if (letter === '"') this.#isInText = true;
      else if (letter === "{" || letter === "[") this.#depth += 1;
      else if (letter === "}" || letter === "]") {
        this.#depth -= 1;
        if (this.#depth === 0) this.#end = this.#at + 1;
      }
    }
    return this.#end;
  }

  #withinText(letter: string): void {
    if (this.#isEscaped) this.#isEscaped = false;
    else if (letter === "\\") this.#isEscaped = true;
    else if (letter === '"') this.#isInText = false;
  }
}
