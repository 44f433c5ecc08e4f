/** Dialogues as windows of tokens, of which only the answers have to be foretold. */
import { noTarget } from "./cross-entropy.ts";
import { assistantToken, endToken, userToken } from "./tokenizer-maker.ts";

export interface Window {
  readonly tokens: Int32Array;
  /** What follows each token, or `noTarget`. */
  readonly targets: Int32Array;
}

/** A turn as its tokens. */
export interface EncodedTurn {
  readonly question: readonly number[];
  readonly answer: readonly number[];
}

/** Turns one after the other until the window is full; the last one is cut off. */
export function dialogueWindow(nextTurn: () => EncodedTurn, length: number): Window {
  const tokens: number[] = [];
  const isAnswer: boolean[] = [];
  const put = (part: readonly number[], isAnswered: boolean) => {
    for (const token of part) {
      tokens.push(token);
      isAnswer.push(isAnswered);
    }
  };
  while (tokens.length <= length) {
    const { question, answer } = nextTurn();
    put([userToken, ...question, endToken, assistantToken], false);
    put([...answer, endToken], true);
  }
  return {
    tokens: Int32Array.from(tokens.slice(0, length)),
    targets: Int32Array.from({ length }, (_, at) =>
      isAnswer[at + 1] ? (tokens[at + 1] as number) : noTarget,
    ),
  };
}
