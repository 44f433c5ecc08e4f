/** Counts the tokens of an answer that are thoughts. */
import type { PlacedToken } from "./answer-text.ts";
import type { AnswerReader } from "./text.ts";

export class ThoughtTokens {
  private readonly offsets: number[] = [];

  push(tokens: readonly Omit<PlacedToken, "characters">[]): void {
    for (const { offset } of tokens) this.offsets.push(offset);
  }

  /** By where its reader has found the thought to end: often some tokens later. */
  of({ thoughtCharacters }: AnswerReader): number {
    return this.offsets.filter((offset) => offset < thoughtCharacters).length;
  }
}
