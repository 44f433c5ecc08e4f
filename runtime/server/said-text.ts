/** What was asked and answered, for the log of a server that was told to keep it. */
import type { TextModel } from "./text.ts";

export interface Said {
  readonly prompt: string;
  answer: string;
}

/** Of one exchange; what is over so many characters, all choices together, is left out. */
export class SaidText {
  readonly choices: Said[] = [];
  private left: number;

  constructor(characters: number) {
    this.left = characters;
  }

  /** Another choice begins. */
  asked(text: TextModel, prompt: Int32Array): void {
    // A token may stand for no character, but hardly ever: no more of them are looked at than may be told.
    this.choices.push({ prompt: this.taken(text.decode([...prompt.subarray(0, this.left)])), answer: "" });
  }

  answered(choice: number, text: string): void {
    const said = this.choices[choice];
    if (said) said.answer += this.taken(text);
  }

  private taken(text: string): string {
    const part = text.slice(0, this.left);
    this.left -= part.length;
    return part;
  }
}
