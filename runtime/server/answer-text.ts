/** The text of one answer, token by token, up to its first stop string. */
import type { GeneratedToken } from "../engine/contract.ts";
import type { Detokenizer, StopFinder, TextModel } from "./text.ts";

export interface PlacedToken extends GeneratedToken {
  /** UTF-16 code units of the answer before it. */
  readonly offset: number;
  /** Characters of the answer before it, each one code point, as OpenAI counts them. */
  readonly characters: number;
}

/** What one step brought. */
export interface Piece {
  readonly text: string;
  readonly tokens: readonly PlacedToken[];
}

export class AnswerText {
  private readonly detokenizer: Detokenizer;
  private readonly stops: StopFinder;
  private units = 0;
  private characters = 0;
  private countedTokens = 0;
  private isFound = false;

  /** `marks`: special tokens that are text here. */
  constructor(text: TextModel, stops: readonly string[], marks: readonly string[]) {
    this.detokenizer = text.detokenizer(marks);
    this.stops = text.stopFinder(stops);
  }

  /** Tokens so far, up to the one that completed a stop string. */
  get tokens(): number {
    return this.countedTokens;
  }

  get isStopped(): boolean {
    return this.isFound;
  }

  /** Nothing more of it is wanted. */
  stop(): void {
    this.isFound = true;
  }

  push(tokens: readonly GeneratedToken[]): Piece {
    const placed: PlacedToken[] = [];
    let text = "";
    for (const token of tokens) {
      if (this.isStopped) break;
      const more = this.detokenizer.push(token.token);
      placed.push({ ...token, offset: this.units, characters: this.characters });
      this.units += more.length;
      this.characters += charactersOf(more);
      this.countedTokens += 1;
      text += this.sure(more);
    }
    return { text, tokens: placed };
  }

  /** What was kept back, once no token follows. */
  end(): string {
    if (this.isStopped) return "";
    const more = this.sure(this.detokenizer.end());
    return this.isStopped ? more : more + this.stops.end();
  }

  private sure(more: string): string {
    const { text, stop } = this.stops.push(more);
    this.isFound = stop !== undefined;
    return text;
  }
}

/** Of a text whose characters are whole: the second half of one that has two code units is not counted. */
function charactersOf(text: string): number {
  let characters = text.length;
  for (let unit = 0; unit < text.length; unit += 1) {
    if ((text.charCodeAt(unit) & 0xfc00) === 0xdc00) characters -= 1;
  }
  return characters;
}
