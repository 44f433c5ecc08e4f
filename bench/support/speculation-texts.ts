/** Texts whose continuation is guessed well, badly or never: what they are is told by how they are made. */
import { seededRandom } from "../../components/planning/random.ts";

export interface AnswerText {
  readonly name: string;
  /** Tokens of prompt and answer; each index has another text. */
  make(index: number, promptTokens: number, answerTokens: number): Int32Array;
}

const vocabulary = 30_000;

/** By its place and what came before. */
type NextToken = (at: number, tokens: Int32Array, fresh: () => number) => number;

function textOf(name: string, next: (promptTokens: number) => NextToken): AnswerText {
  return {
    name,
    make(index, promptTokens, answerTokens) {
      const random = seededRandom(index + 1);
      const fresh = () => random.below(vocabulary);
      const tokens = new Int32Array(promptTokens + answerTokens);
      const of = next(promptTokens);
      for (let at = 0; at < tokens.length; at += 1) tokens[at] = of(at, tokens, fresh);
      return tokens;
    },
  };
}

export const answerTexts: readonly AnswerText[] = [
  textOf("the prompt again, every 16th token changed", (prompt) => (at, tokens, fresh) => {
    return at < prompt || at % 16 === 15 ? fresh() : (tokens[at - prompt] ?? 0);
  }),
  textOf("records: 10 tokens as before, then 4 of their own", () => (at, tokens, fresh) => {
    return at < 14 || at % 14 >= 10 ? fresh() : (tokens[at - 14] ?? 0);
  }),
  textOf("pairs as before, and each time something else behind them", () => (at, tokens, fresh) => {
    return at < 4 || at % 4 >= 2 ? fresh() : (tokens[at % 4] ?? 0);
  }),
  textOf("nothing twice", () => (_at, _tokens, fresh) => fresh()),
];
